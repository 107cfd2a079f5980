"""The trader was started anew while its session ran."""

from bot.domain.notice import TraderRestartSeen
from bot.slack.cards.blocks import escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import local, when


def render(restart: TraderRestartSeen, trader: str) -> Message:
    """When it was seen, and what it means for the day."""
    name = escape(trader, 80)
    meaning = "What its counters lost may keep a criterion from being proven."
    text = f"⚠️ {name} was restarted · {local(restart.at)}: {meaning}"
    return message(text, [section(f"*⚠️ {name} was restarted* · {when(restart.at, form='{time_secs}')}\n{meaning}")])
