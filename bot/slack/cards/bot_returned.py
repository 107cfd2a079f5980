"""The bot was away, or found work that nobody finished; it says what it did about it."""

from bot.domain.notice import BotReturned
from bot.slack.cards.blocks import escape, section
from bot.slack.cards.message import Message, message


def render(returned: BotReturned, trader: str) -> Message:
    """What happened, in one paragraph."""
    said = f"🔄 The bot is back · {escape(trader, 80)}: {escape(returned.detail, 1500)}"
    return message(said, [section(said)])
