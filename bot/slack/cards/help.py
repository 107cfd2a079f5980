"""Help on what a person may run, with a button beside each command."""

from bot.domain.results import CommandHelp, HelpReport
from bot.slack.cards.blocks import AGAIN, Block, actions, code, context, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import form_button, line_for, run_button

COMMAND = "/burnin"
WITH_FORMS = ("flatten", "drill", "void")  # what has a form: its button asks first, and runs nothing by itself


def render_report(report: HelpReport) -> Message:
    """One command at length, or all of them a line each, below what to do next."""
    if report.about and len(report.commands) == 1:
        return _one(report.commands[0], report.note)
    names = ", ".join(command.name for command in report.commands)
    said = f"You may run: {names}" if names else "There is nothing here that you may run."
    blocks = [*_now(report), *(_line(command) for command in report.commands)]
    if report.note:
        blocks.append(section(escape(report.note, 600)))
    blocks.append(context(f"`{COMMAND} help COMMAND` tells more about one of them."))
    return message(f"{escape(report.now, 300)} {said}".strip(), blocks)


def line_button(label: str, line: str, *, primary: bool = False) -> Block:
    """A button for a line: it runs, or its form opens where the command has one."""
    if line.split(" ", 1)[0] in WITH_FORMS:
        return form_button(f"{label} …", line, primary=primary)
    return run_button(label, line, primary=primary)


def _now(report: HelpReport) -> list[Block]:
    if not report.now:
        return []
    stands = section(f"*{escape(report.now, 300)}*")
    command = report.next_step.split(" ", 1)[0]
    if command not in {command.name for command in report.commands}:
        return [stands]
    stands = section(f"*{escape(report.now, 300)}*\n*Next:* {escape(report.next_step, 120)}")
    return [stands, actions(line_button(f"Run {report.next_step}", report.next_step, primary=True), block_id=AGAIN)]


def _one(command: CommandHelp, note: str) -> Message:
    said = f"{COMMAND} {escape(command.usage, 300)}: {escape(command.summary, 300)}"
    needs = f"Needs the role {escape(command.role)}"
    if not command.allowed:
        needs += f". {escape(note, 600)}" if note else ", which you do not have."
    more = command.text.removeprefix(command.summary).lstrip(".").strip()  # the summary stands above
    return message(said, [_line(command), *([code(more)] if more else []), context(needs)])


def _line(command: CommandHelp) -> Block:
    text = f"*`{COMMAND} {escape(command.usage, 300)}`*\n{escape(command.summary, 300)}"
    runs = command.allowed and command.complete
    return section(text, line_button(f"Run {command.name}", line_for(command.name, "")) if runs else None)
