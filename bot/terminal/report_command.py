"""`burnin report`: the page that Slack gets, as a file on this machine."""

import sys
from datetime import date
from pathlib import Path

import click

from bot.errors import ConfigurationError
from bot.settings import Settings
from bot.terminal.front import Front, FrontCommand, front_of, run_async
from commands.parser import line_of

_STDOUT = "-"
_KILO = 1000  # bytes


@click.command(cls=FrontCommand)
@click.argument("day", nargs=-1, metavar="[DATE|burn-in]")
@click.option("--trader", help="Which trader; needed where there are several.")
@click.option("--out", help="The file to write, in the place of an earlier one; - is standard output.")
@front_of
def report(front: Front, day: tuple[str, ...], trader: str | None, out: str | None) -> None:
    """Write the report of a day, or of the whole burn-in, as one HTML page that needs nothing else.

    \b
    DATE is 2026-11-20, 20 Nov, monday, today or yesterday; left out, the session that is open, or the last one.
    Without --out the file is named after trader and day, in this folder. /burnin report puts it into the channel.
    """
    line = line_of("report", *day, *(("--trader", trader) if trader else ()))
    name, page = run_async(_printed(front.settings(), line))
    if out == _STDOUT:
        sys.stdout.buffer.write(page)
        return
    path = Path(out or name)
    try:
        path.write_bytes(page)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}. Name another file with --out."
        ) from error
    click.echo(f"Wrote {path} ({len(page) // _KILO} kB). It opens in any browser.")


async def _printed(settings: Settings, line: str) -> tuple[str, bytes]:
    """Return what the file is called, and the page."""
    from bot.domain.notice import ReportFile  # noqa: PLC0415 - help needs none of it
    from bot.factory import open_desk  # noqa: PLC0415
    from bot.pictures.artist import ProcessArtist  # noqa: PLC0415
    from bot.report.press import LedgerPress  # noqa: PLC0415
    from commands.parser import parse, tokens_of  # noqa: PLC0415
    from commands.registry import load_commands  # noqa: PLC0415
    from commands.report import BURN_IN, days_of_burn_in, session_of  # noqa: PLC0415
    from commands.which_trader import trader_meant  # noqa: PLC0415

    command, options = parse(tokens_of(line), load_commands())
    async with open_desk(settings) as desk:
        trader, day = trader_meant(desk, command, options, ""), getattr(options, "day", None)
        whole = day == BURN_IN
        days = await days_of_burn_in(desk, trader) if whole else ((await session_of(desk, trader, day)).date,)
        press = LedgerPress(desk, ProcessArtist(desk, settings.state_folder))
        return _name(trader.name, days), await press.printed(trader.name, ReportFile(days=days))


def _name(trader: str, days: tuple[date, ...]) -> str:
    dated = str(days[0]) if len(days) == 1 else f"{days[0]}-to-{days[-1]}"
    return f"burnin-{trader}-{dated}.html"
