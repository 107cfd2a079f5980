"""A trader's HTTP side in memory: healthy in every word it says, but for what a test plants at times of its session."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import floor

import httpx

from bot.adapters.paper_guard import PaperGuard
from bot.adapters.trader import HttpTrader
from bot.domain.metrics import (
    BUILD,
    HEARTBEATS,
    LEADER,
    OCO_CHILDREN,
    ORDERS_PLACED,
    PROCESS_START,
    RETRIES,
    SCAN_TICKS,
    Metrics,
    heartbeat,
    retries,
)

TEXT = "text/plain; version=0.0.4; charset=utf-8"
JSON = "application/json"
STARTED = 1_763_862_000.0  # the process start of a trader that began long before the session, seconds since 1970

Said = str | None | Callable[[float], str | None]  # a value, whole lines, nothing; or any of them by time
Handler = Callable[[httpx.Request], Awaitable[httpx.Response | None]]

_FAMILIES = {
    LEADER: ("trader_is_leader", "gauge"),
    **{heartbeat(name): (f"trader_{name}_heartbeat_seconds", "gauge") for name in HEARTBEATS},
    SCAN_TICKS: ("trader_scan_ticks_total", "counter"),
    ORDERS_PLACED: ("trader_orders_placed_total", "counter"),
    OCO_CHILDREN: ("trader_oco_children_created_total", "counter"),
    PROCESS_START: ("process_start_time_seconds", "gauge"),
}
NAMES = (*(name for name, _ in _FAMILIES.values()), "trader_retries_total", "trader_build_info")


@dataclass(frozen=True, slots=True)
class _Planted:
    """What differs from a healthy trader from one second of the session to another, the end left out."""

    since: float
    until: float

    def holds(self, at: float) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class _SaidOtherwise(_Planted):
    role: str
    said: Said


@dataclass(frozen=True, slots=True)
class _Body(_Planted):
    change: Callable[[str], str | bytes]
    content_type: str
    status: int


@dataclass(frozen=True, slots=True)
class _Handled(_Planted):
    handle: Handler


@dataclass(slots=True)
class ScriptedTrader:
    """Answers `/metrics`, `/ready`, `/positions` and `/flatten` as they stand at a second of the session.

    Everything it says is a function of `now`, the true seconds since the open, and of what was done to it.
    """

    now: Callable[[], float]
    build: str = "b1"
    starts: list[float] = field(default_factory=lambda: [float("-inf")])  # when its process began, oldest first
    plans: list[float] = field(default_factory=list)  # when a plan was taken
    counts: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # by role: when it rose by how much
    stands: list[tuple[float, float]] = field(default_factory=list)  # when its scan loop stood still
    planted: list[_Planted] = field(default_factory=list)
    closes_after: float | None = 0.31  # seconds from a flatten to zero positions; None is never
    flattened: float | None = None
    flatten_status: int = 200
    positions: int = 0

    def says(self, since: float, until: float, role: str, said: Said) -> None:
        """Say something else in place of a metric: a value, whole lines, or nothing."""
        self.planted.append(_SaidOtherwise(since, until, role, said))

    def answers(
        self,
        since: float,
        until: float,
        change: Callable[[str], str | bytes],
        content_type: str = TEXT,
        status: int = 200,
    ) -> None:
        """Answer `/metrics` with a body made of the healthy one."""
        self.planted.append(_Body(since, until, change, content_type, status))

    def handles(self, since: float, until: float, handle: Handler) -> None:
        """Let a handler take every request first; where it returns None, the trader answers as ever."""
        self.planted.append(_Handled(since, until, handle))

    def is_up(self, at: float) -> bool:
        """Tell whether another scraper reads it at a second of the session."""
        return not any(planted.holds(at) for planted in self.planted if not isinstance(planted, _SaidOtherwise))

    def port(self, metrics: Metrics, kind: type[HttpTrader] = HttpTrader) -> HttpTrader:
        """Return the real adapter, talking to this trader."""
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))
        return kind("http://trader", headers={}, roles=metrics.roles(), guard=PaperGuard(), client=client)

    def take_plan(self) -> None:
        """Do what a plan does: an order, two children, a position."""
        self.plans.append(self.now())
        self.positions, self.flattened = 1, None

    def text(self, at: float) -> str:
        """Return the metrics at a second of the session."""
        said = {one.role: one.said for one in self.planted if isinstance(one, _SaidOtherwise) and one.holds(at)}
        values = self._values(at)
        blocks = [_block(role, _resolved(said.get(role, values[role]), at)) for role in _FAMILIES]
        retried = [_retried(kind, _resolved(said.get(retries(kind), values[retries(kind)]), at)) for kind in RETRIES]
        if any(retried):
            blocks.append("# TYPE trader_retries_total counter\n" + "".join(retried))
        build = _resolved(said.get(BUILD, f'trader_build_info{{revision="{self.build}"}} 1\n'), at)
        return "".join([*blocks, build or "", "trader_unrelated 3.5\n"])

    def _values(self, at: float) -> dict[str, str | None]:
        began = max(start for start in self.starts if start <= at)
        placed = sum(began < plan <= at for plan in self.plans)
        started = STARTED if began == float("-inf") else STARTED + 100_000 + began
        return {
            LEADER: "1",
            **{heartbeat(name): "0.25" for name in HEARTBEATS},
            SCAN_TICKS: str(self._ticks(began, at)),
            ORDERS_PLACED: str(placed),
            OCO_CHILDREN: str(2 * placed),
            PROCESS_START: repr(started),
            **{retries(kind): self._counted(retries(kind), began, at) for kind in RETRIES},
        }

    def _ticks(self, began: float, at: float) -> int:
        """Count one tick a second since the process began, but for the time the scan loop stood still."""
        running = at - max(began, -1000.0)
        still = sum(max(0.0, min(at, until) - max(began, since)) for since, until in self.stands)
        return floor(running - still)

    def _counted(self, role: str, began: float, at: float) -> str | None:
        """Return a labelled counter: absent until it first rises in the life of a process."""
        rises = [by for when, by in self.counts.get(role, ()) if began <= when <= at]
        return f"{sum(rises):g}" if rises else None

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        for planted in self.planted:
            if isinstance(planted, _Handled) and planted.holds(self.now()):
                answer = await planted.handle(request)
                if answer is not None:
                    return answer
        match request.url.path:
            case "/metrics":
                return self._metrics()
            case "/positions":
                return _json({"count": self._positions()})
            case "/flatten":
                if self.closes_after is not None:
                    self.flattened = self.now() + self.closes_after
                return _json({}, self.flatten_status)
        return _json({"ready": True, "mode": "paper"})

    def _metrics(self) -> httpx.Response:
        at = self.now()
        text = self.text(at)
        for planted in self.planted:
            if isinstance(planted, _Body) and planted.holds(at):
                headers = {"content-type": planted.content_type}
                return httpx.Response(planted.status, headers=headers, content=planted.change(text))
        return httpx.Response(200, headers={"content-type": TEXT}, text=text)

    def _positions(self) -> int:
        if self.flattened is not None and self.now() >= self.flattened - 1e-9:
            self.positions = 0
        return self.positions


def _resolved(said: Said, at: float) -> str | None:
    return said(at) if callable(said) else said


def _block(role: str, said: str | None) -> str:
    name, kind = _FAMILIES[role]
    if said is None or said.endswith("\n"):
        return said or ""
    return f"# TYPE {name} {kind}\n{name} {said}\n"


def _retried(kind: str, said: str | None) -> str:
    if said is None or said.endswith("\n"):
        return said or ""
    return f'trader_retries_total{{type="{kind}"}} {said}\n'


def _json(content: dict[str, object], status: int = 200) -> httpx.Response:
    return httpx.Response(status, headers={"content-type": JSON}, text=json.dumps(content))
