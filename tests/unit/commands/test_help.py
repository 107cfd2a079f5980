"""Help: what one may run here and now, and where the day stands."""

from typing import Any

import pytest

from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import (
    DayClosed,
    Draft,
    SessionOpened,
)
from bot.domain.people import BOT, INSIDE, Role
from bot.domain.results import HelpReport
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from tests.support.fakes import World


async def record(desk: World, session: Session, body: Any) -> None:
    """Append what somebody else would."""
    at = desk.clock.now()
    await desk.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date))


def closed(session: Session, verdict: Verdict = Verdict.PASS, build: str = "b1") -> DayClosed:
    """Return a closed day."""
    provenance = Provenance(build=build, policy="p", rules="")
    return DayClosed(record=DayRecord(session=session, verdict=verdict, criteria=(), provenance=provenance))


async def test_help_lists_what_one_may_run(desk: World) -> None:
    """A viewer sees the looks; an operator sees everything."""
    viewer, operator = (await desk.ask("help", role=Role.VIEWER)).report, (await desk.ask("help")).report
    assert isinstance(viewer, HelpReport)
    assert isinstance(operator, HelpReport)
    assert {command.role for command in viewer.commands} == {"viewer"}
    assert {"drill", "flatten", "reconcile", "selftest", "close"} <= {command.name for command in operator.commands}


async def test_help_explains_one_command(desk: World) -> None:
    """Its docstring is its help; a typo gets the nearest name."""
    report = (await desk.ask("help DRILL")).report
    assert isinstance(report, HelpReport)
    assert (report.about, report.commands[0].role) == ("drill", "operator")
    assert "flatten" in report.commands[0].text
    assert (await desk.ask("help drll")).hint == "help drill"
    assert (await desk.ask("help zzzzzz")).hint == "help"


async def test_help_begins_with_where_the_day_stands(desk: World, days: tuple[Session, ...]) -> None:
    """How long the session still lasts, and what to run next."""

    async def begins(**more: Any) -> tuple[str, str]:
        report = (await desk.ask("help", **more)).report
        assert isinstance(report, HelpReport)
        return report.now, report.next_step

    assert await begins() == ("orb: 2026-11-23 is open until 09:16:00 IST, 30 s to go.", "drill")
    await record(desk, days[0], SessionOpened(session=days[0], number=1, required=3, provenance=Provenance()))
    await desk.clock.advance(60.0)
    assert await begins() == ("orb: 2026-11-23 has ended and waits for its close.", "close")
    await record(desk, days[0], closed(days[0]))
    opens = "the next session opens Tue 24 Nov 09:15:00 IST, in 23 h 58 min"
    assert await begins() == (f"orb: 2026-11-23 is closed; {opens}.", "")


@pytest.mark.parametrize("line", ["help", "help me", "help please", "help the"])
async def test_help_with_nothing_in_particular_lists_everything(desk: World, line: str) -> None:
    """Words said in passing name no command."""
    assert (await desk.ask(line)).report.about == ""  # type: ignore[union-attr]


@pytest.mark.parametrize("line", ["help drill", "help how do I drill", "help drill orb", "drill --help"])
async def test_help_finds_the_command_in_a_sentence(desk: World, line: str) -> None:
    """One command among the words is the one that is explained."""
    assert (await desk.ask(line)).report.about == "drill"  # type: ignore[union-attr]


async def test_help_in_the_wrong_place_tells_only_what_can_be_done_there(desk: World) -> None:
    """An operator elsewhere sees the looks, and where the rest may be done."""
    report = (await desk.ask("help", refusal="Nothing may be changed from here.")).report
    assert isinstance(report, HelpReport)
    assert {command.role for command in report.commands} == {"viewer"}
    assert report.note == "Nothing may be changed from here."
    about = (await desk.ask("help drill", role=Role.VIEWER, refusal="Only Asha may.")).report
    assert isinstance(about, HelpReport)
    assert (about.commands[0].allowed, about.note) == (False, "Only Asha may.")
