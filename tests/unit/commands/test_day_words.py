"""The ways people write a day, and what is no day or could be two."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.day_words import day_of, is_day

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026/11/20", "2026-11-20"),
        ("20261120", "2026-11-20"),
        ("20 Nov", "2026-11-20"),
        ("nov 20", "2026-11-20"),
        ("20th November, 2025", "2025-11-20"),
        ("20-Nov-2026", "2026-11-20"),
        ("20nov", "2026-11-20"),
        ("20/11", "2026-11-20"),
        ("20.11.2026", "2026-11-20"),
        ("11/20/2026", "2026-11-20"),
        ("fri 20 nov", "2026-11-20"),
        ("31 dec", "2026-12-31"),
        ("1 jan", "2027-01-01"),
        ("monday", "2026-11-16"),
        ("Mon", "2026-11-16"),
        ("sunday", "2026-11-22"),
        ("last sunday", "2026-11-15"),
        ("last mon", "2026-11-16"),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str, day: str) -> None:
    """Without a year it is the nearest one; a weekday is the last one, today included."""
    assert is_day(text)
    assert str(day_of(text, SUNDAY)) == day


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("05/11/2026", "2026-05-11 or 2026-11-05"),
        ("05/11", "2026-11-05 or 2027-05-11"),
        ("2026-02-30", "no such day"),
        ("30 feb", "no such day"),
        ("thu 20 nov 2026", "2026-11-20 is a Friday"),
        ("19/11/26", "the year in full"),
        ("26-1-1", "the year in full"),
    ],
)
def test_a_day_that_is_in_doubt_is_refused(text: str, said: str) -> None:
    """It is written as a day is, and so is no trader; which day, nobody guesses."""
    assert is_day(text)
    with pytest.raises(ValueError, match=said):
        day_of(text, SUNDAY)


@pytest.mark.parametrize("text", ["", "nifty-orb", "20", "20th", "nov", "last", "last week", "²", "99999999"])
def test_other_words_are_no_day(text: str) -> None:
    """They may be a trader's name."""
    assert not is_day(text)


@given(st.dates(), st.dates())
def test_a_whole_date_is_itself_in_every_form(day: date, today: date) -> None:
    """Year, month and day say it, whatever day it is."""
    for text in (f"{day}", f"{day:%d} {day:%B} {day.year:04}", f"{day:%b} {day.day}, {day.year:04}"):
        assert day_of(text, today) == day


@given(st.dates(date(2, 1, 1), date(9998, 1, 1)), st.integers(-180, 180))
def test_without_a_year_the_nearest_is_meant(today: date, away: int) -> None:
    """Half a year back or ahead."""
    day = today + timedelta(days=away)
    assert day_of(f"{day:%d %b}", today) == day


@given(st.text())
def test_any_text_is_a_day_or_none(text: str) -> None:
    """Nothing else is raised, and what is no day is none."""
    try:
        found = day_of(text, SUNDAY)
    except ValueError:
        assert is_day(text)
    else:
        assert is_day(text) == (found is not None) or text.lower() in ("today", "yesterday", "tomorrow")
