"""A form that Slack did not show: what to do instead."""

from bot.slack.cards.blocks import Block, actions, context, escape, section
from bot.slack.cards.help import COMMAND
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import form_button


def render_no_form(line: str, usage: str, why: str) -> Message:
    """That nothing was run, why the form is not there, and the two ways to it; `why` is Slack's own word."""
    command = usage.split(" ", 1)[0]
    said = f"⚠️ The form of `{command}` could not be opened ({escape(why, 80)}); nothing was run."
    blocks: list[Block] = [
        section(f"{said} *Next:* open it again, or type it."),
        context(f"Type `{COMMAND} {escape(usage, 300)}`"),
        actions(form_button("Open the form", line, primary=True)),
    ]
    return message(said, blocks)
