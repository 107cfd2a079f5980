"""Which reminder somebody answers: the newest, or the newest of a kind or of a day that they name."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.domain.agenda import pointless_from
from bot.domain.notice import ReminderAnswer, ReminderKind
from bot.domain.results import ReminderReport
from bot.errors import Refused
from bot.reminded import Said, answer_to, is_needed, reminder_in, reminders_said
from commands.command import Call, Result
from commands.session_day import DayOptions, clock_words, session_named

_LOOKED_BACK = 200  # messages about a trader, where no day is named


def _spelled(word: Any) -> Any:
    return "_".join(re.split(r"[\s_-]+", word.strip().lower())) if isinstance(word, str) else word


class ReminderOptions(DayOptions):
    """Which reminder; the newest, if left out."""

    about: Annotated[ReminderKind | None, BeforeValidator(_spelled)] = Field(
        None,
        description="which reminder: " + ", ".join(ReminderKind),
        json_schema_extra={"positional": True, "words": 3},
    )


async def reminder_meant(call: Call, options: ReminderOptions) -> Said:
    """Return the reminder that is answered.

    Raises:
        Refused: there is none, or nothing is left to do about it, or somebody has taken it.
    """
    named = session_named(call.trader, options.day, call.desk.clock.now()).date if options.day else None
    day = named or await _newest_day(call, options.about)
    found = await reminders_said(call.desk, call.trader, day) if day else ()
    said = next((said for said in reversed(found) if options.about in (None, said.notice.about)), None)
    if said is None:
        raise Refused("no_reminder", f"There is no such reminder of {call.trader.name} to answer.", call.line("status"))
    if (taken := said.answered("taken")) is not None:
        raise Refused("taken", in_words(said, taken))
    session, about = said.notice.session, said.notice.about
    over = call.desk.clock.now() >= pointless(call, said)
    if over or not await is_needed(call.desk, call.trader, session, about):
        words = f'Nothing is left to do about the reminder "{about.replace("_", " ")}" of {session.date}.'
        raise Refused("nothing_left", words, call.line("status"))
    return said


def pointless(call: Call, said: Said) -> datetime:
    """Return from when on nothing can be done any more about a reminder."""
    session = said.notice.session
    return pointless_from(said.notice.about, session, call.trader.calendar.following(session.closes))


async def _newest_day(call: Call, about: ReminderKind | None) -> date | None:
    queued = await call.desk.ledger.entries(trader=call.trader.name, kinds=("message_queued",), newest=_LOOKED_BACK)
    reminders = (found[1] for entry in reversed(queued) if (found := reminder_in(entry)))
    return next((reminder.session.date for reminder in reminders if about in (None, reminder.about)), None)


def answered(call: Call, said: Said, answer: ReminderAnswer, again: Callable[[], Awaitable[Result]]) -> Result:
    """Record an answer and show it in the reminder's place.

    Where somebody was first with the same answer, theirs is told; where they gave another one, it is answered `again`.
    """

    async def instead() -> Result:
        found = await reminders_said(call.desk, call.trader, said.notice.session.date)
        first = next((one.answered(answer.answer) for one in found if one.key == said.key), None)
        return _told(call, said, first) if first else await again()

    told = _told(call, said, answer)
    return replace(told, drafts=answer_to(said, answer, call.trader.name, call.origin), instead=instead)


def _told(call: Call, said: Said, answer: ReminderAnswer) -> Result:
    report = ReminderReport(
        trader=call.trader.name,
        date=said.notice.session.date,
        about=said.notice.about,
        answer="snoozed" if answer.answer == "snoozed" else "taken",
        by=str(answer.actor),
        at=answer.at,
        until=answer.until,
    )
    return Result(report, detail=in_words(said, answer))


def in_words(said: Said, answer: ReminderAnswer) -> str:
    """Return what an answer means for a reminder, in one sentence."""
    who, at = answer.actor, clock_words(answer.at, said.notice.session)
    if answer.until is not None:
        return f"{who} snoozed it at {at}; it is said again at {clock_words(answer.until, said.notice.session)}."
    return f"{who} has it since {at}; it is not said again."
