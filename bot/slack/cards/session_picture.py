"""The words beside the picture of a session."""

from bot.domain.notice import SessionPicture
from bot.slack.cards.blocks import escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import mark


def render(picture: SessionPicture, trader: str) -> Message:
    """What the picture shows, for those who cannot see it."""
    said = f"🖼️ {mark(picture.verdict)} · the session of {picture.session.date} · {escape(trader, 80)}"
    return message(said, [section(said)])
