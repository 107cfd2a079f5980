"""Fakes of the ports: small worlds that a test sets up, lets things happen in, and looks at afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from bot.adapters.exposition import read_roles
from bot.desk import Desk, DrillPlan, TraderDesk
from bot.domain.entry import Draft, Entry
from bot.domain.evidence import RULES_STARTED, AlertHistory, ControlRun, PlantedRows, ReconcileCheck, ReconcileRun
from bot.domain.metrics import HEARTBEATS, LEADER, OCO_CHILDREN, ORDERS_PLACED, SCAN_TICKS, Metrics, heartbeat
from bot.domain.notice import Announcement
from bot.domain.people import Actor, Origin, Role
from bot.domain.policy import Policy
from bot.domain.results import ScriptRun
from bot.domain.sample import Reading, Sample
from bot.domain.session import Session
from bot.domain.value import JsonObject
from bot.errors import LedgerBroken
from bot.ports import Calendar, FlattenAnswer, Job, OrderRow, PaperMode, Posted
from commands.dispatcher import Dispatcher, Outcome, Request
from commands.registry import load_commands
from tests.support.clock import ManualClock, settle
from tests.support.evidence import OPENS, clean_alerts, counter, gauge
from tests.support.memory_ledger import MemoryLedger

T = TypeVar("T")
ASHA = Actor(kind="slack", id="U01", name="Asha")
IN_CHANNEL = Origin(surface="slack", team="T01", channel="C01")
PAPER = PaperMode(paper=True, words="mode is paper")
LIVE = PaperMode(paper=False, words="mode is live")


def healthy() -> dict[str, Reading]:
    """Return what a healthy trader's metrics read."""
    return {
        LEADER: gauge(1.0),
        **{heartbeat(name): gauge(0.4) for name in HEARTBEATS},
        SCAN_TICKS: counter(100.0),
        ORDERS_PLACED: counter(3.0),
        OCO_CHILDREN: counter(6.0),
    }


@dataclass
class FakeTrader:
    """A trader in memory. `trouble`, `takes` (s) and `effects` say, by method, how answers go."""

    clock: ManualClock
    readings: dict[str, Reading] = field(default_factory=healthy)
    says_ready: JsonObject = field(default_factory=lambda: {"ready": True, "mode": "paper"})
    held: int = 0
    mode: PaperMode = PAPER
    closes_after: float | None = 0.33  # seconds from a flatten to zero positions; None is never
    answer: FlattenAnswer = field(default_factory=lambda: FlattenAnswer(200, "{}"))
    trouble: dict[str, BaseException] = field(default_factory=dict)
    takes: dict[str, float] = field(default_factory=dict)
    effects: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    flat_from: float | None = None

    async def scrape(self) -> Mapping[str, Reading]:
        """Answer the readings."""
        await self._answer("scrape")
        return dict(self.readings)

    def read(self, text: str) -> Mapping[str, Reading]:
        """Read metrics with the protocol's own names."""
        return read_roles(text, "text/plain", Metrics().roles())

    async def ready(self) -> JsonObject:
        """Answer whether it is ready."""
        await self._answer("ready")
        return self.says_ready

    async def supervisor(self) -> JsonObject:
        """Answer how its tasks are."""
        await self._answer("supervisor")
        return {"tasks": "running"}

    async def flatten(self, reason: str) -> FlattenAnswer:
        """Begin to close positions; the answer may come before or after they are closed."""
        if self.closes_after is not None and "flatten" not in self.trouble:
            self.flat_from = self.clock.monotonic() + self.closes_after
        await self._answer("flatten")
        return self.answer

    async def positions(self) -> int:
        """Answer how many positions are held as the answer leaves."""
        await self._answer("positions")
        if self.flat_from is not None and self.clock.monotonic() >= self.flat_from:
            self.held = 0
        return self.held

    async def paper_mode(self) -> PaperMode:
        """Answer the mode."""
        await self._answer("paper_mode")
        return self.mode

    async def _answer(self, method: str) -> None:
        self.asked.append(method)
        if method in self.effects:
            await self.effects[method]()
        if method in self.takes:
            await self.clock.sleep(self.takes[method])
        if method in self.trouble:
            raise self.trouble[method]

    def take_plan(self) -> None:
        """Do what a plan does to a trader: an order, two children, a position."""
        self.readings[ORDERS_PLACED] = counter(self.readings[ORDERS_PLACED].total + 1)
        self.readings[OCO_CHILDREN] = counter(self.readings[OCO_CHILDREN].total + 2)
        self.held, self.flat_from = 1, None


@dataclass
class FakeOrderBook:
    """The trader's orders in memory. `trouble` is raised by looks; `run` is what every reconcile answers."""

    rows: list[OrderRow] = field(default_factory=list)
    trouble: BaseException | None = None
    run: ReconcileRun | None = None
    controls: ControlRun = field(
        default_factory=lambda: ControlRun(checks=(PlantedRows(check="duplicates", digest="", found=1),))
    )

    async def recent_orders(self, since: datetime) -> tuple[OrderRow, ...]:
        """Return every row."""
        if self.trouble is not None:
            raise self.trouble
        return tuple(self.rows)

    async def reconcile(self, opened: datetime, closed: datetime) -> ReconcileRun:
        """Return what was set, or a run over the window that found nothing."""
        checks = (ReconcileCheck(name="duplicates", rows=0),)
        return self.run or ReconcileRun(at=closed, opened=opened, closed=closed, orders=3, checks=checks)

    async def self_test(self) -> ControlRun:
        """Return what was set, or that the one check caught what was planted."""
        return self.controls

    async def describe(self) -> str:
        """Return one line."""
        return "in memory"

    def take_plan(self) -> None:
        """Do what a plan does to the tables: a parent and two children."""
        number = len(self.rows)
        parent = OrderRow(f"{number}", None)
        self.rows += [parent, *(OrderRow(f"{number}.{n}", parent.id) for n in "ab")]


@dataclass
class FakeRunner:
    """Scripts as functions: each name answers its `ScriptRun`, after its effect was had."""

    scripts: dict[str, ScriptRun] = field(default_factory=dict)
    effects: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    ran: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Tell whether there is such a script."""
        return name in self.scripts

    async def run(self, name: str, values: Mapping[str, str]) -> ScriptRun:
        """Have the effect and answer."""
        self.ran.append((name, dict(values)))
        if name in self.effects:
            await self.effects[name]()
        return self.scripts[name]


def script(name: str, exit_code: int | None = 0, tail: str = "done", trouble: str | None = None) -> ScriptRun:
    """Return how a script ended."""
    return ScriptRun(name=name, argv=(name,), exit_code=exit_code, seconds=0.2, tail=tail, trouble=trouble)


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

    async def post(self, announcement: Announcement, root: Posted | None, late: timedelta | None = None) -> Posted:
        """Say it."""
        self.tried.append(announcement.key)
        self._fail(announcement)
        self.said.append((announcement, root))
        if late is not None:
            self.late[announcement.key] = late
        return Posted("C1", f"ts-{announcement.key}")

    async def find(self, announcement: Announcement, root: Posted | None) -> Posted | None:
        """Find it among what was said and among what only stands there."""
        self._fail(announcement)
        stands = announcement.edits in {*self.keys, *self.unnoted}
        return Posted("C1", f"ts-{announcement.edits}") if stands else None

    async def update(self, announcement: Announcement, posted: Posted) -> None:
        """Edit it."""
        if self.failing_edits is not None:
            raise self.failing_edits
        self._fail(announcement)
        self.edits.append(announcement)

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
