"""A day's reminders as they stand in the ledger: which were said, what people did about them, what is left to do."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.daybook import say
from bot.desk import Desk, TraderDesk
from bot.domain.entry import Draft, Entry, MessageQueued, ReminderAnswered
from bot.domain.notice import Placement, Reminder, ReminderAnswer, ReminderKind
from bot.domain.people import Origin
from bot.domain.session import Session

CLOSING = (ReminderKind.CLOSE_DUE, ReminderKind.CLOSE_OVERDUE)
VOIDED = "day_voided"

_SAID = ("message_queued", "reminder_answered")
_DONE = {
    ReminderKind.OPENS_SOON: "session_opened",
    ReminderKind.NO_DRILL_YET: "drill_measured",
    **dict.fromkeys(CLOSING, "day_closed"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A reminder that was queued, with all that was answered to it."""

    key: str
    notice: Reminder

    def answered(self, *how: str) -> ReminderAnswer | None:
        """Return the first of its answers of these kinds."""
        return next((answer for answer in self.notice.answers if answer.answer in how), None)


async def reminders_said(desk: Desk, trader: TraderDesk, day: date) -> tuple[Said, ...]:
    """Return a day's reminders, oldest first."""
    entries = await desk.ledger.entries(trader=trader.name, day=day, kinds=_SAID)
    answers = _answers(entries)
    reminders = [found for entry in entries if (found := reminder_in(entry))]
    return tuple(Said(key, notice.model_copy(update={"answers": tuple(answers[key])})) for key, notice in reminders)


def reminder_in(entry: Entry) -> tuple[str, Reminder] | None:
    """Return the reminder that an entry queues, with its key; None where it queues none, or only an edit of one."""
    if not isinstance(entry.body, MessageQueued):
        return None
    announcement = entry.body.announcement
    if announcement.placement is Placement.EDIT or not isinstance(announcement.notice, Reminder):
        return None
    return announcement.key, announcement.notice


def _answers(entries: Sequence[Entry]) -> defaultdict[str, list[ReminderAnswer]]:
    found: defaultdict[str, list[ReminderAnswer]] = defaultdict(list)
    for entry in entries:
        body = entry.body
        if isinstance(body, ReminderAnswered):
            answer = ReminderAnswer(actor=entry.actor, answer=body.answer, at=entry.at, until=body.until)
            found[body.reminder].append(answer)
    return found


def answer_to(said: Said, answer: ReminderAnswer, trader: str, origin: Origin) -> tuple[Draft, Draft]:
    """Return the entry that records an answer and the one that shows it in the reminder's place.

    Each way to answer a reminder is recorded once, and only where all earlier answers are known: of two in the same
    moment the second is refused with DuplicateKey, or its words would take the place of those of the first.
    """
    day, notice = said.notice.session.date, said.notice.model_copy(update={"answers": (*said.notice.answers, answer)})
    recorded = Draft(
        at=answer.at,
        body=ReminderAnswered(reminder=said.key, answer=answer.answer, until=answer.until),
        actor=answer.actor,
        origin=origin,
        trader=trader,
        day=day,
        key=f"{answer.answer}:{said.key}",
    )
    key = f"{said.key}:answer {len(notice.answers)}"
    shown = say(notice, key=key, trader=trader, at=answer.at, day=day, placement=Placement.EDIT, edits=said.key)
    return recorded, shown


async def settled_by(desk: Desk, trader: TraderDesk, day: date, about: ReminderKind) -> Entry | None:
    """Return the entry that left nothing to do about a reminder: what it asks for was done, or the day became void."""
    settling = await desk.ledger.entries(trader=trader.name, day=day, kinds=(VOIDED, _DONE[about]))
    return settling[0] if settling else None


async def is_needed(desk: Desk, trader: TraderDesk, session: Session, about: ReminderKind) -> bool:
    """Tell whether there is something left to do about what a reminder says."""
    if await settled_by(desk, trader, session.date, about):
        return False
    if about is ReminderKind.NO_DRILL_YET:
        return "drill" not in trader.policy.excluded
    if about in CLOSING:
        return bool(await desk.ledger.entries(trader=trader.name, day=session.date, kinds=("session_opened",)))
    return True
