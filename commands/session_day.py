"""Which session a command is about: the one that is open, or the one a person names."""

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from bot.desk import Desk, TraderDesk
from bot.domain.session import Session
from bot.errors import UsageError
from commands.command import Call, CommandOptions


def _a_day(text: str) -> str:
    word = text.strip().lower()
    if word not in ("today", "yesterday"):
        try:
            date.fromisoformat(word)
        except ValueError:
            raise ValueError("is not a day; write 2026-11-20, today or yesterday") from None
    return word


DayText = Annotated[str, AfterValidator(_a_day)]


class DayOptions(CommandOptions):
    """A command about one day."""

    day: DayText | None = Field(
        None,
        description="2026-11-20, today or yesterday (the session before)",
        json_schema_extra={"positional": True},
    )


def day_now(call: Call) -> date | None:
    """Return the day that something done now belongs to; None outside of sessions."""
    session = call.trader.calendar.current(call.desk.clock.now())
    return session.date if session else None


def session_named(trader: TraderDesk, word: str, now: datetime) -> Session:
    """Return the session that a word names.

    Raises:
        UsageError: there is no session on that day.
    """
    if word == "yesterday":
        session = _before_today(trader, now)
    elif word == "today":
        session = _today(trader, now) or newest_session(trader, now)
    else:
        session = trader.calendar.on(date.fromisoformat(word))
    if session is None:
        raise UsageError(f"{trader.name} has no session on {word}: a holiday, or beyond its calendar.", hint="history")
    return session


async def was_begun(desk: Desk, trader: TraderDesk, session: Session) -> bool:
    """Tell whether the burn-in of a trader had begun by a session: whether anybody watched it, or one before it."""
    opened = await desk.ledger.days_of(trader.name, "session_opened")
    if opened and min(opened) <= session.date:
        return True
    return bool(await desk.ledger.samples(trader.name, session.date))


def newest_session(trader: TraderDesk, now: datetime) -> Session | None:
    """Return the session that is open, else the last that closed, else the first to come."""
    calendar = trader.calendar
    return calendar.current(now) or calendar.preceding(now) or calendar.following(now)


def _today(trader: TraderDesk, now: datetime) -> Session | None:
    """Return the session of this date on the exchange: the one that is open, has closed or is still to open."""
    calendar = trader.calendar
    if (current := calendar.current(now)) is not None:
        return current
    near = (calendar.preceding(now), calendar.following(now))
    return next((s for s in near if s and s.date == now.astimezone(ZoneInfo(s.timezone)).date()), None)


def _before_today(trader: TraderDesk, now: datetime) -> Session | None:
    today = _today(trader, now)
    return trader.calendar.preceding(today.opens if today else now)
