"""What is added to a message that is said late: by how much, so that nobody takes it for what is so now."""

from datetime import timedelta

from bot.slack.cards.blocks import context
from bot.slack.cards.message import Message, message


def delayed(said: Message, late: timedelta) -> Message:
    """Return a message that says how late it is, behind its outcome."""
    words = f"delayed {late // timedelta(minutes=1)} min"
    headline, details = said.blocks[:1], said.blocks[1:]
    blocks = message("", [*headline, context(f"⏱️ {words}"), *details]).blocks if said.blocks else ()
    return Message(text=f"{said.text} · {words}", blocks=blocks)
