"""A trader in memory with what belongs to it: its metrics, its orders and the scripts that act on it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.adapters.exposition import read_roles
from bot.domain.evidence import ControlRun, PlantedRows, ReconcileCheck, ReconcileRun
from bot.domain.metrics import HEARTBEATS, LEADER, OCO_CHILDREN, ORDERS_PLACED, SCAN_TICKS, Metrics, heartbeat
from bot.domain.results import ScriptRun
from bot.domain.sample import Reading
from bot.domain.value import JsonObject
from bot.ports import FlattenAnswer, Found, OrderRow, PaperMode
from tests.support.clock import ManualClock
from tests.support.evidence import counter, gauge

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
    """The trader's orders in memory. `trouble` is raised by looks; `run` is what every reconcile answers.

    `found` is what it gives to who wants all rows: a check's name and a row.
    """

    rows: list[OrderRow] = field(default_factory=list)
    trouble: BaseException | None = None
    run: ReconcileRun | None = None
    found: list[tuple[str, JsonObject]] = field(default_factory=list)
    controls: ControlRun = field(
        default_factory=lambda: ControlRun(checks=(PlantedRows(check="duplicates", digest="", found=1),))
    )

    async def recent_orders(self, since: datetime) -> tuple[OrderRow, ...]:
        """Return every row."""
        if self.trouble is not None:
            raise self.trouble
        return tuple(self.rows)

    async def reconcile(self, opened: datetime, closed: datetime, found: Found | None = None) -> ReconcileRun:
        """Return what was set, or a run over the window that found nothing."""
        for check, row in self.found if found else ():
            found(check, row)
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
