"""A drill that fails or is cut off: it never leaves a position behind."""

import asyncio
from typing import Any

import pytest

from bot.domain.metrics import OCO_CHILDREN
from bot.errors import DatabaseUnreachable, TraderUnreachable
from tests.support.clock import settle
from tests.support.drilling import drill, evidence
from tests.support.fake_trader import script
from tests.support.fakes import World, finish, request


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
