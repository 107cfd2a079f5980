"""What a card becomes: a text that says the outcome, and the blocks that show it."""

from collections.abc import Sequence

from bot.domain.value import Value
from bot.slack.cards.blocks import Block, clip, fit

MOST_TOP_TEXT = 3000  # chat.update takes 4,000


class Message(Value):
    """One message. Notifications and screen readers read `text`; `blocks` are Block Kit objects."""

    text: str
    blocks: tuple[Block, ...] = ()
    plainer: tuple[Block, ...] = ()  # the same without new kinds of blocks, where a workspace refuses those


def message(text: str, blocks: Sequence[Block] = (), *, plainer: Sequence[Block] = ()) -> Message:
    """Return a message within Slack's limits; `text` is mrkdwn whose outside words are escaped already."""
    return Message(text=clip(text, MOST_TOP_TEXT), blocks=fit(blocks), plainer=fit(plainer))
