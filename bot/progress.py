"""The message that shows how far a command is: its key, its day, and how its last words are queued.

It is never queued itself, for nobody misses it; but once it may stand in a channel, its last words are, together with
the end of the command: so it never says for ever that something runs.
"""

from datetime import date, datetime

from bot.daybook import say
from bot.desk import TraderDesk
from bot.domain.entry import Draft
from bot.domain.notice import Placement, ProgressEnded


def progress_key(request: str) -> str:
    """Return the key of the message that shows how far a command is; `request` is the key of its origin."""
    return f"progress:{request}"


def progress_day(trader: TraderDesk, began: datetime) -> date | None:
    """Return the day in whose thread a command shows how far it is: that of the session, or of the last one."""
    session = trader.calendar.current(began) or trader.calendar.preceding(began)
    return session.date if session else None


def progress_ended(ended: ProgressEnded, *, request: str, trader: str, day: date | None) -> Draft:
    """Return the entry that queues the last words of a command's progress.

    Where no such message is found, the command never came so far as to show one, and nothing is said.
    """
    key = progress_key(request)
    return say(ended, key=f"{key}:ended", trader=trader, at=ended.at, day=day, placement=Placement.EDIT, edits=key)
