"""Which session a command is about: the one that is open, or the one a person names."""

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from bot.desk import TraderDesk
from bot.domain.duration import spoken
from bot.domain.session import Session
from bot.errors import Refused, UsageError
from commands.command import Call, CommandOptions
from commands.day_words import BY_SESSION, day_of, is_day

_SHORT = timedelta(minutes=10)
_DAYS_FROM_NOW = {"yesterday": timedelta(days=-1), "today": timedelta(0), "tomorrow": timedelta(days=1)}


def a_day(text: str) -> str:
    """Return a word for a day as it is read on; ValueError says that it is none."""
    word = " ".join(text.lower().split())
    if not is_day(word):
        raise ValueError("that is no day; write 2026-11-20, 20 Nov, monday, yesterday or today")
    return word


DayText = Annotated[str, AfterValidator(a_day)]


class DayOptions(CommandOptions):
    """A command about one day."""

    day: DayText | None = Field(
        None,
        description="2026-11-20, 20 Nov, monday, today or yesterday (the session before)",
        json_schema_extra={"positional": True, "words": 4},
    )


def day_now(call: Call) -> date | None:
    """Return the day that something done now belongs to; None outside of sessions."""
    session = call.trader.calendar.current(call.desk.clock.now())
    return session.date if session else None


def session_named(trader: TraderDesk, word: str, now: datetime, looks: str = "day") -> Session:
    """Return the session that a word names; `looks` is the command that shows the nearest one instead.

    Raises:
        UsageError: there is no session on that day; the hint shows the nearest one.
    """
    if word in BY_SESSION:
        session = _by_session(trader, word, now)
    else:
        current = trader.calendar.current(now)
        day = _date_from(word, current.date if current else today(trader, now))
        session = trader.calendar.on(day)
        word = word if word == str(day) else f"{word} ({day:%a} {day})"
    if session is None:
        raise _no_session(trader, word, now, looks)
    return session


def today(trader: TraderDesk, now: datetime) -> date:
    """Return the date it is on a trader's exchange."""
    near = newest_session(trader, now)
    return now.astimezone(ZoneInfo(near.timezone if near else "UTC")).date()


def date_named(trader: TraderDesk, word: str, now: datetime) -> date:
    """Return the date that a word names on a trader's exchange, whether or not it has a session.

    Raises:
        UsageError: it could be two, or there is none.
    """
    return _date_from(word, today(trader, now))


def _date_from(word: str, current: date) -> date:
    """Return the date that a word names on a day."""
    try:
        day = current + _DAYS_FROM_NOW[word] if word in _DAYS_FROM_NOW else day_of(word, current)
    except ValueError as error:
        raise UsageError(f"{word}: {error}.", hint="history") from error
    if day is None:
        raise UsageError(f"{word}: that is no day.", hint="history")
    return day


def clock_words(at: datetime, session: Session) -> str:
    """Return an instant as the exchange's clock shows it: `15:30 IST`; of a very short session with its seconds."""
    form = "%H:%M:%S %Z" if session.length < _SHORT else "%H:%M %Z"
    return f"{at.astimezone(ZoneInfo(session.timezone)):{form}}"


def opening_words(session: Session, now: datetime) -> str:
    """Return when a session to come opens: `Mon 23 Nov 09:15 IST, in 2 h 10 min`."""
    opens = session.opens.astimezone(ZoneInfo(session.timezone))
    return f"{opens:%a %d %b} {clock_words(opens, session)}, in {spoken(session.opens - now)}"


def not_opened(session: Session, now: datetime) -> str:
    """Return a sentence on a session to come."""
    return f"The session of {session.date} has not opened yet: it opens {opening_words(session, now)}."


def nothing_yet(call: Call, what: str) -> Refused:
    """Return the refusal for a trader without any session yet."""
    now, trader = call.desk.clock.now(), call.trader
    first = trader.calendar.following(now)
    when = f" {not_opened(first, now)}" if first else " Its calendar holds no session: look at traders[].calendar."
    return Refused(
        "no_session", f"{trader.name} has had no session yet, so there is nothing to {what}.{when}", "status"
    )


def newest_session(trader: TraderDesk, now: datetime) -> Session | None:
    """Return the session that is open, else the last that closed, else the first to come."""
    calendar = trader.calendar
    return calendar.current(now) or calendar.preceding(now) or calendar.following(now)


def _by_session(trader: TraderDesk, word: str, now: datetime) -> Session | None:
    calendar, session = trader.calendar, _today(trader, now)
    match word:
        case "yesterday":
            return calendar.preceding(session.opens if session else now)
        case "tomorrow":
            return calendar.following(session.closes if session else now)
    return session or newest_session(trader, now)


def _no_session(trader: TraderDesk, word: str, now: datetime, looks: str) -> UsageError:
    said = f"{trader.name} has no session on {word}: a holiday, or beyond its calendar."
    if word in BY_SESSION:
        said = f"{trader.name} has no session {'after' if word == 'tomorrow' else 'before'} this day in its calendar."
    last = trader.calendar.current(now) or trader.calendar.preceding(now)
    if last is None:
        return UsageError(said, hint="status")
    return UsageError(f"{said} The last one is {last.date} ({last.date:%A}).", hint=f"{looks} {last.date}")


def _today(trader: TraderDesk, now: datetime) -> Session | None:
    """Return the session of this date on the exchange: the one that is open, has closed or is still to open."""
    calendar = trader.calendar
    if (current := calendar.current(now)) is not None:
        return current
    near = (calendar.preceding(now), calendar.following(now))
    return next((s for s in near if s and s.date == now.astimezone(ZoneInfo(s.timezone)).date()), None)
