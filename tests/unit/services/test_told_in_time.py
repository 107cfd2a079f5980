"""What can be told while it happens stands in the ledger, and then in the thread, within 3 s."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.entry import Draft, Entry, WatchBreached
from bot.domain.evidence import RULES_FIRING, RULES_PROBLEMS
from bot.domain.metrics import LEADER, PROCESS_START, SCAN_TICKS, heartbeat, retries
from bot.domain.notice import Announcement, Placement, TraderRestartSeen, WatchChange
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Series, Source
from bot.errors import PrometheusUnreachable, TraderUnreachable
from bot.meter import NoMeter
from bot.ports import Head, Posted
from bot.services.outbox import Outbox
from bot.services.watch import Watch
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, counter, gauge
from tests.support.fakes import FakeAnnouncer, ListCalendar, World, sessions, world
from tests.support.inline_executor import InlineExecutor

(SESSION,) = sessions(1, seconds=900.0)
POLICY = Policy.model_validate({"alerts": {"max_gap": "10s"}})
IN_TIME = timedelta(seconds=3)
NO_ANSWER = "No answer."


@dataclass
class TimedAnnouncer(FakeAnnouncer):
    """Remembers the changes it said; each must stand in the ledger by then."""

    room: World = field(kw_only=True)
    changes: list[WatchChange | TraderRestartSeen] = field(default_factory=list)

    async def post(
        self, announcement: Announcement, root: Posted | None, late: timedelta | None = None, head: Head | None = None
    ) -> Posted:
        """Say it."""
        notice = announcement.notice
        if isinstance(notice, WatchChange | TraderRestartSeen):
            assert announcement.placement is Placement.THREAD
            assert any(_records(body, notice) for body in _bodies(self.room)), "it was said before it was recorded"
            self.changes.append(notice)
        return await super().post(announcement, root, late, head)


def _bodies(room: World) -> list[Any]:
    kinds = ("watch_breached", "watch_recovered", "trader_restarted")
    return [body for kind in kinds for body in room.ledger.of_kind(kind)]


def _records(body: Any, notice: WatchChange | TraderRestartSeen) -> bool:
    if isinstance(notice, TraderRestartSeen):
        return bool(body.kind == "trader_restarted" and body.at == notice.at)
    kind = "watch_recovered" if notice.recovered else "watch_breached"
    return bool(body.kind == kind and (body.criterion, body.at) == (notice.criterion, notice.at))


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[World, TimedAnnouncer]]:
    """Watch a healthy trader whose scan loop ticks, and say what is to be said."""
    clock = ManualClock(OPENS - timedelta(seconds=10))
    room = world(clock, ListCalendar((SESSION,)), policy=POLICY, prometheus=True)
    room.trader.readings[PROCESS_START] = gauge(1000.0)

    async def tick() -> None:
        room.trader.readings[SCAN_TICKS] = counter(room.trader.readings[SCAN_TICKS].total + 1)

    async def nothing(*_: object) -> None:
        return None

    room.trader.effects["scrape"] = tick
    announcer = TimedAnnouncer(room=room)
    asyncio.get_running_loop().set_default_executor(InlineExecutor())
    watch, outbox = Watch(room.desk, room.trader_desk, nothing, NoMeter()), Outbox(room.desk, announcer)
    tasks = [asyncio.create_task(work) for work in (watch.run(), outbox.run())]
    try:
        yield room, announcer
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def reads(role: str, reading: Reading | None) -> Callable[[World], None]:
    """Return what makes the trader read so; None takes the reading away."""

    def change(room: World) -> None:
        room.trader.readings = {name: value for name, value in room.trader.readings.items() if name != role}
        room.trader.readings |= {} if reading is None else {role: reading}

    return change


def rules_say(role: str, *texts: str) -> Callable[[World], None]:
    """Return what makes a look at the rules say so."""

    def change(room: World) -> None:
        room.alerts.readings[role] = Reading(MetricType.GAUGE, tuple(Series(text, 1.0) for text in texts))

    return change


def ticks(room: World) -> None:
    """Let the scan loop run again."""
    room.trader.readings[SCAN_TICKS] = counter(room.trader.readings[SCAN_TICKS].total + 1)


def stands_still(room: World) -> None:
    """Let the scan loop stand still."""
    room.trader.effects.clear()


def is_away(trouble: bool) -> Callable[[World], None]:
    """Return what takes the trader out of sight, or brings it back."""

    def change(room: World) -> None:
        room.trader.trouble.clear()
        if trouble:
            room.trader.trouble["scrape"] = TraderUnreachable(NO_ANSWER)

    return change


def prometheus_is_away(trouble: bool) -> Callable[[World], None]:
    """Return what takes Prometheus out of sight, or brings it back."""

    def change(room: World) -> None:
        room.alerts.trouble = PrometheusUnreachable(NO_ANSWER) if trouble else None

    return change


@dataclass(frozen=True)
class Case:
    """What is lost and how it comes back, and after how many seconds a sample or a look shows it at the latest."""

    criterion: str
    lose: Callable[[World], None]
    hold: Callable[[World], None]
    shows: float = 1.0
    shows_again: float = 1.0
    verdict: str = "FAIL"


TOKEN = retries("token_refresh")
CASES = {
    "leader": Case(LEADER, reads(LEADER, gauge(0.0)), reads(LEADER, gauge(1.0))),
    "leader is missing": Case(LEADER, reads(LEADER, None), reads(LEADER, gauge(1.0)), verdict="INCONCLUSIVE"),
    "heartbeat": Case(heartbeat("scan"), reads(heartbeat("scan"), gauge(5.0)), reads(heartbeat("scan"), gauge(0.1))),
    "scan ticks": Case(SCAN_TICKS, stands_still, ticks, shows=61.0),
    "retries": Case(TOKEN, reads(TOKEN, counter(4.0)), lambda room: None, shows_again=301.0),
    "alert": Case("alerts", rules_say(RULES_FIRING, "TraderDown"), rules_say(RULES_FIRING), 2.0, 2.0),
    "rules": Case("alerts", rules_say(RULES_PROBLEMS, "gone"), rules_say(RULES_PROBLEMS), 2.0, 2.0, "INCONCLUSIVE"),
    "Prometheus": Case("alerts", prometheus_is_away(True), prometheus_is_away(False), 12.0, 2.0, "INCONCLUSIVE"),
    "trader": Case("coverage", is_away(True), is_away(False), 6.0, verdict="INCONCLUSIVE"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("takes", [0.0, 0.9])
async def test_a_loss_and_its_end_are_recorded_and_then_said_within_three_seconds(name: str, takes: float) -> None:
    """Counted from the first sample or look that can show it; also of a trader that answers slowly."""
    case = CASES[name]
    async with watched() as (room, announcer):
        room.trader.takes["scrape"] = takes
        await room.clock.advance(330.2)
        assert announcer.changes == []
        begun = room.clock.now()
        case.lose(room)
        await room.clock.advance(case.shows + IN_TIME.total_seconds())
        (lost,) = announcer.changes
        await room.clock.advance(20.0)
        assert len(announcer.changes) == 1
        ended = room.clock.now()
        case.hold(room)
        await room.clock.advance(max(case.shows_again - (ended - begun).total_seconds() * (name == "retries"), 0.0))
        await room.clock.advance(IN_TIME.total_seconds())
        _, held = announcer.changes
    assert isinstance(lost, WatchChange)
    assert isinstance(held, WatchChange)
    assert (lost.criterion, lost.recovered, lost.verdict) == (case.criterion, False, case.verdict)
    assert (held.criterion, held.recovered) == (case.criterion, True)
    assert held.seconds == pytest.approx((held.at - lost.at).total_seconds())


async def test_how_long_a_scrape_took_is_kept() -> None:
    """An answer that took its time may tell of any instant of it."""
    async with watched() as (room, _):
        await room.clock.advance(20.0)
        room.trader.takes["scrape"] = 0.75
        await room.clock.advance(20.0)
        kept = await room.ledger.samples("orb", SESSION.date)
    assert {sample.took for sample in kept if sample.source is Source.BOT} == {0.0, 0.75}


@pytest.mark.parametrize("name", ["leader", "heartbeat", "alert"])
async def test_what_shows_a_loss_is_stored_before_the_loss_is_recorded(name: str) -> None:
    """A bot that dies right after it told of a loss leaves the sample that the close will judge."""
    stored: list[bool] = []
    async with watched() as (room, announcer):
        append = room.ledger.append

        async def looking(*drafts: Draft) -> tuple[Entry, ...]:
            for body in (draft.body for draft in drafts if isinstance(draft.body, WatchBreached)):
                kept = await room.ledger.samples("orb", SESSION.date)
                stored.append(any(sample.at == body.at for sample in kept))
            return await append(*drafts)

        room.ledger.append = looking  # type: ignore[method-assign]
        await room.clock.advance(30.2)
        CASES[name].lose(room)
        await room.clock.advance(2.0 + IN_TIME.total_seconds())
        assert len(announcer.changes) == 1
    assert stored == [True]


async def test_a_restart_of_the_trader_is_recorded_and_then_said_within_three_seconds() -> None:
    """Counted from the first sample of the new process."""
    async with watched() as (room, announcer):
        await room.clock.advance(100.2)
        room.trader.readings[PROCESS_START] = gauge(2000.0)
        await room.clock.advance(1.0 + IN_TIME.total_seconds())
        (restart,) = announcer.changes
    assert isinstance(restart, TraderRestartSeen)


async def test_a_step_of_the_clock_is_said_once() -> None:
    """At the next seal of the samples: nothing about the session's times has changed by it."""
    async with watched() as (room, announcer):
        await room.clock.advance(100.0)
        room.clock.step_wall(-37.0)
        await room.clock.advance(63.0)
        (moved,) = announcer.changes
        await room.clock.advance(300.0)
        assert len(announcer.changes) == 1
    assert isinstance(moved, WatchChange)
    assert (moved.criterion, moved.recovered) == ("clock", False)
    assert moved.detail.startswith("It was moved by -37.0 s.")
