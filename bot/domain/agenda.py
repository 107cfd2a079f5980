"""When a session's reminders are due, and until when they are worth saying."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field

from bot.domain.duration import Duration
from bot.domain.notice import ReminderKind
from bot.domain.session import Session
from bot.domain.value import Value

_CLOSABLE = timedelta(days=7)  # where the calendar knows no session to follow


class ReminderTimes(Value):
    """When reminders are due: before the open, as a share of the session without a drill, and after the close."""

    before_open: Duration = timedelta(minutes=15)
    no_drill_after: float = Field(0.5, gt=0, lt=1)
    close_overdue: Duration = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder of a session: said at `at`, or later if the bot was away, but no more from `until` on."""

    about: ReminderKind
    at: datetime
    until: datetime


def pointless_from(about: ReminderKind, session: Session, following: Session | None) -> datetime:
    """Return from when on nothing can be done any more about what a reminder says.

    A day can be closed until the next session opens.
    """
    match about:
        case ReminderKind.OPENS_SOON:
            return session.opens
        case ReminderKind.NO_DRILL_YET:
            return session.closes
        case ReminderKind.CLOSE_DUE | ReminderKind.CLOSE_OVERDUE:
            return following.opens if following else session.closes + _CLOSABLE


def agenda(session: Session, following: Session | None, times: ReminderTimes) -> tuple[Due, ...]:
    """Return a session's reminders in the order they are due."""
    closable_until = pointless_from(ReminderKind.CLOSE_OVERDUE, session, following)
    halfway = session.opens + session.length * times.no_drill_after
    overdue = min(session.closes + times.close_overdue, closable_until)
    return (
        Due(ReminderKind.OPENS_SOON, session.opens - times.before_open, session.opens),
        Due(ReminderKind.NO_DRILL_YET, halfway, session.closes),
        Due(ReminderKind.CLOSE_DUE, session.closes, overdue),
        Due(ReminderKind.CLOSE_OVERDUE, overdue, closable_until),
    )
