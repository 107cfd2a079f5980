"""What every command of the command line shares: the global options, and one way to end."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.errors import BurninError, reason_of
from bot.settings import DEFAULT_CONFIG, Settings, load_settings

T = TypeVar("T")

_INTERRUPTED = 143  # what a shell reports of a process that SIGTERM ended


@dataclass(slots=True)
class Front:
    """The global options as they were given; they may stand before or after the command's name."""

    config: Path | None = None
    log_format: str | None = None
    debug: bool = False
    json: bool = False

    def is_configured(self) -> bool:
        """Tell whether there is a configuration, or one was named."""
        return bool(self.config or os.environ.get("BURNIN_CONFIG")) or DEFAULT_CONFIG.is_file()

    def settings(self, *, quiet: bool = True) -> Settings:
        """Read the configuration and send logs where it says; quiet fronts show warnings and worse.

        Raises:
            ConfigurationError: there is none, or it cannot be used.
        """
        from bot.logs import configure_logs  # noqa: PLC0415

        settings = load_settings(self.config, os.environ)
        level = "debug" if self.debug else settings.logging.level
        configure_logs(self.log_format or settings.logging.format, "warning" if quiet and level == "info" else level)
        return settings


front_of = click.make_pass_decorator(Front, ensure=True)


def front_options(*, hidden: bool) -> list[click.Parameter]:
    """Return the global options; each command takes them too, hidden, because people type them anywhere."""
    path, form = click.Path(path_type=Path, dir_okay=False), click.Choice(["auto", "json", "console"])
    return [
        _option(
            "config", type=path, hidden=hidden, help="The configuration file (else BURNIN_CONFIG, config/burnin.yaml)."
        ),
        _option("log-format", type=form, hidden=hidden, help="How to log to standard error."),
        _option(
            "debug", is_flag=True, default=None, hidden=hidden, help="Log everything; show where an error came from."
        ),
    ]


def _option(name: str, **settings: Any) -> click.Option:
    return click.Option([f"--{name}"], expose_value=False, callback=_remember(name.replace("-", "_")), **settings)


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def remember(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value is not None:
            setattr(context.ensure_object(Front), name, value)

    return remember


def json_option() -> click.Option:
    """Return `--json`: one JSON object on standard output and nothing else there."""
    return click.Option(
        ["--json"], is_flag=True, default=None, expose_value=False, callback=_remember("json"),
        help="Print one JSON object on standard output.",
    )  # fmt: skip


class FrontCommand(click.Command):
    """A command that takes the global options as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += front_options(hidden=True)
        first = (self.help or "").split("\n\n", 1)[0]  # or click cuts it off in the list of commands
        self.short_help = self.short_help or first


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end. SIGTERM cancels as Ctrl-C does, so that what must be undone is undone first."""

    async def cancellable() -> T:
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise SystemExit(_INTERRUPTED) from None


def print_json(value: Any) -> None:
    """Print one JSON value on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False))


def tell_error(error: BurninError, front: Front) -> None:
    """Say what went wrong and what to do: as JSON where that was asked for, on standard error in any case."""
    hint = getattr(error, "hint", "")
    tell_json(front, reason_of(error), str(error), hint)
    click.echo(f"burnin: {error}", err=True)
    if hint:
        click.echo(f"Try: burnin {hint}", err=True)


def tell_json(front: Front, reason: str, message: str, hint: str = "") -> None:
    """Print an error as the one JSON object on standard output, where JSON was asked for."""
    if front.json:
        print_json({"error": {"reason": reason, "message": message, "hint": hint}})
