"""What is added to a message that is said late: by how much, so that nobody takes it for what is so now."""

from datetime import timedelta

from bot.slack.cards.blocks import context, fit
from bot.slack.cards.message import Message


def delayed(said: Message, late: timedelta) -> Message:
    """Return a message that says how late it is, behind its outcome."""
    words = f"delayed {late // timedelta(minutes=1)} min"
    blocks = [*said.blocks[:1], context(f"⏱️ {words}"), *said.blocks[1:]]
    return Message(text=f"{said.text} · {words}", blocks=fit(blocks))
