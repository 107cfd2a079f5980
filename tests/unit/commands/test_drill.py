"""The drill: what it refuses, what it measures, and that it never leaves a position behind."""

import asyncio
from typing import Any

import pytest

from bot.domain.metrics import LEADER, OCO_CHILDREN
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.results import DrillReport
from bot.domain.session import Session
from bot.domain.steps import Step
from bot.errors import DatabaseUnreachable, LedgerBroken, TraderUnreachable
from commands.dispatcher import Dispatcher
from commands.registry import load_commands
from tests.support.clock import ManualClock, settle
from tests.support.evidence import gauge
from tests.support.fakes import LIVE, ListCalendar, World, finish, request, script, world

STEPS = ["preflight", "counters before", "inject plan", "counters rise", "rows in database", "flatten"]


async def drill(desk: World, line: str = "drill", **fields: Any) -> Any:
    """Run a drill and return its outcome."""
    return await desk.ask(line, **fields)


def evidence(desk: World) -> Any:
    """Return what the drill recorded."""
    (measured,) = desk.ledger.of_kind("drill_measured")
    return measured.run


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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("drill --qty 0", "drill: --qty 0: it must be greater than 0."),
        ("drill --qty many", "drill: --qty many: "),
        ("drill --side UP", "drill: --side UP: it must be LONG or SHORT."),
        ("drill --symbol=--all", "drill: --symbol --all: it must be an instrument, as in NIFTY."),
        ("drill --symbol", "drill: --symbol needs a value."),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(desk: World, line: str, said: str) -> None:
    """The option is named, and nothing is asked of the trader."""
    outcome = await drill(desk, line)
    assert (outcome.exit_code, outcome.outcome) == (2, "refused")
    assert outcome.message.startswith(said)
    assert desk.trader.asked == []


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("not_paper", {"mode": LIVE}),
        ("not_ready", {"says_ready": {"ready": False, "status": "warming"}}),
        ("not_ready", {"says_ready": {"status": 503}}),
        ("not_leader", {"readings": {LEADER: gauge(0.0)}}),
        ("not_leader", {"readings": {}}),
        ("not_leader", {"readings": {LEADER: gauge(1.0, 1.0)}}),
        ("not_flat", {"held": 2}),
    ],
)
async def test_preflight_refuses_before_anything_is_injected(desk: World, reason: str, change: dict[str, Any]) -> None:
    """A trader that is not on paper, ready, leader and flat gets no plan."""
    for name, value in change.items():
        setattr(desk.trader, name, value)
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (4, reason)
    assert desk.runner.ran == []
    assert desk.ledger.kinds() == ["command_started", "command_finished"]
    assert "flatten" not in desk.trader.asked


async def test_a_status_in_words_is_no_refusal(desk: World) -> None:
    """`{"status": "ok"}` is how many say that they are ready."""
    desk.trader.says_ready = {"status": "ok"}
    assert (await drill(desk)).exit_code == 0


async def test_without_a_script_there_is_no_drill(desk: World) -> None:
    """A desk that configured no injector is told which command is missing."""
    del desk.runner.scripts["inject_plan"]
    outcome = await drill(desk)
    assert (outcome.reason, outcome.exit_code) == ("no_script", 4)
    assert "set traders[].commands.inject_plan" in outcome.message
    assert desk.trader.asked == []


@pytest.mark.parametrize("method", ["paper_mode", "ready", "scrape", "positions"])
async def test_a_trader_that_is_away_gets_no_plan(desk: World, method: str) -> None:
    """Where preflight gets no answer, the drill ends there, in words."""
    desk.trader.trouble[method] = TraderUnreachable("The trader did not answer.")
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.message) == (5, "The trader did not answer.")
    assert desk.runner.ran == []


async def test_a_database_that_is_away_stops_the_drill_before_the_injection(desk: World) -> None:
    """Rows could not be told apart later, so nothing is injected."""
    desk.book.trouble = DatabaseUnreachable("The database is down.")
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.message) == (5, "The database is down.")
    assert desk.runner.ran == []


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (script("inject_plan", 3, "a\nb\nc\nno such symbol"), "exit code 3: b | c | no such symbol"),
        (script("inject_plan", None, "", "it was stopped after 60 s"), "it was stopped after 60 s: no output"),
        (script("inject_plan", None, ""), "did not end: no output"),
    ],
)
async def test_an_injection_that_fails_is_inconclusive_and_flattened(desk: World, ended: Any, said: str) -> None:
    """The plan may have got through all the same: its exit code and last lines are told, and a flatten ends it."""
    desk.runner.scripts["inject_plan"] = ended
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.report.verdict) == (3, "INCONCLUSIVE")
    assert said in outcome.report.steps[2].detail
    assert [step.name for step in outcome.report.steps] == ["preflight", "counters before", "inject plan", "flatten"]
    assert desk.trader.held == 0
    assert said in evidence(desk).trouble


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


async def test_a_trader_that_dies_after_the_injection_is_inconclusive_and_flattened(desk: World) -> None:
    """A look that raises ends the looking, not the flatten; trouble is part of the evidence."""

    async def inject() -> None:
        desk.trader.take_plan()
        desk.trader.trouble["scrape"] = TraderUnreachable("The trader is gone.")

    desk.runner.effects["inject_plan"] = inject
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.report.verdict) == (3, "INCONCLUSIVE")
    assert evidence(desk).trouble == "The trader is gone."
    assert desk.trader.asked.count("flatten") == 1
    assert desk.trader.held == 0


async def test_a_database_that_dies_after_the_injection_is_inconclusive_and_flattened(desk: World) -> None:
    """Rows that cannot be read are no PASS."""

    async def inject() -> None:
        desk.trader.take_plan()
        desk.book.trouble = DatabaseUnreachable("The database is down.")

    desk.runner.effects["inject_plan"] = inject
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (3, "rows_unread")
    assert desk.trader.held == 0


async def test_a_look_that_breaks_off_still_flattens_and_leaves_its_evidence(desk: World) -> None:
    """Whatever is raised after the injection: positions go to zero first, and what was seen is recorded."""

    async def inject() -> None:
        desk.trader.take_plan()
        desk.trader.trouble["scrape"] = RuntimeError("a bug")

    desk.runner.effects["inject_plan"] = inject
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (5, "internal_error")
    assert desk.trader.held == 0
    assert evidence(desk).trouble == "it was cut off (RuntimeError)"
    assert desk.ledger.kinds()[-4:] == ["drill_measured", "flatten_measured", "message_queued", "command_finished"]


@pytest.mark.parametrize("after", [0.0, 10.5])
async def test_a_cancelled_drill_flattens_to_its_end(desk: World, after: float) -> None:
    """Cancelled while it looks or while it flattens, twice even: positions are at zero, and it is on record."""
    desk.trader.closes_after = 1.0

    async def inject() -> None:
        before = desk.trader.readings[OCO_CHILDREN]
        desk.trader.take_plan()
        desk.trader.readings[OCO_CHILDREN] = before

    desk.runner.effects["inject_plan"] = inject
    task = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    await desk.clock.advance(after)
    task.cancel()
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await finish(desk.clock, asyncio.wait_for(task, None))
    assert desk.trader.asked.count("flatten") == 1
    assert desk.trader.held == 0
    assert evidence(desk).flatten.positions_after == 0
    assert desk.ledger.of_kind("command_finished")[0].outcome == "abandoned"


async def test_a_drill_cancelled_before_the_injection_touches_nothing(desk: World) -> None:
    """Where nothing was injected there is nothing to flatten, and no evidence."""
    desk.trader.takes["ready"] = 60.0
    task = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "flatten" not in desk.trader.asked
    assert desk.ledger.of_kind("drill_measured") == []


async def test_a_plan_that_cannot_be_recorded_is_not_injected(desk: World) -> None:
    """Without the record of what is about to happen it does not happen."""
    desk.ledger.refuses = lambda draft: LedgerBroken("Disk full.") if draft.body.kind == "plan_injecting" else None
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (3, "not_injected")
    assert desk.runner.ran == []
    assert "flatten" not in desk.trader.asked


async def test_a_slow_flatten_fails_the_drill(desk: World) -> None:
    """The drill's own flatten is evidence of the flatten criterion, and decides with the rest."""
    desk.trader.closes_after = 3.0
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (1, "too_slow")
    assert desk.ledger.of_kind("flatten_measured")[0].timing.low == pytest.approx(2.95, abs=0.06)


async def test_a_flatten_without_an_answer_is_inconclusive(desk: World) -> None:
    """No answer proves nothing, even where positions went to zero by themselves."""
    desk.trader.trouble["flatten"] = TraderUnreachable("No answer.")
    desk.trader.closes_after = None
    outcome = await drill(desk)
    assert outcome.exit_code in (1, 3)
    assert outcome.report.verdict != "PASS"


@pytest.mark.parametrize("method", ["flatten", "positions"])
async def test_what_a_drill_could_not_flatten_is_left_to_the_bot(desk: World, method: str) -> None:
    """Where nobody saw zero positions, the intent of another flatten is on record with the drill's end."""

    async def and_hangs() -> None:
        desk.trader.take_plan()
        desk.book.take_plan()
        desk.trader.trouble[method] = TraderUnreachable("No answer.")

    desk.runner.effects["inject_plan"] = and_hangs
    assert (await drill(desk)).outcome == "done"
    intent = desk.ledger.chain[-2]
    assert (intent.body.kind, intent.body.command, intent.actor.kind) == ("command_started", "flatten", "bot")
    assert [entry.seq for entry in await desk.ledger.dangling(desk.clock.now())] == [intent.seq]


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
