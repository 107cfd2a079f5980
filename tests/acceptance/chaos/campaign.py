"""Days of a burn-in under a bot that is killed all the time: each act is typed, cut off, and seen through after all."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import fmean

from bot.domain.session import Session
from bot.sandbox import wallclock
from tests.acceptance.chaos import invariants
from tests.acceptance.chaos.desk import IN_SESSION, People
from tests.acceptance.chaos.kill_points import KillPoint
from tests.acceptance.chaos.stage import TRADER, ChaosStage
from tests.acceptance.chaos.tally import Tally
from tests.acceptance.chaos.waiting import is_settled, settled, until

_OPENS_IN, _AN_ACT, _TO_DRILL = 2.0, 2.0, 3.0  # seconds, beside what starting takes
_SLACK, _REMEMBERED = 1.2, 15  # how many times as long as the last so many acts took the next ones may take
_STARTS = 1.6  # starts of a bot in an act: one, and now and then another
_ENDS_WITHIN = 6.0  # seconds after the close for a watch to cover it; the sandbox's largest gap is 4 s
_MORE_THAN_A_GAP = 5.0  # seconds
_NEVER_SO_LONG = 4.0  # seconds of a start, after which it is cut off whatever was to be seen
_AGAIN = 0.2  # the share of the kills whose recovery is cut off as well
_TYPED_AGAIN = 3  # times at most
_TIMES = 3  # of one boundary in one act; a poll is seen many times, and one is like the other


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Where a day's bot is killed, and what else becomes of the day.

    Attributes:
        points: by phase, in the order in which they come.
        blind: once the bot is away for longer than a gap may be, and Prometheus with it.
        fault: of the trader, for a second; empty for none.
        forgotten: nobody closes the day, so the next open does.
    """

    points: Sequence[KillPoint] = ()
    blind: bool = False
    fault: str = ""
    forgotten: bool = False

    def of(self, *phases: str) -> list[KillPoint]:
        """Return the points of some phases."""
        return [point for point in self.points if point.phase in phases]


class Campaign:
    """One bot on one ledger, day after day.

    Args:
        stage: the running parts; the bot is not among them yet.
        chance: decides which recoveries are cut off.
        tally: counts.
    """

    def __init__(self, stage: ChaosStage, chance: random.Random, tally: Tally) -> None:
        self._stage = stage
        self._chance = chance
        self._tally = tally
        self._people = People(stage)
        self._forgotten: Session | None = None
        self._took: deque[float] = deque(maxlen=_REMEMBERED)  # seconds of the last acts

    async def rehearse(self) -> list[KillPoint]:
        """Live through a day undisturbed; return all that was seen in it as points to kill at."""
        found: list[KillPoint] = []
        session = self._plan_session(DayPlan([KillPoint(command) for command in IN_SESSION]))
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "start": lambda: self._open(session, []),
            **{name: self._typing(name) for name in IN_SESSION},
            "end": lambda: self._end(session, []),
            "close": self._typing("close"),
        }
        for phase, act in acts.items():
            self._stage.trap.reset()
            await act()
            await settled(self._stage)
            found += _points(phase, self._stage)
        await self._judge(session, spoilt=False)
        return found

    async def live(self, plan: DayPlan) -> None:
        """Live through a day and hold its verdict to what was done to it."""
        acts = plan.of(*IN_SESSION)
        await self._stage.stop_bot()
        session = self._plan_session(plan)
        await self._open(session, plan.of("start"))
        if self._forgotten is not None:
            await self._judge(self._forgotten, spoilt=True)
            self._forgotten = None
        spoilt = await self._spoil(plan, session)
        for point in acts:
            await self._cut_off(point)
        await self._people.do("drill")
        await self._end(session, plan.of("end"))
        if plan.forgotten:
            self._forgotten = session
            return
        for point in plan.of("close"):
            await self._cut_off(point)
        await self._people.do("close")
        await settled(self._stage)
        await self._judge(session, spoilt=spoilt)

    def _plan_session(self, plan: DayPlan) -> Session:
        """Plan a session as long as its acts take, as the last ones did, with a bot that has to come back for each."""
        start = self._stage.starts_in
        come_back = start + self._stage.takes_over
        acts = len(plan.of(*IN_SESSION)) + plan.blind
        act = max(_AN_ACT + _STARTS * come_back, _SLACK * fmean(self._took) if self._took else 0.0)
        length = len(plan.of("start")) * come_back + acts * act + _TO_DRILL + start
        return self._stage.plan_session(_OPENS_IN + start, length)

    def _typing(self, command: str) -> Callable[[], Awaitable[None]]:
        return lambda: self._people.do(command)

    async def _open(self, session: Session, points: Sequence[KillPoint]) -> None:
        """Start the bot until the day is open and its gate proven, cutting off a start for each point."""
        for point in points:
            await self._start_cut_off(point, lambda: self._is_open(session))
        await self._stage.bot.start()
        await until(self._stage, lambda: self._is_open(session))
        await settled(self._stage)

    def _is_open(self, session: Session) -> bool:
        eye, wanted = self._stage.eye, ("session_opened", "self_tested")
        opened = {entry.body.kind for entry in eye.of(*wanted) if entry.day == session.date}
        return len(opened) == len(wanted) and not eye.unsent()

    async def _start_cut_off(self, point: KillPoint, over: Callable[[], bool]) -> None:
        self._stage.trap.arm(point)
        await self._stage.bot.start()
        await until(self._stage, lambda: self._stage.trap.sprung.is_set() or over())
        await self._be_killed(point)

    async def _cut_off(self, point: KillPoint) -> None:
        """Type a command, be killed in it, come back."""
        before, began = len(self._stage.eye.entries), wallclock.unix()
        self._stage.trap.arm(point)
        doing = asyncio.create_task(self._people.do(point.phase))
        await until(self._stage, lambda: self._stage.trap.sprung.is_set() or doing.done())
        if not self._stage.trap.sprung.is_set():
            await doing
            await until(self._stage, lambda: is_settled(self._stage), or_sprung=True)
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        await self._be_killed(point)
        await self._come_back()
        if point.phase == "flatten":
            await self._flatten_after_all(before)
        await settled(self._stage)
        self._took.append(wallclock.unix() - began)

    async def _flatten_after_all(self, before: int) -> None:
        """Ask again for a flatten that the bot never took: a person who is told of the error does."""
        await until(self._stage, lambda: self._stage.workspace.sockets.connected)
        for _ in range(_TYPED_AGAIN):
            if self._people.has_begun("flatten", before):
                return
            with suppress(TimeoutError):
                await self._people.do("flatten")

    async def _spoil(self, plan: DayPlan, session: Session) -> bool:
        """Do to the day what it can never pass with, where that is planned; tell whether it was done in the session."""
        if plan.fault:
            await self._stage.switch_fault(plan.fault, active=True)
            await asyncio.sleep(1.0)  # what a fault takes to be seen: some scrapes
            await self._stage.switch_fault(plan.fault, active=False)
        if plan.blind:
            await self._stage.bot.kill()
            self._tally.killed("blind", "nobody looks", missed=False)
            with self._stage.prometheus.away():
                await asyncio.sleep(_MORE_THAN_A_GAP)
            await self._come_back()
        spoilt = bool(plan.fault or plan.blind) and session.contains(wallclock.now())
        await settled(self._stage)
        return spoilt

    async def _end(self, session: Session, points: Sequence[KillPoint]) -> None:
        """Let the session end, the bot being killed about that time."""
        await asyncio.sleep(max((session.closes - wallclock.now()).total_seconds() - 0.3, 0.0))
        for point in points:
            self._stage.trap.arm(point)
            await until(self._stage, lambda: self._stage.trap.sprung.is_set() or self._has_ended(session))
            await self._be_killed(point)
            await self._come_back()
        await until(self._stage, lambda: self._has_ended(session))
        await settled(self._stage)

    def _has_ended(self, session: Session) -> bool:
        """Tell whether the end is on record, or would not be any more, and the people were told to close the day."""
        eye = self._stage.eye
        ended = any(entry.day == session.date for entry in eye.of("session_ended"))
        late = (wallclock.now() - session.closes).total_seconds() > _ENDS_WITHIN
        told = (f"reminder:{TRADER}:{session.date}:{about}" for about in ("close_due", "close_overdue"))
        return (ended or late) and any(map(eye.was_sent, told))

    async def _judge(self, session: Session, *, spoilt: bool) -> None:
        record = await invariants.hold_verdict(self._stage, session, spoilt=spoilt)
        await until(self._stage, lambda: invariants.is_shown_closed(self._stage, record))
        self._tally.judged(record)

    async def _be_killed(self, point: KillPoint) -> None:
        """See to it that the bot is gone, also where the point never came."""
        missed = not self._stage.trap.sprung.is_set()
        await self._stage.bot.kill()
        self._stage.trap.reset()
        self._tally.killed(point.phase, str(point), missed=missed)

    async def _come_back(self) -> None:
        """Start the bot again, and now and then cut off its recovery, more than once if need be."""
        while self._chance.random() < _AGAIN:
            point = _in_recovery(self._chance)
            give_up = wallclock.unix() + _NEVER_SO_LONG + self._stage.takes_over
            await self._start_cut_off(point, lambda: wallclock.unix() > give_up)  # noqa: B023 - awaited in this turn
        await self._stage.bot.start()


def _in_recovery(chance: random.Random) -> KillPoint:
    if chance.random() < 0.5:
        return KillPoint("recovery", nth=chance.randint(1, 12))
    return KillPoint("recovery", after=round(chance.uniform(0.05, 3.0), 2))


def _points(phase: str, stage: ChaosStage) -> list[KillPoint]:
    """Return each boundary that was seen as a point; of those that come again and again, the first ones."""
    times: Counter[object] = Counter()
    found = []
    for seen in stage.trap.seen:
        times[seen] += 1
        if times[seen] <= (1 if seen.periodic else _TIMES):
            found.append(KillPoint(phase, seen, times[seen]))
    return found
