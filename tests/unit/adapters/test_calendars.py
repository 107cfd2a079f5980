"""Sessions of exchanges and of lists."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.calendars import ExchangeCalendar, ListedSession, SessionList
from bot.domain.session import Session
from bot.errors import ConfigurationError


def utc(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def xbom() -> ExchangeCalendar:
    """Return Bombay's calendar."""
    return ExchangeCalendar("XBOM")


def test_a_session_of_bombay(xbom: ExchangeCalendar) -> None:
    """A trading day has the exchange's own hours and time zone."""
    session = xbom.on(date(2026, 11, 23))
    assert session == Session(
        date=date(2026, 11, 23), opens=utc("2026-11-23 03:45"), closes=utc("2026-11-23 10:00"), timezone="Asia/Kolkata"
    )


@pytest.mark.parametrize("day", [date(2026, 11, 10), date(2026, 11, 22), date(2026, 1, 26), date.min, date.max])
def test_holidays_and_weekends_have_no_session(xbom: ExchangeCalendar, day: date) -> None:
    """Diwali Balipratipada, a Sunday and Republic Day are not trading days, nor are the first and the last of all."""
    assert xbom.on(day) is None


def test_half_days_close_early() -> None:
    """The day after Thanksgiving ends at 13:00 in New York."""
    session = ExchangeCalendar("XNYS").on(date(2026, 11, 27))
    assert session is not None
    assert (session.opens, session.closes) == (utc("2026-11-27 14:30"), utc("2026-11-27 18:00"))


def test_instants_find_their_sessions(xbom: ExchangeCalendar) -> None:
    """Both edges belong to the session; what follows and precedes skips the weekend."""
    friday, monday = xbom.on(date(2026, 11, 20)), xbom.on(date(2026, 11, 23))
    assert friday is not None
    assert monday is not None
    for inside in (monday.opens, monday.closes, monday.opens + timedelta(hours=1)):
        assert xbom.current(inside) == monday
        assert xbom.preceding(inside) == friday
    sunday = utc("2026-11-22 12:00")
    assert (xbom.current(sunday), xbom.preceding(sunday), xbom.following(sunday)) == (None, friday, monday)
    assert xbom.following(friday.opens) == monday
    assert xbom.following(friday.opens - timedelta(seconds=1)) == friday
    assert xbom.current(monday.closes + timedelta(seconds=1)) is None


def test_years_meet_without_a_seam(xbom: ExchangeCalendar) -> None:
    """Around New Year the neighbouring sessions are those of the other year."""
    session = xbom.following(utc("2025-12-31 12:00"))
    assert session is not None
    assert session.date == date(2026, 1, 1)
    assert xbom.preceding(session.opens) == xbom.on(date(2025, 12, 31))


def test_the_known_calendar_ends(xbom: ExchangeCalendar) -> None:
    """Beyond the last published session nothing follows, and far outside nothing is known."""
    assert xbom.following(utc("2140-01-01 00:00")) is None
    assert xbom.on(date(1950, 1, 2)) is None
    assert xbom.current(utc("1950-01-02 05:00")) is None


def test_unknown_code_lists_near_ones() -> None:
    """A mistyped code is a configuration error that names its neighbours."""
    with pytest.raises(ConfigurationError, match="XBOM"):
        ExchangeCalendar("XBOMB").on(date(2026, 11, 23))


def test_cached_sessions_are_the_same_without_the_library(tmp_path: Path, xbom: ExchangeCalendar) -> None:
    """What the cache answers equals what the library said, and needs no import of it."""
    at = utc("2026-11-23 05:00")
    ExchangeCalendar("XBOM", tmp_path).current(at)
    program = (
        "import sys; from pathlib import Path; from datetime import datetime; from bot.adapters.calendars import *;"
        f"print(ExchangeCalendar('XBOM', Path({str(tmp_path)!r})).current(datetime.fromisoformat('{at.isoformat()}'))"
        ".model_dump_json(), 'pandas' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    session = xbom.current(at)
    assert session is not None
    assert said.strip() == f"{session.model_dump_json()} False"


def test_broken_or_forbidden_cache_costs_only_time(tmp_path: Path, xbom: ExchangeCalendar) -> None:
    """A cut-off file is read past and written anew; a folder that cannot be made is no trouble."""
    day = date(2026, 11, 23)
    ExchangeCalendar("XBOM", tmp_path).on(day)
    (file,) = tmp_path.iterdir()
    whole = file.read_text()
    file.write_text(whole[:1000])
    assert ExchangeCalendar("XBOM", tmp_path).on(day) == xbom.on(day)
    assert file.read_text() == whole
    assert ExchangeCalendar("XBOM", file / "below a file").on(day) == xbom.on(day)


def listed(day: int, opens: str, closes: str) -> ListedSession:
    """Return a session of November 2026."""
    return ListedSession(
        date=date(2026, 11, day), open=utc(f"2026-11-{day} {opens}"), close=utc(f"2026-11-{day} {closes}")
    )


def test_listed_sessions_are_the_only_ones() -> None:
    """A list answers for its sessions, in any order given, and for no other day."""
    calendar = SessionList("Asia/Kolkata", [listed(24, "04:00", "05:00"), listed(23, "04:00", "05:00")])
    first, second = calendar.on(date(2026, 11, 23)), calendar.on(date(2026, 11, 24))
    assert first is not None
    assert first.timezone == "Asia/Kolkata"
    assert calendar.following(utc("2026-11-01 00:00")) == first
    assert calendar.following(first.opens) == second
    assert calendar.following(utc("2026-11-24 04:00")) is None
    assert calendar.preceding(utc("2026-11-23 05:00")) is None
    assert calendar.preceding(utc("2026-11-30 05:00")) == second
    assert calendar.on(date(2026, 11, 25)) is None
    assert SessionList("UTC", []).current(first.opens) is None


@pytest.mark.parametrize(
    ("timezone", "sessions", "words"),
    [
        ("Asia/Calcuta", [], "no time zone"),
        ("../etc", [], "no time zone"),
        ("UTC", [listed(23, "05:00", "04:00")], "closes before it opens"),
        ("UTC", [listed(23, "04:00", "05:00"), listed(23, "06:00", "07:00")], "share a date"),
        ("UTC", [listed(23, "04:00", "05:00"), listed(23, "04:30", "07:00")], "overlap"),
    ],
)
def test_senseless_lists_are_refused(timezone: str, sessions: list[ListedSession], words: str) -> None:
    """An unknown zone, a session inside out and overlapping sessions are configuration errors."""
    with pytest.raises(ConfigurationError, match=words):
        SessionList(timezone, sessions)
