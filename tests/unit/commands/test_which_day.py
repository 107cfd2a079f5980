"""Which day is meant: the words that people write for it, and what is no day."""

from datetime import date, datetime, timedelta

import pytest

from bot.domain.session import Session
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, world


@pytest.mark.parametrize("word", ["holiday-x", "20th"])
async def test_a_word_that_is_no_day_is_told_what_a_day_is(desk: World, word: str) -> None:
    """It could only be a trader then; the answer tells both ways to be right."""
    outcome = await desk.ask(f"close {word}")
    assert (outcome.exit_code, outcome.reason) == (2, "usage")
    assert f"No trader is called '{word}'; there is orb. It may be day (2026-11-20, 20 Nov, monday," in outcome.message


async def test_a_very_long_word_is_not_repeated_whole(desk: World) -> None:
    """What was pasted by mistake does not fill the answer."""
    assert len((await desk.ask("check " + "x" * 2500)).message) < 200


@pytest.mark.parametrize(
    ("at", "word", "shown"),
    [
        ("2026-11-23T03:45:30", "today", "2026-11-23"),  # in session
        ("2026-11-23T10:00:00", "today", "2026-11-23"),  # closed today
        ("2026-11-24T02:00:00", "today", "2026-11-24"),  # opens today
        ("2026-11-28T10:00:00", "today", "2026-11-26"),  # no session today: the last one
        ("2026-11-24T03:45:30", "yesterday", "2026-11-23"),
        ("2026-11-24T10:00:00", "yesterday", "2026-11-23"),
        ("2026-11-25T02:00:00", "yesterday", "2026-11-24"),
        ("2026-11-28T10:00:00", "yesterday", "2026-11-26"),
        ("2026-11-23T03:45:30", "tomorrow", "2026-11-24"),
        ("2026-11-23T02:00:00", "tomorrow", "2026-11-24"),
        ("2026-11-28T10:00:00", "2026-11-24", "2026-11-24"),
        ("2026-11-28T10:00:00", "24 nov", "2026-11-24"),
        ("2026-11-28T10:00:00", "on tuesday", "2026-11-24"),
        ("2026-11-24T03:45:30", "last Monday", "2026-11-23"),
        ("2026-11-23T10:00:00", "", "2026-11-23"),
    ],
)
async def test_today_and_yesterday_are_sessions(days: tuple[Session, ...], at: str, word: str, shown: str) -> None:
    """Today is this date's session, before it opens and after it closed too; yesterday is the session before."""
    room = world(ManualClock(datetime.fromisoformat(f"{at}+00:00")), ListCalendar(days))
    assert str((await room.ask(f"day {word}")).report.date) == shown  # type: ignore[union-attr]


async def test_a_weekday_counts_from_the_session_that_is_open() -> None:
    """Where a session runs past midnight, or is named otherwise than this date, the day before it is near."""
    at = datetime.fromisoformat("2026-11-22T17:00:00+00:00")
    named = ((23, timedelta(hours=-1)), (24, timedelta()))
    nights = tuple(
        Session(date=date(2026, 11, day), opens=at + gone, closes=at + gone + timedelta(minutes=30), timezone="UTC")
        for day, gone in named
    )
    room = world(ManualClock(at + timedelta(minutes=1)), ListCalendar(nights))
    for word in ("monday", "23 nov"):
        assert str((await room.ask(f"day {word}")).report.date) == "2026-11-23"  # type: ignore[union-attr]


async def test_a_day_without_a_session_is_said(desk: World) -> None:
    """A holiday is no typo, but there is nothing to show."""
    outcome = await desk.ask("day 2026-12-25")
    assert (outcome.exit_code, outcome.hint) == (2, "day 2026-11-23")
    assert outcome.message == (
        "orb has no session on 2026-12-25: a holiday, or beyond its calendar. The last one is 2026-11-23 (Monday)."
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("05/11", "05/11: it could be 2026-11-05 or 2027-05-11; write one of these."),
        ("2026-02-30", "2026-02-30: there is no such day."),
        ("fri 24 nov", "fri 24 nov: 2026-11-24 is a Tuesday; write 2026-11-24, or another day."),
        ("sunday", "orb has no session on sunday (Sun 2026-11-22): a holiday, or beyond its calendar."),
    ],
)
async def test_a_day_that_is_in_doubt_is_not_guessed(desk: World, word: str, said: str) -> None:
    """It is told why, and no day is closed by mistake."""
    outcome = await desk.ask(f"close {word}")
    assert (outcome.exit_code, outcome.reason) == (2, "usage")
    assert said in outcome.message


async def test_a_calendar_without_sessions_is_said() -> None:
    """A desk whose calendar is empty is told where to look; status still answers."""
    room = world(ManualClock(OPENS), ListCalendar(()))
    assert (await room.ask("day")).reason == "no_session"
    assert (await room.ask("reconcile")).reason == "no_session"
    (status,) = (await room.ask("status")).report.traders  # type: ignore[union-attr]
    assert (status.day, status.next_session, status.next_step) == (None, None, "")
