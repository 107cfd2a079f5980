"""When a trader's sessions are: as the exchange publishes them, or as the configuration lists them."""

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.adapters.session_cache import SessionCache
from bot.domain.session import Session
from bot.domain.value import UtcDatetime, Value
from bot.errors import ConfigurationError


class ListedSession(Value):
    """One session as the configuration writes it."""

    date: date
    open: UtcDatetime
    close: UtcDatetime


class SessionList:
    """A calendar that holds the sessions it is given, and no others.

    Raises:
        ConfigurationError: the time zone is unknown, a session closes before it opens, or two of them overlap.
    """

    def __init__(self, timezone: str, sessions: Iterable[ListedSession]) -> None:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigurationError(f"calendar: {timezone!r} is no time zone; write one like Asia/Kolkata") from error
        ordered = sorted(sessions, key=lambda one: one.open)
        for before, after in zip([None, *ordered], ordered, strict=False):
            _refuse_disorder(before, after)
        self._sessions = [
            Session(date=one.date, opens=one.open, closes=one.close, timezone=timezone) for one in ordered
        ]
        self._dates = [one.date for one in ordered]
        self._opens = [one.open for one in ordered]
        self._closes = [one.close for one in ordered]

    def on(self, day: date) -> Session | None:
        """Return the session of that date, or None on a holiday."""
        place = bisect_left(self._dates, day)
        return self._sessions[place] if self._dates[place : place + 1] == [day] else None

    def current(self, at: datetime) -> Session | None:
        """Return the session that is open at an instant."""
        session = self._at(bisect_right(self._opens, at) - 1)
        return session if session is not None and session.contains(at) else None

    def following(self, at: datetime) -> Session | None:
        """Return the first session that opens after an instant; None where the list ends before it."""
        return self._at(bisect_right(self._opens, at))

    def preceding(self, at: datetime) -> Session | None:
        """Return the last session that closed before an instant."""
        return self._at(bisect_left(self._closes, at) - 1)

    def _at(self, place: int) -> Session | None:
        return self._sessions[place] if 0 <= place < len(self._sessions) else None


def _refuse_disorder(before: ListedSession | None, after: ListedSession) -> None:
    if after.open >= after.close:
        raise ConfigurationError(f"calendar: the session {after.date} closes before it opens; mend its times")
    if before is not None and (before.close > after.open or before.date >= after.date):
        raise ConfigurationError(
            f"calendar: the sessions {before.date} and {after.date} overlap or share a date; mend their times"
        )


class ExchangeCalendar:
    """An exchange's own calendar, with its holidays and half-days.

    The library behind it takes a third of a second to load (pandas), so it is loaded where a year is first asked for
    that neither memory nor the cache holds.

    Args:
        code: a code or an alias of exchange-calendars, for example XBOM.
        cache: a folder for the sessions already worked out; None keeps them in memory only.
    """

    def __init__(self, code: str, cache: Path | None = None) -> None:
        self._code = code
        self._cache = SessionCache(cache, code) if cache is not None else None
        self._around: dict[int, SessionList] = {}

    def on(self, day: date) -> Session | None:
        """Return the session of that date, or None on a holiday."""
        return self._years(day.year).on(day)

    def current(self, at: datetime) -> Session | None:
        """Return the session that is open at an instant."""
        return self._years(at.astimezone(UTC).year).current(at)

    def following(self, at: datetime) -> Session | None:
        """Return the first session that opens after an instant; None where the known calendar ends before it."""
        return self._years(at.astimezone(UTC).year).following(at)

    def preceding(self, at: datetime) -> Session | None:
        """Return the last session that closed before an instant."""
        return self._years(at.astimezone(UTC).year).preceding(at)

    def _years(self, year: int) -> SessionList:
        """Return the sessions from a year's predecessor to its successor, so that its neighbours are there too."""
        if year not in self._around:
            timezone, sessions = self._load(year)
            self._around[year] = SessionList(timezone, (ListedSession(date=d, open=o, close=c) for d, o, c in sessions))
        return self._around[year]

    def _load(self, year: int) -> tuple[str, list[tuple[date, datetime, datetime]]]:
        if self._cache is not None and (cached := self._cache.read(year)) is not None:
            return cached
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the library's own quarrels with pandas
            timezone, sessions = _ask_library(self._code, year)
        if self._cache is not None:
            self._cache.write(year, timezone, sessions)
        return timezone, sessions


def _ask_library(code: str, year: int) -> tuple[str, list[tuple[date, datetime, datetime]]]:
    import exchange_calendars  # noqa: PLC0415 - see ExchangeCalendar
    from exchange_calendars.errors import InvalidCalendarName  # noqa: PLC0415
    from pandas import Timestamp  # noqa: PLC0415

    try:
        usual = exchange_calendars.get_calendar(code)
    except InvalidCalendarName as error:
        names = exchange_calendars.get_calendar_names()
        near = get_close_matches(code.upper(), names, n=3, cutoff=0.5) or ["XBOM", "XNYS", "XLON"]
        raise ConfigurationError(
            f"calendar: exchange-calendars knows no {code!r}; did you mean {', '.join(near)}?"
        ) from error
    first, last = usual.bound_min(), usual.bound_max()
    start, end = Timestamp(max(year - 1, MINYEAR), 1, 1), Timestamp(min(year + 1, MAXYEAR), 12, 31)
    start, end = max(start, first or start), min(end, last or end)
    if start > end:
        return str(usual.tz), []
    calendar = type(usual)(start=start, end=end)
    rows = zip(calendar.opens.index, calendar.opens, calendar.closes, strict=True)
    return str(calendar.tz), [
        (day.date(), opens.to_pydatetime(), closes.to_pydatetime()) for day, opens, closes in rows
    ]
