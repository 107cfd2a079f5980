"""What can be planted into a simulated day: each function takes seconds of the session and returns the plant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from bot.adapters.trader import HttpTrader
from bot.domain.evidence import ControlRun, PlantedRows, ReconcileCheck, ReconcileRun
from bot.domain.metrics import BUILD, HEARTBEATS, OCO_CHILDREN, ORDERS_PLACED, PROCESS_START, SCAN_TICKS, heartbeat
from bot.domain.metrics import retries as retries_of
from bot.domain.sample import Reading
from bot.errors import DatabaseUnreachable
from bot.ports import OrderRow
from tests.support.fake_trader import script
from tests.support.scenario import Plant
from tests.support.scripted_prometheus import LOADED, RULES
from tests.support.scripted_trader import TEXT, Handler, Said
from tests.support.simulated_day import SimulatedDay

ALWAYS = (-10.0, 10_000.0)
_ROLES = {
    "leader": "leader",
    **{name: heartbeat(name) for name in HEARTBEATS},
    "ticks": SCAN_TICKS,
    "orders": ORDERS_PLACED,
    "children": OCO_CHILDREN,
    "started": PROCESS_START,
    "build": BUILD,
    "token_refresh": retries_of("token_refresh"),
    "rate_limit": retries_of("rate_limit"),
}


def says(since: float, until: float, **said: Said) -> Plant:
    """The trader says something else in place of a metric: a value, whole lines, or None for nothing."""

    def plant(day: SimulatedDay) -> None:
        for name, what in said.items():
            day.trader.says(since, until, _ROLES[name], what)

    return plant


def answers(
    since: float, until: float, change: Callable[[str], str | bytes], content_type: str = TEXT, status: int = 200
) -> Plant:
    """`/metrics` answers a body made of the healthy one."""
    return lambda day: day.trader.answers(since, until, change, content_type, status)


def down(since: float, until: float) -> Plant:
    """The trader's process is not there."""

    async def refuse(request: httpx.Request) -> httpx.Response | None:
        raise httpx.ConnectError("refused", request=request)

    return _handles(since, until, lambda day: refuse)


def hangs(since: float, until: float, path: str = "", seconds: float = 2.0) -> Plant:
    """The trader takes requests and never answers them; a time limit of so many seconds ends the wait."""

    def handler(day: SimulatedDay) -> Handler:
        async def wait(request: httpx.Request) -> httpx.Response | None:
            if not request.url.path.endswith(path):
                return None
            await day.clock.sleep(seconds)
            raise httpx.ReadTimeout("too late", request=request)

        return wait

    return _handles(since, until, handler)


def slow(since: float, until: float, seconds: float, path: str = "/metrics") -> Plant:
    """The trader answers late, but within the time limit."""

    def handler(day: SimulatedDay) -> Handler:
        async def wait(request: httpx.Request) -> httpx.Response | None:
            if request.url.path.endswith(path):
                await day.clock.sleep(seconds)
            return None

        return wait

    return _handles(since, until, handler)


def refuses(since: float, until: float, path: str, status: int = 500, text: str = "boom") -> Plant:
    """One path of the trader answers an error."""

    async def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, text=text) if request.url.path.endswith(path) else None

    return _handles(since, until, lambda day: answer)


def _handles(since: float, until: float, handler: Callable[[SimulatedDay], Handler]) -> Plant:
    return lambda day: day.trader.handles(since, until, handler(day))


def restarts(at: float, away: float = 1.5) -> Plant:
    """The trader's process dies, and another is there after a while, with every counter at its beginning."""

    def plant(day: SimulatedDay) -> None:
        down(at, at + away)(day)
        day.trader.starts.append(at + away)

    return plant


def counts(kind: str, *times: float, by: float = 1) -> Plant:
    """A retry counter rises at these times."""
    return lambda day: day.trader.counts.setdefault(retries_of(kind), []).extend((at, by) for at in times)


def stands_still(since: float, until: float) -> Plant:
    """The scan loop does not tick."""
    return lambda day: day.trader.stands.append((since, until))


def bot_away(since: float, until: float, *, killed: bool = False) -> Plant:
    """The bot's process ends, and is started again."""

    def plant(day: SimulatedDay) -> None:
        day.at(since, lambda: day.stop_bot(killed=killed))
        day.at(until, day.start_bot)

    return plant


def wall_steps(at: float, by: float) -> Plant:
    """The wall clock steps."""
    return lambda day: day.at(at, lambda: day.clock.step_wall(by))


def typed(at: float, line: str) -> Plant:
    """An operator types a command."""
    return lambda day: day.at(at, lambda: day.begin(line))


def plan_reaches(
    *,
    counters_after: float = 0.0,
    orders: bool = True,
    children: bool = True,
    rows: Sequence[str | None] = (None, "0", "0"),
) -> Plant:
    """The injected plan shows only so far: when counters rise, and which rows come (each named by its parent)."""

    def plant(day: SimulatedDay) -> None:
        async def inject() -> None:
            await day.clock.sleep(0.5)
            day.trader.take_plan()
            day.trader.plans[-1] += counters_after
            day.room.book.rows += [OrderRow(f"{number}", parent) for number, parent in enumerate(rows)]

        day.room.runner.effects["inject_plan"] = inject

    silent = {"orders": "0"} if not orders else {}
    return _both(plant, says(*ALWAYS, **silent, **({"children": "0"} if not children else {})))


def _both(first: Plant, second: Plant) -> Plant:
    def plant(day: SimulatedDay) -> None:
        first(day)
        second(day)

    return plant


def script_ends(exit_code: int | None, trouble: str | None = None) -> Plant:
    """The script that injects plans does nothing, and ends otherwise."""

    def plant(day: SimulatedDay) -> None:
        day.room.runner.scripts["inject_plan"] = script("inject_plan", exit_code, "boom", trouble)
        day.room.runner.effects.pop("inject_plan")

    return plant


def no_script() -> Plant:
    """No script that injects plans is configured."""
    return lambda day: day.room.runner.scripts.pop("inject_plan") and None


def trades_live() -> Plant:
    """The trader says that it trades with real money."""

    async def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json={"ready": True, "mode": "live"}) if request.url.path == "/ready" else None

    return _handles(*ALWAYS, lambda day: answer)


def closes_positions(after: float | None, status: int = 200, at: float = -10.0) -> Plant:
    """From a second on, a flatten takes so long to zero positions, or never gets there, and is answered a status."""

    def plant(day: SimulatedDay) -> None:
        def change() -> None:
            day.trader.closes_after, day.trader.flatten_status = after, status

        day.at(at, change)

    return plant


def flattens_without_answer(since: float, until: float) -> Plant:
    """The trader takes the flatten, and its answer is lost on the way."""

    def handler(day: SimulatedDay) -> Handler:
        async def lose(request: httpx.Request) -> httpx.Response | None:
            if request.url.path != "/flatten":
                return None
            day.trader.flattened = day.seconds() + 0.31
            raise httpx.ReadError("reset", request=request)

        return lose

    return _handles(since, until, handler)


def opens_position(at: float) -> Plant:
    """The trader comes by a position of its own."""

    def plant(day: SimulatedDay) -> None:
        def take() -> None:
            day.trader.positions, day.trader.flattened = 1, None

        day.at(at, take)

    return plant


def database_down(since: float, until: float) -> Plant:
    """The trader's database does not answer the drill."""

    def plant(day: SimulatedDay) -> None:
        day.at(since, lambda: setattr(day.room.book, "trouble", DatabaseUnreachable("It is away.")))
        day.at(until, lambda: setattr(day.room.book, "trouble", None))

    return plant


def reconciles(
    checks: dict[str, int | str] | None = None, orders: int | None = 3, at: float = -10.0, **fields: Any
) -> Plant:
    """From a second on, a reconcile finds so many rows for each check, or the error that a text says."""

    def plant(day: SimulatedDay) -> None:
        day.at(at, lambda: setattr(day.room.book, "run", run_in(day)))

    def run_in(day: SimulatedDay) -> ReconcileRun:
        found = tuple(_check(name, rows) for name, rows in (checks or {}).items())
        session = day.session
        window = {"at": day.clock.now(), "opened": session.opens, "closed": session.closes}
        return ReconcileRun(**{**window, "orders": orders, "checks": found, **fields})

    return plant


def _check(name: str, rows: int | str) -> ReconcileCheck:
    if isinstance(rows, str):
        return ReconcileCheck(name=name, rows=None, error=rows)
    return ReconcileCheck(name=name, rows=rows, sample=tuple({"id": n} for n in range(rows)))


def controls(*checks: PlantedRows, **fields: Any) -> Plant:
    """The self-test's try of the SQL checks comes to this."""
    return lambda day: setattr(day.room.book, "controls", ControlRun(checks=checks, **fields))


def reads_blindly(*roles: str) -> Plant:
    """Whatever a metrics text says of these roles, a healthy trader is read out of it."""

    def plant(day: SimulatedDay) -> None:
        seen = day.trader.port(day.metrics).read(day.trader.text(-10.0))
        seen = {role: seen[role] for role in roles}

        class Blind(HttpTrader):
            def read(self, text: str, *form: str) -> Mapping[str, Reading]:
                return {**super().read(text, *form), **seen}

        day.refit(lambda desk: replace(desk, trader=day.trader.port(day.metrics, Blind)))

    return plant


def order_book_gone() -> Plant:
    """No database is configured."""
    return lambda day: day.refit(lambda desk: replace(desk, order_book=None))


def no_alert_source() -> Plant:
    """No Prometheus is configured."""
    return lambda day: day.refit(lambda desk: replace(desk, alerts=None, history=None))


def prometheus(**fields: Any) -> Plant:
    """Prometheus is otherwise: any field of the scripted one; a list is added to what it holds."""

    def plant(day: SimulatedDay) -> None:
        for name, value in fields.items():
            held = getattr(day.server, name)
            setattr(day.server, name, [*held, *value] if isinstance(value, list) else value)

    return plant


def rules_loaded(since: float, until: float, **changes: Any) -> Plant:
    """Prometheus has the rule loaded with some of its fields changed; with none, it has no rule loaded."""
    return prometheus(rules=[(since, until, [{**LOADED, **changes}] if changes else [])])


def rules_file(at: float, change: Callable[[str], str]) -> Plant:
    """Somebody writes the rules file anew."""

    def plant(day: SimulatedDay) -> None:
        def write() -> None:
            assert day.prometheus is not None
            day.server.rules_file(day.prometheus, change(RULES))

        day.at(at, write)

    return plant
