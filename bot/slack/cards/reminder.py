"""Reminders: what a person should know or do at this moment of the session."""

from bot.domain.notice import Reminder, ReminderKind
from bot.slack.cards.blocks import ONCE, Block, actions, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import form_for, line_for, local, run_button, when

_BUTTONS = {
    ReminderKind.NO_DRILL_YET: ("Run the drill", "drill"),
    ReminderKind.CLOSE_DUE: ("Close the day", "close"),
    ReminderKind.CLOSE_OVERDUE: ("Close the day", "close"),
}


def render(reminder: Reminder, trader: str) -> Message:
    """The reminder, and the button that does what it asks for."""
    zone = reminder.session.timezone
    opens, closes = reminder.session.opens, reminder.session.closes
    form = form_for(reminder.session)
    text = _say(reminder, trader, local(opens, zone, form), local(closes, zone, form))
    blocks: list[Block] = [section(_say(reminder, trader, when(opens, zone, form), when(closes, zone, form)))]
    if reminder.about in _BUTTONS:
        label, command = _BUTTONS[reminder.about]
        blocks.append(actions(run_button(label, line_for(command, trader), primary=True), block_id=ONCE))
    return message(text, blocks)


def _say(reminder: Reminder, trader: str, opens: str, closes: str) -> str:
    day = f"Day {reminder.number}/{reminder.required}" if reminder.number <= reminder.required else "The session"
    name = escape(trader, 80)
    match reminder.about:
        case ReminderKind.OPENS_SOON:
            return f"⏰ {day} opens {opens} · {name} · session until {closes}"
        case ReminderKind.NO_DRILL_YET:
            return f"⏰ No drill yet · {name} · {day} cannot pass without one; the session closes {closes}"
        case ReminderKind.CLOSE_DUE:
            return f"⏰ The session is over · {name} · close {day} to get its verdict"
        case ReminderKind.CLOSE_OVERDUE:
            return (
                f"⚠️ {day} is still not closed · {name} · its session ended {closes}; "
                "unclosed when the next one opens, it counts as INCONCLUSIVE"
            )
