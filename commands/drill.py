"""Run one end-to-end OCO: inject a plan, see it arrive everywhere, flatten, see positions at zero.

Preflight first: the trader is on paper, ready, leader and flat. Then the plan is injected, the order and OCO-children
counters must rise, the rows must be in the trader's database, and a flatten must bring positions to zero within the
limit (2 s by default). Each step is timed. Whatever goes wrong after the injection, the drill flattens before it ends.

One drill at a time a trader. A day needs one that passes.
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import Field

from bot.desk import DrillPlan, TraderDesk
from bot.domain.entry import CommandStarted, Draft, DrillMeasured, FlattenMeasured, PlanInjecting
from bot.domain.evidence import CounterRise, DrillRun, FlattenTiming
from bot.domain.judge import judge_drill, judge_flatten
from bot.domain.metrics import LEADER, OCO_CHILDREN, ORDERS_PLACED
from bot.domain.people import BOT, INSIDE, Role
from bot.domain.results import DrillReport
from bot.domain.verdict import Verdict, worst
from bot.errors import BurninError, Refused
from bot.ports import OrderRow
from commands.check import is_ready
from commands.command import Call, CommandOptions, Result, to_its_end
from commands.flatten import measure_flatten, refuse_unless_paper
from commands.session_day import day_now
from commands.steps import Steps

ROLE = Role.OPERATOR
EXAMPLES = ("drill", "drill --qty 25 --side short", "drill --symbol BANKNIFTY --strategy ORB")
ONE_AT_A_TIME = True

STEPS = ("preflight", "counters before", "inject plan", "counters rise", "rows in database", "flatten")
_LINES_SHOWN = 3  # of what a script wrote last
_LOOK_EVERY = 0.1  # seconds between looks at counters and rows
_WORD = r"^[^-\s]"  # what begins with a dash, the desk's script would take for an option of its own
_FLATTEN_UNTIL = timedelta(minutes=15)
_ROWS_SINCE = timedelta(minutes=5)  # keeps both row lists short, and forgives clocks that differ


class Options(CommandOptions):
    """The plan; what is left out comes from the trader's configuration."""

    symbol: str | None = Field(None, pattern=_WORD, max_length=40, description="an instrument, as in NIFTY")
    side: str | None = Field(None, pattern="(?i)^(long|short)$", description="LONG or SHORT")
    qty: int | None = Field(None, gt=0, le=10_000_000, description="a quantity, a whole number above zero")
    strategy: str | None = Field(None, pattern=_WORD, max_length=40, description="a strategy's name, as in ORB")


async def run(call: Call, options: Options) -> Result:
    """Run the drill and record its evidence."""
    plan = _plan(call.trader.plan, options)
    drill = _Drill(call, plan, Steps(STEPS, call.progress, call.desk.clock))
    try:
        await drill.run()
    except BaseException:  # cancelled, or broken off: what was seen after the injection is evidence all the same
        if drill.measured.injected:
            await to_its_end(call.desk.ledger.append(*_result(call, drill).drafts))
        raise
    return _result(call, drill)


def _plan(configured: DrillPlan, options: Options) -> DrillPlan:
    asked = options.model_dump(include={"symbol", "side", "qty", "strategy"}, exclude_none=True)
    if "side" in asked:
        asked["side"] = asked["side"].upper()
    return configured.model_copy(update=asked)


@dataclass(slots=True)
class _Facts:
    """What the drill has seen so far."""

    orders: CounterRise = field(default_factory=lambda: CounterRise(before=None))
    children: CounterRise = field(default_factory=lambda: CounterRise(before=None))
    rows_before: frozenset[str] | None = None
    parent_rows: int | None = None
    child_rows: int | None = None
    injected: bool = False
    trouble: str | None = None
    flatten: FlattenTiming | None = None


class _Drill:
    def __init__(self, call: Call, plan: DrillPlan, steps: Steps) -> None:
        self._call = call
        self._desk: TraderDesk = call.trader
        self._clock = call.desk.clock
        self._plan = plan
        self._steps = steps
        self._facts = _Facts()
        self._give_up = 0.0  # monotonic; counters and rows share the policy's time after the injection
        self._started_at = call.desk.clock.now()
        self.day = day_now(call)  # of the start: a drill that outlasts its session still belongs to it

    async def run(self) -> None:
        """Go through the steps; after the injection nothing leaves without a flatten."""
        await self._steps.run("preflight", self._preflight)
        await self._steps.run("counters before", self._counters_before)
        try:
            await self._inject_and_look()
        except BurninError as error:
            self._facts.trouble = str(error)
        except BaseException as error:
            self._facts.trouble = f"it was cut off ({type(error).__name__})"
            raise
        finally:
            if self._facts.injected:
                await to_its_end(self._flatten())
        await self._steps.show_end()

    async def _inject_and_look(self) -> None:
        await self._steps.run("inject plan", self._inject)
        self._give_up = self._clock.monotonic() + self._desk.policy.drill_rise_within.total_seconds()
        if self._facts.trouble is None:
            await self._steps.run("counters rise", self._counters_rise)
            await self._steps.run("rows in database", self._rows_arrive)

    async def _preflight(self) -> tuple[Verdict, str]:
        if not self._desk.runner.has("inject_plan"):
            lacks = f"{self._desk.name} has no command inject_plan; set traders[].commands.inject_plan."
            raise Refused("no_script", lacks)
        await refuse_unless_paper(self._desk)
        ready, readings, positions = await asyncio.gather(
            self._desk.trader.ready(), self._desk.trader.scrape(), self._desk.trader.positions()
        )
        if not is_ready(ready):
            words = f"{self._desk.name} is not ready: {json.dumps(ready)}. Drill again once it is."
            raise Refused("not_ready", words, self._call.line("check"))
        leader = readings.get(LEADER)
        if leader is None or leader.only != 1:
            unproven = f"{self._desk.name} does not show that it is leader. See check, and drill again once it is."
            raise Refused("not_leader", unproven, self._call.line("check"))
        if positions:
            words = f"{self._desk.name} holds {positions} positions. Flatten first, then drill."
            raise Refused("not_flat", words, self._call.line("flatten"))
        return Verdict.PASS, "on paper, ready, leader, flat"

    async def _counters_before(self) -> tuple[Verdict, str]:
        orders, children = await self._counters()
        self._facts.orders = CounterRise(before=orders)
        self._facts.children = CounterRise(before=children)
        self._facts.rows_before = await self._order_ids()
        return Verdict.PASS, f"orders {_said(orders)}, OCO children {_said(children)}"

    async def _inject(self) -> tuple[Verdict, str]:
        intent = PlanInjecting(started=self._call.started, **self._plan.model_dump())
        await self._call.desk.ledger.append(self._call.draft(intent, self.day))
        self._facts.injected = True
        script = await self._desk.runner.run("inject_plan", {k: str(v) for k, v in self._plan.to_json().items()})
        if script.succeeded:
            return Verdict.PASS, f"{self._plan.side} {self._plan.qty} {self._plan.symbol} ({self._plan.strategy})"
        exit_code = "did not end" if script.exit_code is None else f"exit code {script.exit_code}"
        last = " | ".join(script.tail.splitlines()[-_LINES_SHOWN:]) or "no output"
        self._facts.trouble = f"the plan was not injected: {script.trouble or exit_code}: {last}"
        return Verdict.INCONCLUSIVE, self._facts.trouble

    async def _counters_rise(self) -> tuple[Verdict, str]:
        before = self._facts.orders.before, self._facts.children.before
        while True:
            orders, children = await self._counters()
            self._facts.orders = CounterRise(before=before[0], after=orders)
            self._facts.children = CounterRise(before=before[1], after=children)
            rose = _rose(self._facts.orders) and _rose(self._facts.children)
            if rose or self._clock.monotonic() >= self._give_up:
                break
            await self._clock.sleep(_LOOK_EVERY)
        detail = f"orders {_said(before[0])} to {_said(orders)}, OCO children {_said(before[1])} to {_said(children)}"
        return Verdict.PASS if rose else Verdict.FAIL, detail

    async def _rows_arrive(self) -> tuple[Verdict, str]:
        if self._desk.order_book is None or self._facts.rows_before is None:
            return Verdict.INCONCLUSIVE, "no database is configured; set traders[].database"
        while True:
            new = [row for row in await self._recent_orders() if row.id not in self._facts.rows_before]
            self._facts.parent_rows = sum(row.parent_id is None for row in new)
            self._facts.child_rows = sum(row.parent_id is not None for row in new)
            arrived = self._facts.parent_rows > 0 and self._facts.child_rows > 0
            if arrived or self._clock.monotonic() >= self._give_up:
                break
            await self._clock.sleep(_LOOK_EVERY)
        detail = f"{self._facts.parent_rows} parent and {self._facts.child_rows} child rows"
        return Verdict.PASS if arrived else Verdict.FAIL, detail

    async def _flatten(self) -> None:
        await self._steps.run("flatten", self._flatten_step)

    async def _flatten_step(self) -> tuple[Verdict, str]:
        self._facts.flatten = await measure_flatten(self._desk, self._clock)
        finding = judge_flatten(self._desk.policy, self._facts.flatten)
        return finding.verdict, finding.detail

    async def _counters(self) -> tuple[float | None, float | None]:
        """Return the totals of both counters; a counter that does not exist yet counts zero."""
        readings = await self._desk.trader.scrape()
        orders, children = readings.get(ORDERS_PLACED), readings.get(OCO_CHILDREN)
        return orders.total if orders else 0.0, children.total if children else 0.0

    async def _recent_orders(self) -> tuple[OrderRow, ...]:
        if self._desk.order_book is None:
            return ()
        return await self._desk.order_book.recent_orders(self._clock.now() - _ROWS_SINCE)

    async def _order_ids(self) -> frozenset[str] | None:
        if self._desk.order_book is None:
            return None
        return frozenset(row.id for row in await self._recent_orders())

    @property
    def measured(self) -> DrillRun:
        """What the drill has seen so far."""
        facts = self._facts
        return DrillRun(
            started_at=self._started_at,
            **self._plan.model_dump(),
            steps=tuple(self._steps.done),
            injected=facts.injected,
            trouble=facts.trouble,
            orders_placed=facts.orders,
            oco_children_created=facts.children,
            parent_rows=facts.parent_rows,
            child_rows=facts.child_rows,
            flatten=facts.flatten,
        )


def _rose(rise: CounterRise) -> bool:
    return rise.before is not None and rise.after is not None and rise.after > rise.before


def _said(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _result(call: Call, drill_: _Drill) -> Result:
    """Judge the run and put what follows from it into one transaction: evidence, and a message in the day's thread."""
    run_, day = drill_.measured, drill_.day
    policy = call.trader.policy
    drill = judge_drill(policy, run_)
    findings = [drill] + ([judge_flatten(policy, run_.flatten)] if run_.flatten else [])
    verdict = worst(finding.verdict for finding in findings)
    decisive = next(finding for finding in findings if finding.verdict is verdict)
    report = DrillReport(
        trader=call.trader.name,
        verdict=verdict,
        reason=decisive.reason,
        detail=decisive.detail if day else f"{decisive.detail} It counts for no day: no session was open.",
        steps=run_.steps,
        flatten_seconds=(run_.flatten.low, run_.flatten.high) if run_.flatten else (None, None),
    )
    bodies: list[DrillMeasured | FlattenMeasured] = [DrillMeasured(run=run_)]
    if run_.flatten:
        bodies.append(FlattenMeasured(timing=run_.flatten))
    drafts = (*(call.draft(body, day) for body in bodies), call.told(report, day), *_left_to_flatten(call, run_))
    return Result(report, drafts, reason=decisive.reason, detail=decisive.detail)


def _left_to_flatten(call: Call, run_: DrillRun) -> tuple[Draft, ...]:
    """Return the intent of another flatten where nobody saw the positions at zero.

    The drill has measured for long enough. Whatever bot has this ledger carries the intent out, once the trader can.
    """
    if not run_.injected or (run_.flatten is not None and run_.flatten.positions_after == 0):
        return ()
    now = call.desk.clock.now()
    body = CommandStarted(
        command="flatten", args={"of": call.started}, raw="burnin_drill", expires_at=now + _FLATTEN_UNTIL
    )
    return (Draft(at=now, body=body, actor=BOT, origin=INSIDE, trader=call.trader.name),)
