"""When something was, as people write it: a day, or an instant such as `monday 09:20` or 2026-11-23T03:50:00Z."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from bot.desk import TraderDesk
from bot.errors import UsageError
from commands.day_words import is_day
from commands.session_day import date_named, newest_session

WORDS = 6  # of `last monday 09:20:00 +05:30`, and of a date with a weekday
_CLOCK = re.compile(
    r"(?:(?P<day>.*?)(?:(?<=\d)t|\s+))?(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(?P<zone>z|utc|[+-]\d{2}:?\d{2})?"
)
_TICK = timedelta(microseconds=1)


def _a_moment(text: str) -> str:
    word = " ".join(text.lower().split())
    day, clock, _ = _parts(word)
    if (day and not is_day(day)) or (clock and _time(clock) is None) or not (day or clock):
        raise ValueError("that is no day and no instant; write 2026-11-20, monday, 09:20 or 2026-11-20T03:50:00Z")
    return word


MomentText = Annotated[str, AfterValidator(_a_moment)]


def zone_of(trader: TraderDesk, now: datetime) -> ZoneInfo:
    """Return the zone of a trader's exchange; UTC where its calendar is empty."""
    near = newest_session(trader, now)
    return ZoneInfo(near.timezone if near else "UTC")


def instant(trader: TraderDesk, word: str, now: datetime, *, end: bool = False) -> datetime:
    """Return the instant that a word names: on the exchange's clock where it names no other, a day's first or last.

    Raises:
        UsageError: its day could be two, or there is none.
    """
    day, clock, zone = _parts(word)
    date = date_named(trader, day or "today", now)
    local = _zone(zone) or zone_of(trader, now)
    try:
        if (at := _time(clock)) is not None:
            return datetime.combine(date, at, local).astimezone(UTC)
        first = datetime.combine(date + timedelta(days=1) if end else date, time(), local).astimezone(UTC)
    except OverflowError as error:
        raise UsageError(f"{word}: nothing is on record of that day.", hint="audit") from error
    return first - _TICK if end else first


def _parts(word: str) -> tuple[str, str, str]:
    """Return the day, the time and the zone that are written, each empty where it is not."""
    found = _CLOCK.fullmatch(word)
    return (found["day"] or "", found["time"], found["zone"] or "") if found else (word, "", "")


def _time(clock: str) -> time | None:
    hour, _, rest = clock.partition(":")
    try:
        return time.fromisoformat(f"{int(hour):02}:{rest}")
    except ValueError:
        return None


def _zone(zone: str) -> tzinfo | None:
    if zone in ("z", "utc"):
        return UTC
    return datetime.strptime(zone, "%z").tzinfo if zone else None
