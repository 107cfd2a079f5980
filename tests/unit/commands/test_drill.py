"""The drill: what it measures, within which time, and how it is told."""

import asyncio
from typing import Any

import pytest

from bot.domain.metrics import OCO_CHILDREN
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.results import DrillReport
from bot.domain.session import Session
from bot.domain.steps import Step
from commands.dispatcher import Dispatcher
from commands.registry import load_commands
from tests.support.clock import ManualClock
from tests.support.drilling import drill, evidence
from tests.support.fakes import ListCalendar, World, finish, request, world

STEPS = ["preflight", "counters before", "inject plan", "counters rise", "rows in database", "flatten"]


async def test_a_drill_that_works_passes_with_every_step_timed(desk: World) -> None:
    """Preflight, counters, injection, counters, rows, flatten: in order, each with its time, all of it evidence."""

    async def slowly() -> None:
        await desk.clock.sleep(2.0)
        desk.trader.take_plan()
        desk.book.take_plan()

    desk.runner.effects["inject_plan"] = slowly
    outcome = await drill(desk)
    assert isinstance(outcome.report, DrillReport)
    assert (outcome.exit_code, outcome.report.verdict) == (0, "PASS")
    assert [step.name for step in outcome.report.steps] == STEPS
    assert {step.verdict for step in outcome.report.steps} == {"PASS"}
    assert [round(step.seconds - 0.02, 1) for step in outcome.report.steps] == [0.0, 0.0, 2.0, 0.0, 0.0, 0.3]
    low, high = outcome.report.flatten_seconds
    assert low == pytest.approx(0.3, abs=0.01)
    assert high == pytest.approx(0.35, abs=0.01)
    run = evidence(desk)
    assert (run.orders_placed.before, run.orders_placed.after, run.parent_rows, run.child_rows) == (3, 4, 1, 2)
    assert desk.ledger.kinds() == [
        "command_started", "plan_injecting", "drill_measured", "flatten_measured", "message_queued", "command_finished",
    ]  # fmt: skip
    assert {entry.day for entry in desk.ledger.chain[1:5]} == {desk.trader_desk.calendar.sessions[0].date}


async def test_the_plan_is_on_record_before_it_is_injected(desk: World) -> None:
    """Should the bot die while the script runs, the next start knows that there may be a position."""
    seen: list[list[str]] = []

    async def look() -> None:
        seen.append(desk.ledger.kinds())

    desk.runner.effects["inject_plan"] = look
    await drill(desk)
    assert seen == [["command_started", "plan_injecting"]]
    assert desk.ledger.of_kind("plan_injecting")[0].started == 1


async def test_options_override_the_plan(desk: World) -> None:
    """What is typed goes to the script in place of what is configured, and into the evidence."""
    await drill(desk, "drill --qty 25 --side short --symbol BANKNIFTY")
    expected = {"symbol": "BANKNIFTY", "side": "SHORT", "qty": "25", "strategy": "ORB"}
    assert desk.runner.ran == [("inject_plan", expected)]
    assert (evidence(desk).qty, evidence(desk).side) == (25, "SHORT")


async def test_a_counter_that_does_not_rise_fails_after_its_time(desk: World) -> None:
    """The policy's ten seconds are waited for; then it is FAIL, and flattened."""

    async def half() -> None:
        before = desk.trader.readings[OCO_CHILDREN]
        desk.trader.take_plan()
        desk.trader.readings[OCO_CHILDREN] = before
        desk.book.take_plan()

    desk.runner.effects["inject_plan"] = half
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (1, "counter_not_risen")
    assert outcome.report.steps[3].seconds == pytest.approx(10.0, abs=0.2)
    assert desk.trader.held == 0


async def test_counters_that_rise_late_but_in_time_pass(desk: World) -> None:
    """Counters are looked at again and again within the policy's time."""

    async def later() -> None:
        asyncio.get_running_loop().create_task(_in_three_seconds(desk))

    desk.runner.effects["inject_plan"] = later
    outcome = await drill(desk)
    assert outcome.exit_code == 0
    assert outcome.report.steps[3].seconds == pytest.approx(3.0, abs=0.2)


async def _in_three_seconds(desk: World) -> None:
    await desk.clock.sleep(3.0)
    desk.trader.take_plan()
    desk.book.take_plan()


async def test_counters_and_rows_share_the_time_after_the_plan(desk: World) -> None:
    """Rows that come only after the policy's time are too late, also where the counters took a part of it."""

    async def later() -> None:
        asyncio.get_running_loop().create_task(_rows_after_twelve_seconds(desk))

    desk.runner.effects["inject_plan"] = later
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (1, "rows_missing")
    assert sum(step.seconds for step in outcome.report.steps[3:5]) == pytest.approx(10.0, abs=0.2)


async def _rows_after_twelve_seconds(desk: World) -> None:
    await desk.clock.sleep(3.0)
    desk.trader.take_plan()
    await desk.clock.sleep(9.0)
    desk.book.take_plan()


async def test_missing_rows_fail(desk: World) -> None:
    """Counters alone prove no row."""

    async def inject() -> None:
        desk.trader.take_plan()

    desk.runner.effects["inject_plan"] = inject
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (1, "rows_missing")
    assert desk.trader.held == 0


async def test_rows_of_an_earlier_drill_do_not_count(desk: World) -> None:
    """Only rows that were not there before the plan are its rows."""
    desk.book.take_plan()
    assert (await drill(desk)).exit_code == 0
    assert (evidence(desk).parent_rows, evidence(desk).child_rows) == (1, 2)


async def test_without_a_database_the_rows_are_unknown(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """No database configured is INCONCLUSIVE, never PASS."""
    room = world(clock, ListCalendar(days), book=False)
    room.runner.effects["inject_plan"] = lambda: _async(room.trader.take_plan)
    outcome = await room.ask("drill")
    assert (outcome.exit_code, outcome.reason) == (3, "rows_unread")
    assert "set traders[].database" in outcome.report.steps[4].detail  # type: ignore[union-attr]


async def _async(work: Any) -> None:
    work()


async def test_a_drill_belongs_to_the_session_in_which_it_began(desk: World) -> None:
    """It may outlast the close: its evidence is still of that day."""
    await desk.clock.advance(25.0)  # five seconds before the close

    async def inject() -> None:
        await desk.clock.sleep(10.0)
        desk.trader.take_plan()
        desk.book.take_plan()

    desk.runner.effects["inject_plan"] = inject
    await drill(desk)
    days = [entry.day for entry in desk.ledger.chain if entry.body.kind in ("drill_measured", "flatten_measured")]
    assert days == [desk.trader_desk.calendar.sessions[0].date] * 2


async def test_progress_shows_each_step_as_it_comes(desk: World) -> None:
    """Whoever watches sees all steps every time, the current one in progress, and none at the end."""
    seen: list[tuple[Step, ...]] = []

    async def watch(steps: tuple[Step, ...]) -> None:
        seen.append(steps)

    await drill(desk, progress=watch)
    assert all([step.name for step in steps] == STEPS for steps in seen)
    current = [[step.name for step in steps if step.state == "in_progress"] for steps in seen]
    assert current == [[name] for name in STEPS] + [[]]
    assert {step.state for step in seen[-1]} == {"complete"}


async def test_the_limits_come_from_the_policy(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """How long counters may take to rise is policy."""
    room = world(clock, ListCalendar(days), policy=Policy.model_validate({"drill_rise_within": "2s"}))
    room.runner.effects.clear()
    outcome = await finish(clock, Dispatcher(room.desk, load_commands()).run(request("drill")))
    assert (outcome.exit_code, outcome.reason) == (1, "counter_not_risen")
    assert outcome.report.steps[3].seconds == pytest.approx(2.0, abs=0.2)  # type: ignore[union-attr]


async def test_who_ran_it_is_in_the_message(desk: World) -> None:
    """The day's thread says who drilled."""
    ravi = Actor(kind="slack", id="U02", name="Ravi")
    await drill(desk, actor=ravi)
    announcement = desk.ledger.of_kind("message_queued")[0].announcement
    assert (announcement.notice.actor, announcement.notice.command, announcement.placement) == (ravi, "drill", "thread")
