"""Reminders: what a person should know or do at this moment of the session, and who answered how."""

from collections.abc import Callable
from datetime import datetime

from bot.domain.notice import Reminder, ReminderAnswer, ReminderKind
from bot.domain.results import ReminderReport
from bot.slack.cards.blocks import Block, actions, context, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import MINUTES, VOID, form_button, form_for, line_for, local, run_button, when, who

Time = Callable[[datetime, str, str], str]  # an instant, its zone and its form, in words

_SETTLED = ("done", "void")
_DONE = {
    ReminderKind.OPENS_SOON: "Open",
    ReminderKind.NO_DRILL_YET: "Drill run",
    ReminderKind.CLOSE_DUE: "Closed",
    ReminderKind.CLOSE_OVERDUE: "Closed",
}


def render(reminder: Reminder, trader: str) -> Message:
    """The reminder and who did what about it, what settled it first; and the buttons that are left to press."""
    first, *others = _lines(reminder, trader, when)
    blocks: list[Block] = [section(first)]
    if others:
        blocks.append(context(*others))
    if buttons := _buttons(reminder, trader):
        blocks.append(actions(*buttons))
    return message(" · ".join(_lines(reminder, trader, local)), blocks)


def render_report(report: ReminderReport) -> Message:
    """What somebody did about a reminder, as an answer to them."""
    until = f" until {local(report.until)}" if report.until else ""
    said = f"{escape(report.trader, 80)}: {escape(report.by, 80)} has {report.answer} {report.about}{until}"
    return message(said, [section(said)])


def _buttons(reminder: Reminder, trader: str) -> list[Block]:
    """What may be pressed: what it asks for until that is done, and an answer until somebody has it."""
    if _is_settled(reminder):
        return []
    given = {answer.answer for answer in reminder.answers}
    opens_soon, day = reminder.about is ReminderKind.OPENS_SOON, reminder.session.date
    buttons = [] if opens_soon else [_run(reminder, trader)]
    if not given and not opens_soon:
        buttons.append(run_button("Snooze 10 min", f"{line_for(f'snooze {reminder.about}', trader)} {day}"))
    if "taken" not in given:
        buttons.append(run_button("I have it", f"{line_for(f'take {reminder.about}', trader)} {day}"))
    return buttons


def _run(reminder: Reminder, trader: str) -> Block:
    if reminder.about is ReminderKind.NO_DRILL_YET:
        return form_button("Run the drill", line_for("drill", trader), primary=True)
    return run_button("Close the day", f"{line_for('close', trader)} {reminder.session.date}", primary=True)


def _lines(reminder: Reminder, trader: str, time: Time) -> list[str]:
    """What settled it, what it asked for, and who did what about that; shown in a block, times are the reader's own."""
    settled = [_answer(reminder, one, time) for one in reminder.answers if one.answer in _SETTLED]
    others = [_answer(reminder, one, time) for one in reminder.answers if one.answer not in _SETTLED]
    return [*settled, _say(reminder, trader, time), *others]


def _is_settled(reminder: Reminder) -> bool:
    return any(answer.answer in _SETTLED for answer in reminder.answers)


def _answer(reminder: Reminder, answer: ReminderAnswer, time: Time) -> str:
    """Who did what and when."""
    zone = reminder.session.timezone
    name, at = who(answer.actor), time(answer.at, zone, MINUTES)
    match answer.answer:
        case "snoozed":
            until = f" until {time(answer.until, zone, MINUTES)}" if answer.until else ""
            return f"⌛ Snoozed by {name} at {at}{until}"
        case "taken":
            return f"➡️ {name} has it since {at}"
        case "done":
            by = "since" if reminder.about is ReminderKind.OPENS_SOON else f"by {name} at"
            return f"✅ {_DONE[reminder.about]} {by} {at}"
        case "void":
            return f"{VOID} since {at}, nothing is left to do"


def _say(reminder: Reminder, trader: str, time: Time) -> str:
    session, form, name = reminder.session, form_for(reminder.session), escape(trader, 80)
    day = f"Day {reminder.number}/{reminder.required}" if reminder.number <= reminder.required else "The session"
    opens, closes = (time(at, session.timezone, form) for at in (session.opens, session.closes))
    again = f" (again, snoozed by {who(reminder.again_for)})" if reminder.again_for else ""
    match reminder.about:
        case ReminderKind.OPENS_SOON:
            return f"⏰ {day} opens {opens} · {name} · session until {closes}"
        case ReminderKind.NO_DRILL_YET:
            return f"⏰ No drill yet{again} · {name} · {day} cannot pass without one; the session closes {closes}"
        case ReminderKind.CLOSE_DUE:
            return f"⏰ The session is over{again} · {name} · close {day} to get its verdict"
        case ReminderKind.CLOSE_OVERDUE:
            return (
                f"⚠️ {day} is still not closed{again} · {name} · its session ended {closes}; "
                "unclosed when the next one opens, it counts as INCONCLUSIVE"
            )
