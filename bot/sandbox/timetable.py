"""The sandbox's days: three sessions of some seconds each, and which day is made to go wrong how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from bot.domain.session import Session
from bot.errors import UsageError
from bot.sandbox.trader import FAULTS as TRADER_FAULTS

DAYS = 3

BOT_RESTART, BOT_AWAY = "bot-restart", "bot-away"
BOT_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        BOT_RESTART: "bot and Prometheus are both away for some seconds, so that nobody reads the trader",
        BOT_AWAY: "the bot alone is killed and comes back; Prometheus goes on reading, and fills its hole",
    }
)
FAULTS: Mapping[str, str] = MappingProxyType({**TRADER_FAULTS, **BOT_FAULTS})


@dataclass(frozen=True, slots=True)
class Timetable:
    """How the time is divided.

    Attributes:
        before_first: from the bot's start to the first open; the bot starts in it, and says that a session opens soon.
        length: of a session.
        between: from a close to the next open; a day is closed in it.
        playtime: length of a last session, for whoever stays to play; None where there is none.
        days: how many sessions there are to be lived through.
        first_length: of the first of them, where somebody takes their time in it; None for a session like the others.
    """

    before_first: timedelta = timedelta(seconds=8)
    length: timedelta = timedelta(seconds=12)
    between: timedelta = timedelta(seconds=6)
    playtime: timedelta | None = None
    days: int = DAYS
    first_length: timedelta | None = None

    def sessions(self, now: datetime, first: date) -> tuple[Session, ...]:
        """Return the sessions that follow each other from now on, named by the weekdays from a date on."""
        lived = [self.first_length or self.length, *[self.length] * (self.days - 1)]
        lengths = lived + ([self.playtime] if self.playtime else [])
        opens = now + self.before_first
        found: list[Session] = []
        for day, length in zip(_weekdays(first, len(lengths)), lengths, strict=True):
            found.append(Session(date=day, opens=opens, closes=opens + length, timezone="Asia/Kolkata"))
            opens += length + self.between
        return tuple(found)


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


def _weekdays(first: date, count: int) -> list[date]:
    days = (first + timedelta(days=offset) for offset in range(count * 2 + 2))
    return [day for day in days if day.weekday() < 5][:count]  # noqa: PLR2004 - Monday to Friday
