"""An operator's command on the command line: the same words, the same dispatcher and the same record as in Slack."""

import shlex
import socket
import sys

import click

from bot.domain.people import Origin, Role
from bot.settings import Settings
from bot.terminal.audit_trail import asks_for_json
from bot.terminal.front import Front, FrontCommand, json_option, print_json, run_async
from bot.terminal.user import terminal_user
from commands.command import Command
from commands.dispatcher import Outcome

_ASKS_FIRST = "flatten"
_HAS_FORMATS = "audit"


class TypedCommand(FrontCommand):
    """A command of the registry as click shows it. What follows its name is read by the parser that Slack uses too."""

    def __init__(self, command: Command) -> None:
        params: list[click.Parameter] = [click.Argument(["words"], nargs=-1, type=click.UNPROCESSED), json_option()]
        text = command.help.replace("\n\nIt takes:\n", "\n\n\b\nIt takes:\n")  # \b keeps click from folding the lines
        if command.name == _ASKS_FIRST:
            params.append(click.Option(["--yes"], is_flag=True, help="Do not ask, on a terminal, whether it is meant."))
            text += "\n\nOn a terminal it asks first. Without one, the typed line is the confirmation."
        super().__init__(
            command.name,
            params=params,
            help=text,
            short_help=command.summary,
            callback=_run,
            context_settings={"ignore_unknown_options": True},
        )
        self._usage = command.usage

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line with the command's own options."""
        program = ctx.parent.command_path if ctx.parent else "burnin"
        formatter.write_usage(program, f"{self._usage} [--json]")


@click.pass_context
def _run(context: click.Context, words: tuple[str, ...], yes: bool = False) -> None:
    name, front = str(context.info_name), context.ensure_object(Front)
    settings = front.settings()
    front.json = front.json or (name == _HAS_FORMATS and asks_for_json(words))
    refusal = "" if yes or name != _ASKS_FIRST else _declined(words)
    outcome = run_async(dispatched(settings, shlex.join([name, *words]), refusal))
    _tell(outcome, front)
    context.exit(outcome.exit_code)


def _declined(words: tuple[str, ...]) -> str:
    """Ask a person, where one is there to answer; return why it must not run, or nothing."""
    if not sys.stdin.isatty():
        return ""
    which = f" ({shlex.join(words)})" if words else ""
    meant = click.confirm(f"Flatten every open position now{which}?", err=True)
    return "" if meant else "It was not confirmed. Nothing was sent."


async def dispatched(settings: Settings, text: str, refusal: str = "") -> Outcome:
    """Run one line as the user of this terminal, who may do whatever an approver may."""
    from bot.factory import open_desk  # noqa: PLC0415 - help needs no desk
    from bot.terminal.reports import StepLines  # noqa: PLC0415
    from commands.dispatcher import Dispatcher, Request  # noqa: PLC0415
    from commands.registry import load_commands  # noqa: PLC0415

    request = Request(
        text=text,
        actor=terminal_user(),
        role=Role.APPROVER,
        origin=Origin(surface="cli", team=socket.gethostname(), raw=text),
        refusal=refusal,
        progress=StepLines(),
    )
    async with open_desk(settings) as desk:
        return await Dispatcher(desk, load_commands()).run(request)


def _tell(outcome: Outcome, front: Front) -> None:
    if front.json:
        from bot.terminal.json_output import as_json  # noqa: PLC0415 - loaded by whoever asks for it

        print_json(as_json(outcome))
    else:
        from bot.terminal.reports import show  # noqa: PLC0415

        show(outcome)
