"""Help on what a person may run, with a button beside each command."""

from bot.domain.results import CommandHelp, HelpReport
from bot.slack.cards.blocks import Block, code, context, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import run_button

COMMAND = "/burnin"


def render_report(report: HelpReport) -> Message:
    """One command at length, or all of them a line each."""
    if report.about and len(report.commands) == 1:
        return _one(report.commands[0])
    names = ", ".join(command.name for command in report.commands)
    blocks: list[Block] = [_line(command) for command in report.commands]
    blocks.append(context(f"`{COMMAND} help COMMAND` tells more about one of them."))
    said = f"You may run: {names}" if names else "There is nothing here that you may run."
    return message(said, blocks)


def _one(command: CommandHelp) -> Message:
    said = f"{COMMAND} {escape(command.usage, 300)}: {escape(command.summary, 300)}"
    blocks = [_line(command), code(command.text), context(f"Needs the role {escape(command.role)}")]
    return message(said, blocks)


def _line(command: CommandHelp) -> Block:
    text = f"*`{COMMAND} {escape(command.usage, 300)}`*\n{escape(command.summary, 300)}"
    return section(text, run_button(f"Run {command.name}", command.name))
