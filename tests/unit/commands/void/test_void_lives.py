"""Burn-ins of any kind with void days at any moment in them: a clearance stands only on what was proven."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clearance import standing_clearance
from bot.closing import close_day
from bot.daybook import voids_of
from bot.domain.entry import ReconcileMeasured, SelfTested
from bot.domain.notice import Placement
from bot.domain.people import INSIDE, SCHEDULER
from bot.domain.streak import streak
from bot.errors import DuplicateKey
from tests.support.evidence import clean_reconcile, clean_self_test
from tests.support.fakes import World
from tests.support.recounted import recounted
from tests.support.void_room import DAYS, POLICY, F, I, P, approve, meanwhile, on_day, opening, proven, room_after, said

LENGTH, REQUIRED = 8, 2
WHEN = ("before the open", "at the open", "in the session", "at the close", "after the close")
DAY = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from((P, P, P, P, P, F, F, I)),
        "build": st.sampled_from(("b1",) * 3 + ("b2",)),
        "lapses": st.sampled_from((False,) * 7 + (True,)),
        "back": st.none() | st.integers(0, 3),  # how many days back one is made void beside this one
        "when": st.sampled_from(WHEN),
    }
)


class Life:
    """One trader's days, and what is held to after each thing that happens."""

    def __init__(self) -> None:
        self.room: World = room_after(0, policy=POLICY.model_copy(update={"days_required": REQUIRED}))
        self.seen = ""  # the build that was seen last

    async def live(self, days: list[dict[str, Any]]) -> None:
        """Let the days pass."""
        await self.room.clock.advance((DAYS[0].closes - self.room.clock.now()).total_seconds())
        for number, day in enumerate(days, start=1):
            await self._day(number, day)

    async def _day(self, number: int, day: dict[str, Any]) -> None:
        void = self._voiding(max(1, number - day["back"])) if day["back"] is not None else None
        await self._at("before the open", day, void)
        await self.room.clock.advance((DAYS[number].opens - self.room.clock.now()).total_seconds())
        if void and day["when"] == "at the open":
            meanwhile(self.room, "session_opened", void)
        await opening(self.room, number, day["build"])
        self.seen = day["build"]
        await self._hold()
        await self.room.clock.advance(5)
        await self._at("in the session", day, void)
        if void and day["when"] == "at the close":
            meanwhile(self.room, "day_closed", void)
        await self._close(number, day)
        await self._hold()
        await self._at("after the close", day, void)

    async def _at(self, moment: str, day: dict[str, Any], void: Callable[[], Awaitable[None]] | None) -> None:
        if void and day["when"] == moment:
            await void()
            await self._hold()

    def _voiding(self, day: int) -> Callable[[], Awaitable[None]]:
        async def void() -> None:
            began = self.room.clock.now() >= DAYS[day].opens
            if began and DAYS[day].date not in await voids_of(self.room.desk, self.room.trader_desk):
                outcome = await self.room.ask(f"void {DAYS[day].date} --reason an outage")
                if outcome.outcome == "done":
                    await approve(self.room, self.room.ledger.of_kind("void_requested")[-1].request)

        return void

    async def _close(self, number: int, day: dict[str, Any]) -> None:
        """Close the day on its evidence, as often as something else is recorded meanwhile."""
        session = DAYS[number]
        if day["verdict"] is not I:
            await proven(self.room, number, day["build"], leader=1.0 if day["verdict"] is P else 0.0)
            for body in (ReconcileMeasured(run=clean_reconcile(session)), SelfTested(run=clean_self_test())):
                await on_day(self.room, session, body)
        while True:
            closing = await close_day(
                self.room.desk, self.room.trader_desk, session, SCHEDULER, INSIDE, lapsed=day["lapses"]
            )
            try:
                await self.room.ledger.append(*closing.drafts)
            except DuplicateKey:
                continue
            return

    async def _hold(self) -> None:
        """Hold what stands to what was proven."""
        desk, trader = self.room.desk, self.room.trader_desk
        standing, void = await standing_clearance(desk, trader), await voids_of(desk, trader)
        closed = {each.day: each for each in await desk.ledger.closed_days(trader.name)}
        granted = self.room.ledger.of_kind("clearance_granted")
        announced = [each for each in said(self.room, "cleared") if each.placement is Placement.CHANNEL]
        assert len(granted) == len(announced)
        assert not recounted(self.room.ledger.chain)
        if standing is None:
            return
        assert streak(closed.values(), trader.policy, void).cleared
        assert len(standing.streak.days) >= REQUIRED
        for each in standing.streak.days:
            assert (closed[each].verdict, closed[each].lapsed, each in void) == (P, False, False)
            assert closed[each].provenance.build == standing.provenance.build == self.seen


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DAY, min_size=4, max_size=LENGTH))
def test_a_clearance_stands_only_on_what_was_proven(days: list[dict[str, Any]]) -> None:
    """PASS days that are not void and enough of them, on the build that was seen last; it is announced as granted."""
    asyncio.run(Life().live(days))
