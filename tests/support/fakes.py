"""Fakes of the ports, and a world of them: a test sets it up, lets things happen in it, and looks at it afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from bot.desk import Desk, DrillPlan, TraderDesk
from bot.domain.entry import Draft, Entry
from bot.domain.evidence import RULES_STARTED, AlertHistory
from bot.domain.metrics import Metrics
from bot.domain.notice import Announcement
from bot.domain.people import Actor, Origin, Role
from bot.domain.policy import Policy
from bot.domain.sample import Reading, Sample
from bot.domain.session import Session
from bot.errors import LedgerBroken
from bot.ports import Calendar, Head, Job, Posted
from commands.dispatcher import Dispatcher, Outcome, Request
from commands.registry import load_commands
from tests.support.clock import ManualClock, settle
from tests.support.evidence import OPENS, clean_alerts, gauge
from tests.support.fake_trader import FakeOrderBook, FakeRunner, FakeTrader, script
from tests.support.memory_ledger import MemoryLedger

T = TypeVar("T")
ASHA = Actor(kind="slack", id="U01", name="Asha")
IN_CHANNEL = Origin(surface="slack", team="T01", channel="C01")


@dataclass
class FakeHistory:
    """A Prometheus that kept these samples of the trader."""

    kept: list[Sample] = field(default_factory=list)
    trouble: BaseException | None = None
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    async def samples(self, opened: datetime, closed: datetime) -> tuple[Sample, ...]:
        """Return those of a window."""
        self.asked.append((opened, closed))
        if self.trouble is not None:
            raise self.trouble
        return tuple(sample for sample in self.kept if opened <= sample.at <= closed)


@dataclass
class FakeAlerts:
    """A Prometheus whose rules are in order, unless told otherwise."""

    history: AlertHistory = field(default_factory=clean_alerts)
    digest: str = "d"  # of the rules file now; the history is asked about these rules
    trouble: BaseException | None = None
    readings: dict[str, Reading] = field(default_factory=lambda: {RULES_STARTED: gauge(1.0)})

    async def look(self) -> Mapping[str, Reading]:
        """Return how the rules stand."""
        if self.trouble is not None:
            raise self.trouble
        return dict(self.readings)

    async def alert_history(self, session: Session) -> AlertHistory:
        """Return the history, of the rules as they are."""
        return self.history.model_copy(update={"rules_digest": self.digest})

    def rules_digest(self) -> str:
        """Return the digest."""
        return self.digest


@dataclass
class FakeAnnouncer:
    """Remembers what was said. `failures` are raised first, one a try; `blocked` fails a trader's messages for good."""

    said: list[tuple[Announcement, Posted | None]] = field(default_factory=list)
    edits: list[Announcement] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    blocked: dict[str, BaseException] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    late: dict[str, timedelta] = field(default_factory=dict)
    failing_edits: BaseException | None = None
    unnoted: list[str] = field(default_factory=list)  # keys of what another process said, and nobody noted
    heads: list[tuple[str, Head | None]] = field(default_factory=list)  # by key: which entry asked for it

    async def post(
        self, announcement: Announcement, root: Posted | None, late: timedelta | None = None, head: Head | None = None
    ) -> Posted:
        """Say it."""
        self.tried.append(announcement.key)
        self._fail(announcement)
        self.said.append((announcement, root))
        self.heads.append((announcement.key, head))
        if late is not None:
            self.late[announcement.key] = late
        return Posted("C1", f"ts-{announcement.key}")

    async def find(self, announcement: Announcement, root: Posted | None) -> Posted | None:
        """Find it among what was said and among what only stands there."""
        self._fail(announcement)
        stands = announcement.edits in {*self.keys, *self.unnoted}
        return Posted("C1", f"ts-{announcement.edits}") if stands else None

    async def update(self, announcement: Announcement, posted: Posted, head: Head | None = None) -> None:
        """Edit it."""
        if self.failing_edits is not None:
            raise self.failing_edits
        self._fail(announcement)
        self.edits.append(announcement)
        self.heads.append((announcement.key, head))

    def _fail(self, announcement: Announcement) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if announcement.trader in self.blocked:
            raise self.blocked[announcement.trader]

    @property
    def keys(self) -> list[str]:
        """The keys of what was said, in order."""
        return [announcement.key for announcement, _ in self.said]


@dataclass(frozen=True)
class ListCalendar:
    """A calendar of listed sessions, oldest first."""

    sessions: tuple[Session, ...]

    def on(self, day: date) -> Session | None:
        """Return the session of a date."""
        return next((session for session in self.sessions if session.date == day), None)

    def current(self, at: datetime) -> Session | None:
        """Return the session that is open."""
        return next((session for session in self.sessions if session.contains(at)), None)

    def following(self, at: datetime) -> Session | None:
        """Return the first session to open."""
        return next((session for session in self.sessions if session.opens > at), None)

    def preceding(self, at: datetime) -> Session | None:
        """Return the last session that closed."""
        return next((session for session in reversed(self.sessions) if session.closes < at), None)


class FickleLedger(MemoryLedger):
    """A ledger in memory that a test can take away: while `away`, nothing can be read or written."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.refuses: Callable[[Draft], BaseException | None] = lambda draft: None

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Append, unless away or refused."""
        for draft in drafts:
            if error := self.refuses(draft):
                raise error
        return await super().append(*drafts)

    async def store_samples(self, trader: str, day: date, samples: Sequence[Sample]) -> None:
        """Store, unless away."""
        self._refuse_closed()
        await super().store_samples(trader, day, samples)

    def kinds(self) -> list[str]:
        """Return the kinds of all entries, in order."""
        return [entry.body.kind for entry in self.chain]

    def of_kind(self, kind: str) -> list[Any]:
        """Return the bodies of one kind, in order."""
        return [entry.body for entry in self.chain if entry.body.kind == kind]

    def _refuse_closed(self) -> None:
        if self.away:
            raise LedgerBroken("The ledger is away; bring it back.")
        super()._refuse_closed()


@dataclass
class FakeTimer:
    """Remembers what is planned; a test fires it by hand."""

    jobs: dict[str, tuple[datetime, Job]] = field(default_factory=dict)

    def at(self, moment: datetime, name: str, job: Job) -> None:
        """Plan a job; one of the same name is replaced."""
        self.jobs[name] = (moment, job)


def sessions(
    count: int, *, opens: datetime = OPENS, seconds: float = 60.0, apart: float = 86_400.0
) -> tuple[Session, ...]:
    """Return sessions of this length, one a day."""
    starts = [opens + timedelta(seconds=number * apart) for number in range(count)]
    return tuple(
        Session(
            date=opens.date() + timedelta(days=number),
            opens=start,
            closes=start + timedelta(seconds=seconds),
            timezone="Asia/Kolkata",
        )
        for number, start in enumerate(starts)
    )


@dataclass
class World:
    """One desk with one trader, and everything around it open to the test."""

    clock: ManualClock
    ledger: FickleLedger
    trader: FakeTrader
    book: FakeOrderBook
    runner: FakeRunner
    history: FakeHistory
    alerts: FakeAlerts
    desk: Desk

    async def ask(self, line: str, **fields: Any) -> Outcome:
        """Have a line run by an operator, while time passes as it needs."""
        return await finish(self.clock, self.dispatcher.run(request(line, **fields)))

    @property
    def dispatcher(self) -> Dispatcher:
        """A dispatcher of every command on this desk."""
        return Dispatcher(self.desk, load_commands())

    @property
    def trader_desk(self) -> TraderDesk:
        """The one trader's desk."""
        return next(iter(self.desk.traders.values()))


def world(
    clock: ManualClock,
    calendar: Calendar,
    *,
    policy: Policy | None = None,
    names: Sequence[str] = ("orb",),
    book: bool = True,
    prometheus: bool = False,
) -> World:
    """Return a desk in memory: healthy traders on paper, an injector that works, a report and a hygiene script."""
    ledger, trader, orders, runner, history, alerts = (
        FickleLedger(),
        FakeTrader(clock),
        FakeOrderBook(),
        FakeRunner(),
        FakeHistory(),
        FakeAlerts(),
    )
    runner.scripts = {name: script(name) for name in ("inject_plan", "report", "hygiene")}

    async def inject() -> None:
        trader.take_plan()
        orders.take_plan()

    runner.effects["inject_plan"] = inject
    traders = {
        name: TraderDesk(
            name=name,
            channel=f"C-{name}",
            policy=policy or Policy(),
            metrics=Metrics(),
            plan=DrillPlan(),
            trader=trader,
            calendar=calendar,
            runner=runner,
            order_book=orders if book else None,
            history=history if prometheus else None,
            alerts=alerts if prometheus else None,
        )
        for name in names
    }
    desk = Desk(traders=traders, ledger=ledger, clock=clock)
    return World(clock, ledger, trader, orders, runner, history, alerts, desk)


def request(line: str, **fields: Any) -> Request:
    """Return what an operator typed in a channel, unless said otherwise."""
    return Request(**{"text": line, "actor": ASHA, "role": Role.OPERATOR, "origin": IN_CHANNEL, **fields})


async def finish(clock: ManualClock, work: Awaitable[T], *, step: float = 0.05) -> T:
    """Run something to its end, and let the clock's time pass whenever it waits for that."""
    task = asyncio.ensure_future(work)
    await settle()
    while not task.done():
        if clock.sleepers:
            await clock.advance(step)
        else:
            await asyncio.wait({task}, timeout=0.005)  # a thread is at work
    return await task
