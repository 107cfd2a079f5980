"""What flatten would do, asked before it is done, and what became of a button once it was pressed."""

from datetime import datetime

from bot.domain.people import Actor
from bot.slack.cards.blocks import Block, actions, button, confirm, context, escape, section
from bot.slack.cards.help import COMMAND
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import when, who

NOT_ON_PAPER = "⚠️ It is not on paper: flatten will be refused."


def flatten_confirm(trader: str, line: str, positions: int | None, mode: str, *, paper: bool = True) -> Message:
    """Ask for flatten: which trader, its positions now and its mode, where they could be told quickly."""
    name = escape(trader, 80)
    told = {None: "how many is unknown (the trader did not say in time)", 0: "none open now"}
    held = told.get(positions, f"{positions} open now")
    said = f"⚠️ Flatten {name}? It closes every position of this trader: {held}."
    ask = confirm(f"Flatten {trader}?", "Every position of this trader is closed at once.", "Flatten", "Leave it")
    blocks: list[Block] = [section(f"*{said}*")]
    if mode:
        blocks.append(context(escape(mode, 300) + ("" if paper else f"\n{NOT_ON_PAPER}")))
    blocks.append(actions(button(f"Flatten {trader}", "confirm:flatten", line, style="danger", confirm=ask)))
    return message(said, blocks)


def pressed_words(line: str, actor: Actor, at: datetime) -> str:
    """Who pressed a button and when."""
    return f"`{COMMAND} {escape(line, 200).replace('`', chr(39))}` · run by {who(actor)} at {when(at)}"


def pressed_message(line: str, actor: Actor, at: datetime) -> Message:
    """What stands where a button stood that is pressed once."""
    said = pressed_words(line, actor, at)
    return message(said, [context(said)])
