"""Reminders that somebody has answered, in every state of theirs; unanswered ones are among what is told."""

from datetime import timedelta
from typing import Literal

from bot.domain.notice import Reminder, ReminderAnswer, ReminderKind
from bot.domain.people import BOT, Actor
from bot.domain.results import ReminderReport
from bot.slack.cards import Message, render, render_report
from tests.support.slack_samples import ASHA, AT, MALLORY, NASTY, SESSION, TRADER

BEN = Actor(kind="slack", id="U0APPROVER", name="Ben")
LATER = AT + timedelta(minutes=10)


def _answer(actor: Actor, answer: Literal["snoozed", "taken", "done", "void"]) -> ReminderAnswer:
    return ReminderAnswer(actor=actor, answer=answer, at=AT, until=LATER if answer == "snoozed" else None)


def _reminder(
    about: ReminderKind, *answers: ReminderAnswer, again_for: Actor | None = None, to: str = TRADER
) -> Message:
    notice = Reminder(about=about, session=SESSION, number=2, required=3, answers=answers, again_for=again_for)
    return render(notice, to)


_DRILL, _CLOSE, _OPENS = ReminderKind.NO_DRILL_YET, ReminderKind.CLOSE_DUE, ReminderKind.OPENS_SOON
SNOOZED = ReminderReport(
    trader=TRADER, date=SESSION.date, about=_DRILL, answer="snoozed", by="Asha", at=AT, until=LATER
)

MESSAGES: dict[str, Message] = {
    "reminder_snoozed": _reminder(_DRILL, _answer(ASHA, "snoozed")),
    "reminder_again": _reminder(_DRILL, again_for=ASHA),
    "reminder_taken": _reminder(_DRILL, _answer(ASHA, "snoozed"), _answer(BEN, "taken")),
    "reminder_done": _reminder(_DRILL, _answer(BEN, "taken"), _answer(BEN, "done")),
    "reminder_opens_soon_taken": _reminder(_OPENS, _answer(ASHA, "taken")),
    "reminder_opened": _reminder(_OPENS, _answer(BOT, "done")),
    "reminder_closed": _reminder(_CLOSE, _answer(ASHA, "done")),
    "reminder_void": _reminder(_CLOSE, _answer(BEN, "void")),
    "reminder_hostile": _reminder(
        ReminderKind.CLOSE_OVERDUE, _answer(MALLORY, "snoozed"), _answer(MALLORY, "taken"), again_for=MALLORY, to=NASTY
    ),
    "answer_reminder": render_report(SNOOZED),
    "answer_reminder_hostile": render_report(SNOOZED.model_copy(update={"trader": NASTY, "by": NASTY})),
}
