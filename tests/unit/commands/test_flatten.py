"""Flatten: only on paper, and timed from outside as an interval."""

import asyncio
from typing import Any

import pytest

from bot.domain.evidence import FlattenTiming
from bot.domain.results import FlattenReport
from bot.errors import BadAnswer, TraderUnreachable
from bot.ports import FlattenAnswer, PaperMode
from tests.support.clock import settle
from tests.support.fake_trader import LIVE
from tests.support.fakes import World, finish, request


async def flattened(desk: World) -> tuple[Any, FlattenTiming]:
    """Run a flatten; return its outcome and the timing on record."""
    outcome = await desk.ask("flatten")
    (measured,) = desk.ledger.of_kind("flatten_measured")
    return outcome, measured.timing


async def test_the_time_to_zero_is_an_interval(desk: World) -> None:
    """Low is when the last poll that saw positions was sent, high when the first answer with none was complete."""
    desk.trader.held, desk.trader.closes_after = 2, 0.43
    desk.trader.takes["positions"] = 0.02
    outcome, timing = await flattened(desk)
    assert isinstance(outcome.report, FlattenReport)
    assert (outcome.exit_code, outcome.report.positions_before, outcome.report.positions_after) == (0, 2, 0)
    assert timing.low == pytest.approx(0.40)
    assert timing.high == pytest.approx(0.47)
    assert outcome.report.seconds == (timing.low, timing.high)


async def test_a_slow_positions_answer_widens_the_interval(desk: World) -> None:
    """An answer that takes longer than the polling interval is waited for; there is no second poll beside it."""
    desk.trader.held, desk.trader.closes_after = 1, 0.5
    desk.trader.takes["positions"] = 0.3
    _, timing = await flattened(desk)
    assert (timing.low, timing.high) == (pytest.approx(0.0), pytest.approx(0.6))


async def test_positions_that_are_late_fail(desk: World) -> None:
    """Still open beyond the limit is FAIL, and polling goes on long enough to tell late from never."""
    desk.trader.held, desk.trader.closes_after = 1, 4.0
    outcome, timing = await flattened(desk)
    assert (outcome.exit_code, outcome.reason) == (1, "too_slow")
    assert timing.high == pytest.approx(4.0, abs=0.06)


async def test_never_flat_fails(desk: World) -> None:
    """Positions that stay are FAIL; the measuring ends."""
    desk.trader.held, desk.trader.closes_after = 1, None
    outcome, timing = await flattened(desk)
    assert outcome.exit_code == 1
    assert (timing.high, timing.positions_after) == (None, 1)
    assert timing.low == pytest.approx(4.95, abs=0.06)


async def test_already_flat_proves_nothing(desk: World) -> None:
    """Without a position there is nothing to show."""
    outcome, timing = await flattened(desk)
    assert (outcome.exit_code, outcome.reason, timing.positions_before) == (3, "already_flat", 0)


async def test_an_error_answer_with_positions_left_fails(desk: World) -> None:
    """What the trader answered is on record, cut to a readable length."""
    desk.trader.held, desk.trader.closes_after = 1, None
    desk.trader.answer = FlattenAnswer(500, "x" * 1000)
    outcome, timing = await flattened(desk)
    assert outcome.exit_code == 1
    assert timing.status == 500
    assert timing.error == f"/flatten answered 500: {'x' * 200}"


async def test_an_error_answer_is_never_a_pass(desk: World) -> None:
    """Positions that went to zero beside an error answer prove nothing of the flatten."""
    desk.trader.held, desk.trader.answer = 1, FlattenAnswer(500, "boom")
    outcome, _ = await flattened(desk)
    assert (outcome.exit_code, outcome.reason) == (3, "error_answer")


async def test_a_request_slower_than_the_positions_is_waited_for(desk: World) -> None:
    """Positions decide the time; the answer's status is taken along when it comes."""
    desk.trader.held, desk.trader.takes["flatten"] = 1, 2.0
    outcome, timing = await flattened(desk)
    assert (outcome.exit_code, timing.status) == (0, 200)
    assert timing.high == pytest.approx(0.3, abs=0.06)
    assert outcome.seconds == pytest.approx(2.0, abs=0.06)


async def test_a_flatten_without_an_answer_is_inconclusive(desk: World) -> None:
    """A request that was lost proves nothing, and its trouble is part of the record."""
    desk.trader.held, desk.trader.closes_after = 1, 0.1
    desk.trader.trouble["flatten"] = TraderUnreachable("No answer in 5 s.")
    desk.trader.flat_from = desk.clock.monotonic() + 0.1  # somebody else closed them
    outcome, timing = await flattened(desk)
    assert (outcome.exit_code, timing.status, timing.error) == (3, None, "No answer in 5 s.")


async def test_positions_that_cannot_be_read_are_inconclusive(desk: World) -> None:
    """Never seen at zero is never PASS; the flatten was sent all the same."""
    desk.trader.held = 1
    desk.trader.trouble["positions"] = BadAnswer("That is no list.")
    outcome, timing = await flattened(desk)
    assert (outcome.exit_code, timing.positions_before, timing.high) == (3, None, None)
    assert outcome.message == "Positions were never seen at zero (That is no list)."
    assert desk.trader.asked.count("flatten") == 1


@pytest.mark.parametrize("mode", [LIVE, PaperMode(paper=False, words="/ready does not say")])
async def test_it_is_refused_unless_on_paper(desk: World, mode: PaperMode) -> None:
    """Exit 4, in words, and nothing was sent."""
    desk.trader.mode, desk.trader.held = mode, 1
    outcome = await desk.ask("flatten")
    assert (outcome.exit_code, outcome.reason) == (4, "not_paper")
    assert outcome.message == (
        f"orb does not report paper mode: {mode.words}. Nothing was sent. "
        "If it is on paper, mend how it says so, or traders[].paper_guard."
    )
    assert desk.trader.asked == ["paper_mode"]


async def test_a_guard_without_an_answer_stops_it(desk: World) -> None:
    """Where nobody knows whether it is paper, nothing is sent."""
    desk.trader.trouble["paper_mode"] = TraderUnreachable("No answer.")
    outcome = await desk.ask("flatten")
    assert (outcome.exit_code, outcome.message) == (5, "No answer.")
    assert desk.trader.asked == ["paper_mode"]


async def test_outside_of_a_session_it_belongs_to_no_day(desk: World) -> None:
    """It runs, and is on record, but is evidence of no session."""
    await desk.clock.advance(120.0)
    desk.trader.held = 1
    await flattened(desk)
    assert {entry.day for entry in desk.ledger.chain} == {None}


async def test_a_flatten_that_is_given_up_on_is_evidence_all_the_same(desk: World) -> None:
    """Cancelled while positions are still open, it is measured to its end: a slow one is not forgotten."""
    desk.trader.held, desk.trader.closes_after = 1, 4.0
    task = asyncio.create_task(desk.dispatcher.run(request("flatten")))
    await settle()
    await desk.clock.advance(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await finish(desk.clock, asyncio.wait_for(task, None))
    (measured,) = desk.ledger.of_kind("flatten_measured")
    assert measured.timing.low > 2.0
    assert desk.ledger.of_kind("command_finished")[0].outcome == "abandoned"
