"""The sandbox's days: three sessions of some seconds each, and which day is made to go wrong how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from bot.domain.session import Session
from bot.errors import UsageError
from bot.sandbox.trader import FAULTS as TRADER_FAULTS

DAYS = 3
BEFORE_FIRST = timedelta(seconds=9)  # the bot starts in this time, and says that the session opens soon
LENGTH = timedelta(seconds=12)
BETWEEN = timedelta(seconds=6)  # a day is closed in this time
PLAYTIME = timedelta(hours=8)  # the fourth session, for whoever stays to play

BOT_RESTART = "bot-restart"
FAULTS: Mapping[str, str] = MappingProxyType(
    {**TRADER_FAULTS, BOT_RESTART: "the bot is killed in the session and starts again seconds later"}
)


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault and the day (1 to 3) on which it strikes."""

    name: str
    day: int


def parse_faults(texts: Sequence[str]) -> tuple[PlannedFault, ...]:
    """Read `NAME@DAY` texts.

    Raises:
        UsageError: no such fault, or no such day.
    """
    return tuple(_parse_fault(text) for text in texts)


def _parse_fault(text: str) -> PlannedFault:
    name, _, day = text.partition("@")
    name = name.strip().lower().replace(" ", "-").replace("_", "-")
    if name not in FAULTS:
        raise UsageError(f"--fault {text}: there is no fault {name!r}; there are {', '.join(FAULTS)}.")
    if day not in {str(number) for number in range(1, DAYS + 1)}:
        raise UsageError(f"--fault {text}: write the day as NAME@DAY with a day from 1 to {DAYS}, as in {name}@2.")
    return PlannedFault(name, int(day))


def sessions(now: datetime, first: date, *, playtime: bool) -> tuple[Session, ...]:
    """Return the sessions that follow each other from now on, named by the weekdays from a date on."""
    opens = now + BEFORE_FIRST
    found: list[Session] = []
    for day in _weekdays(first, DAYS + playtime):
        length = LENGTH if len(found) < DAYS else PLAYTIME
        found.append(Session(date=day, opens=opens, closes=opens + length, timezone="Asia/Kolkata"))
        opens = opens + length + BETWEEN
    return tuple(found)


def _weekdays(first: date, count: int) -> list[date]:
    days = (first + timedelta(days=offset) for offset in range(count * 2 + 2))
    return [day for day in days if day.weekday() < 5][:count]  # noqa: PLR2004 - Monday to Friday
