"""The bot was away, or found work that nobody finished; it says what it did about it."""

from bot.domain.notice import BotReturned
from bot.slack.cards.blocks import Block, actions, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import line_for, mention, run_button


def render(returned: BotReturned, trader: str) -> Message:
    """What happened, in one paragraph; to whom it concerns, and with the button for what they should do now."""
    to = f"{mention(returned.to)} " if returned.to else ""
    said = f"🔄 {to}The bot was away · {escape(trader, 80)}: {escape(returned.detail, 1500)}"
    blocks: list[Block] = [section(said)]
    if step := returned.next_step:
        line = step if " " in step else line_for(step, trader)
        blocks.append(actions(run_button(f"Run {step}", line, primary=True)))
    return message(said, blocks)
