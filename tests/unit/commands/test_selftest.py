"""The self-test by hand: what was planted, what was found of it, on record and in the thread."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.domain.evidence import ControlRun, PlantedRows
from bot.domain.people import Role
from bot.domain.results import SelfTestReport
from bot.domain.sample import Reading
from bot.domain.session import Session
from bot.terminal.reports import show_report
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, world


async def test_a_gate_that_can_fail_passes(desk: World, days: tuple[Session, ...]) -> None:
    """Every case and every check is shown; it is evidence of the day, and told in its thread."""
    outcome = await desk.ask("selftest")
    report = outcome.report
    assert isinstance(report, SelfTestReport)
    assert (outcome.exit_code, report.verdict, report.reason, len(report.cases)) == (0, "PASS", "proven", 33)
    assert [rows.check for rows in report.checks] == ["duplicates"]
    assert desk.ledger.kinds()[1:] == ["self_tested", "message_queued", "command_finished"]
    assert {entry.day for entry in desk.ledger.chain[1:3]} == {days[0].date}
    assert outcome.message == "11 criteria and 1 SQL check found what was planted."
    assert desk.trader.asked == []


async def test_a_check_that_missed_what_was_planted_fails(desk: World) -> None:
    """With the check's name, and those that nobody can try."""
    missed = PlantedRows(check="orphans", digest="", expected=9, found=8)
    desk.book.controls = ControlRun(checks=(missed,), uncontrolled=("own",))
    outcome = await desk.ask("selftest")
    assert (outcome.exit_code, outcome.reason) == (1, "self_test_failed")
    assert outcome.message == "Check orphans found 8 rows where its control had planted 9; mend either."
    assert outcome.report.uncontrolled == ("own",)  # type: ignore[union-attr]


async def test_what_could_not_be_tried_is_inconclusive(desk: World) -> None:
    """A database that is away is no blindness, but no proof either."""
    desk.book.controls = ControlRun(error="the trader's database did not answer")
    outcome = await desk.ask("selftest")
    assert (outcome.exit_code, outcome.reason) == (3, "self_test_failed")
    assert "could not be tried on planted rows (the trader's database did not answer)" in outcome.message


async def test_before_the_first_session_it_belongs_to_no_day(days: tuple[Session, ...]) -> None:
    """A desk that is being set up wants to know, too."""
    room = world(ManualClock(OPENS - timedelta(days=1)), ListCalendar(days))
    assert (await room.ask("selftest")).exit_code == 0
    assert {entry.day for entry in room.ledger.chain} == {None}


async def test_it_takes_an_operator(desk: World) -> None:
    """It puts something on record."""
    outcome = await desk.ask("selftest", role=Role.VIEWER)
    assert outcome.exit_code == 4
    assert desk.ledger.of_kind("self_tested") == []


async def test_on_a_terminal_what_was_missed_says_why(desk: World, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a case and a check, with what it must be."""
    read = desk.trader.read

    def without_leader(text: str) -> Mapping[str, Reading]:
        return {role: reading for role, reading in read(text).items() if role != "leader"}

    desk.trader.read = without_leader  # type: ignore[method-assign]
    error = PlantedRows(check="orphans", digest="", error="its control cannot run")
    desk.book.controls = ControlRun(checks=(error,), uncontrolled=("own",))
    report = (await desk.ask("selftest")).report
    assert isinstance(report, SelfTestReport)
    show_report(report)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith("FAIL orb selftest The self-test showed leader a breach")
    assert "leader breach INCONCLUSIVE must be FAIL" in lines
    assert "leader no evidence INCONCLUSIVE" in lines
    assert "orphans - - its control cannot run" in lines
    assert lines[-1] == "own: no control, so never seen to find anything"
