"""What is added to a message that is said late: by how much, so that nobody takes it for what is so now."""

from collections.abc import Sequence
from datetime import timedelta

from bot.slack.cards.blocks import Block, context, fit
from bot.slack.cards.message import Message


def delayed(said: Message, late: timedelta) -> Message:
    """Return a message that says how late it is, behind its outcome."""
    words = f"delayed {late // timedelta(minutes=1)} min"
    return Message(text=f"{said.text} · {words}", blocks=_with(said.blocks, words), plainer=_with(said.plainer, words))


def _with(blocks: Sequence[Block], words: str) -> tuple[Block, ...]:
    return fit([*blocks[:1], context(f"⏱️ {words}"), *blocks[1:]]) if blocks else ()
