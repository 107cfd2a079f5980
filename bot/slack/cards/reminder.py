"""Reminders: what a person should know or do at this moment of the session, and who answered how."""

from bot.domain.notice import Reminder, ReminderAnswer, ReminderKind
from bot.domain.results import ReminderReport
from bot.slack.cards.blocks import Block, actions, context, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import VOID, form_button, form_for, line_for, local, run_button, when, who

_DONE = {
    ReminderKind.NO_DRILL_YET: "drill run",
    ReminderKind.CLOSE_DUE: "closed",
    ReminderKind.CLOSE_OVERDUE: "closed",
}


def render(reminder: Reminder, trader: str) -> Message:
    """The reminder, who did what about it, and the buttons that are left to press."""
    zone = reminder.session.timezone
    opens, closes = reminder.session.opens, reminder.session.closes
    form = form_for(reminder.session)
    text = _say(reminder, trader, local(opens, zone, form), local(closes, zone, form))
    blocks: list[Block] = [section(_say(reminder, trader, when(opens, zone, form), when(closes, zone, form)))]
    if reminder.answers:
        blocks.append(context(*(_answer(reminder, one, shown=True) for one in reminder.answers)))
    if buttons := _buttons(reminder, trader):
        blocks.append(actions(*buttons))
    return message(" · ".join([text, *(_answer(reminder, one, shown=False) for one in reminder.answers)]), blocks)


def render_report(report: ReminderReport) -> Message:
    """What somebody did about a reminder, as an answer to them."""
    until = f" until {local(report.until)}" if report.until else ""
    said = f"{escape(report.trader, 80)}: {escape(report.by, 80)} has {report.answer} {report.about}{until}"
    return message(said, [section(said)])


def _buttons(reminder: Reminder, trader: str) -> list[Block]:
    """What may be pressed: what it asks for until that is done, and an answer until somebody has it."""
    given = {answer.answer for answer in reminder.answers}
    if given & {"done", "void"}:
        return []
    opens_soon, day = reminder.about is ReminderKind.OPENS_SOON, reminder.session.date
    buttons = [] if opens_soon else [_run(reminder, trader)]
    if not given & {"snoozed", "taken"} and not opens_soon:
        buttons.append(run_button("Snooze 10 min", f"{line_for(f'snooze {reminder.about}', trader)} {day}"))
    if "taken" not in given:
        buttons.append(run_button("I have it", f"{line_for(f'take {reminder.about}', trader)} {day}"))
    return buttons


def _run(reminder: Reminder, trader: str) -> Block:
    if reminder.about is ReminderKind.NO_DRILL_YET:
        return form_button("Run the drill", line_for("drill", trader), primary=True)
    return run_button("Close the day", f"{line_for('close', trader)} {reminder.session.date}", primary=True)


def _answer(reminder: Reminder, answer: ReminderAnswer, *, shown: bool) -> str:
    """Who did what and when; shown in a block, each reader sees their own local time."""
    zone, time = reminder.session.timezone, when if shown else local
    name, at = who(answer.actor), time(answer.at, zone)
    match answer.answer:
        case "snoozed":
            until = f" until {time(answer.until, zone)}" if answer.until else ""
            return f"⌛ snoozed by {name} at {at}{until}"
        case "taken":
            return f"➡️ {name} has it since {at}"
        case "done":
            return f"✅ {_DONE[reminder.about]} by {name} at {at}" if reminder.about in _DONE else f"✅ open since {at}"
        case "void":
            return f"{VOID} since {at}; nothing is left to do"


def _say(reminder: Reminder, trader: str, opens: str, closes: str) -> str:
    day = f"Day {reminder.number}/{reminder.required}" if reminder.number <= reminder.required else "The session"
    name = escape(trader, 80)
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
