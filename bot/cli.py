"""The command line: every command an operator can type in Slack, and what only a terminal needs.

Heavy modules are imported where they are used, because a person waits for each start.
"""
# ruff: noqa: PLC0415

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal, NoReturn

import click

from bot import __version__
from bot.errors import BurninError, ConfigurationError, Refused, UsageError
from bot.settings import DEFAULT_CONFIG
from bot.terminal.front import (
    Front,
    FrontCommand,
    front_of,
    front_options,
    json_option,
    print_json,
    run_async,
    tell_error,
    tell_json,
)
from commands.command import Command
from commands.meant import TERMINAL_ONLY, nearest_of
from commands.parser import not_understood

_SHIPPED = Path(__file__).parents[1] / "config" / "burnin.yaml"  # beside this package, in a checkout and in a wheel
# Commands that only a terminal has and that have a module of their own, loaded when it is typed: module, attribute.
ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "clearance": ("bot.terminal.clearance_commands", "clearance"),
    "evidence": ("bot.terminal.evidence_commands", "evidence"),
    "keys": ("bot.terminal.keys_commands", "keys"),
    "ledger": ("bot.terminal.ledger_commands", "ledger"),
    "replay": ("bot.terminal.replay_command", "replay"),
    "report": ("bot.terminal.report_command", "report"),
    "verify": ("bot.terminal.verify_command", "verify"),
}
_PIPE_CLOSED = 141  # what a shell reports of a process that SIGPIPE ended


class BurninGroup(click.Group):
    """The commands of this module and those of the registry, which is loaded only for its own."""

    command_class = FrontCommand

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        """Return the operator's commands, then those that only a terminal has, each in the order of their use."""
        return [*_registry(), *TERMINAL_ONLY]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name."""
        own = super().get_command(ctx, cmd_name) or _elsewhere(cmd_name)
        if own is not None:
            return own
        command = _registry().get(cmd_name)
        if command is None:
            return None
        from bot.terminal.typed_command import TypedCommand

        return TypedCommand(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, or say which is nearest."""
        if args[0] == "burnin":
            return self.resolve_command(ctx, args[1:] or ["help"])
        if self.get_command(ctx, args[0]) is None:
            near = nearest_of(args[0], self.list_commands(ctx))
            if near in (*super().list_commands(ctx), *ELSEWHERE):
                raise UsageError(f"There is no command {args[0]!r}. Did you mean {near!r}?", hint=f"{near} --help")
            raise not_understood(args, _registry())
        return super().resolve_command(ctx, args)


def _elsewhere(name: str) -> click.Command | None:
    if name not in ELSEWHERE:
        return None
    module, attribute = ELSEWHERE[name]
    command: click.Command = getattr(import_module(module), attribute)
    return command


def _registry() -> Mapping[str, Command]:
    from commands.registry import load_commands

    return load_commands()


@click.group(
    cls=BurninGroup,
    params=front_options(hidden=False),
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
)
@click.version_option(__version__, prog_name="burnin")
def cli() -> None:
    """Take a trading system through its burn-in and prove the verdict.

    \b
    Exit codes: 0 PASS or done, 1 FAIL, 2 usage or configuration, 3 INCONCLUSIVE, 4 refused, 5 unreachable or internal.
    `clearance verify` has its own: see its --help.
    """


@cli.command()
@click.option("--no-slack", is_flag=True, help="Announce on standard output instead.")
@front_of
def run(front: Front, no_slack: bool) -> None:
    """Run the bot: watch the sessions, remind, announce, answer commands."""
    from bot import app

    settings = front.settings(quiet=False)
    run_async(app.run(settings, slack=not no_slack))


@cli.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT_CONFIG)
def init(path: Path) -> None:
    """Write the commented configuration to PATH (config/burnin.yaml), to be edited."""
    if path.exists():
        raise Refused("exists", f"{path} is there already and stays as it is. Name another file, or move it away.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_SHIPPED.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error}") from error
    click.echo(f"Wrote {path}. Edit it, then run `burnin --config {path} doctor`.")


@cli.command(params=[json_option()])
@front_of
def doctor(front: Front) -> None:
    """Check everything the bot needs, a line each, and say what to do about what is missing."""
    from bot.terminal.doctor import examine, exit_code, misconfigured

    try:
        findings = run_async(examine(front.settings()))
    except ConfigurationError as error:
        findings = misconfigured(error)
    if front.json:
        print_json({"findings": [finding.to_json() for finding in findings]})
    else:
        for finding in findings:
            click.echo(str(finding))
    raise SystemExit(exit_code(findings))


@cli.command()
@click.argument("trader", required=False)
@click.option("--trader", "named", help="Which trader; needed where there are several.")
@click.option("--once", is_flag=True, help="Show one reading and end.")
@front_of
def watch(front: Front, trader: str | None, named: str | None, once: bool) -> None:
    """Show a trader's gauges against their targets, once a second, until Ctrl-C."""
    from bot.terminal.watch_view import watch_gauges

    run_async(watch_gauges(front.settings(), named or trader, once=once))


@cli.command()
@click.option("--once", is_flag=True, help="Print the channel and end: 0 when cleared, 1 when not.")
@click.option("--fault", "faults", multiple=True, metavar="NAME@DAY", help="Make a day go wrong; may be repeated.")
@click.option("--port", type=click.IntRange(0, 65535), help="Where the page is served.")
@front_of
def sandbox(front: Front, once: bool, faults: tuple[str, ...], port: int | None) -> None:
    """Run everything on this machine: a trader, a workspace with its page, three days in a minute."""
    from bot.logs import configure_logs

    configure_logs(front.log_format or "auto", "debug" if front.debug else "warning")
    try:
        from bot.sandbox.desk import run_sandbox
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"The sandbox needs {error.name}: pip install 'burnin[sandbox]'.") from error
    raise SystemExit(run_async(run_sandbox(once=once, faults=faults, port=port)))


@cli.command()
@click.option("--mode", type=click.Choice(["socket", "http"]), default="socket", show_default=True)
@click.option("--url", default="", help="For HTTP mode: the https address where Slack reaches the bot.")
@front_of
def manifest(front: Front, mode: Literal["socket", "http"], url: str) -> None:
    """Print the manifest to create the Slack app from.

    Where there is a configuration, it asks for no more scopes than what is switched on there needs.
    """
    import yaml

    from bot.slack.manifest import manifest as slack_manifest
    from bot.terminal.slack_setup import features_of

    features = features_of(front.settings()) if front.is_configured() else None
    click.echo(yaml.safe_dump(slack_manifest(mode, url, features), sort_keys=False, allow_unicode=True), nl=False)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with the contract's exit code."""
    front = Front(json="--json" in (sys.argv[1:] if args is None else args))  # also where it is read no further
    try:
        code = cli.main(args=args, prog_name="burnin", obj=front, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except BurninError as error:
        if front.debug:
            traceback.print_exc()
        tell_error(error, front)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        tell_json(front, "usage", error.format_message())
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains again at its end
        sys.exit(_PIPE_CLOSED)
    except Exception as error:  # noqa: BLE001 - the edge of the process: it is told, and the exit code says so
        if front.debug:
            traceback.print_exc()
        said = f"internal error: {type(error).__name__}: {error}. --debug shows where it came from."
        tell_json(front, "internal_error", said)
        click.echo(f"burnin: {said}", err=True)
        sys.exit(5)
