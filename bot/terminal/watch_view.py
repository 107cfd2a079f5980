"""A trader's gauges on the terminal, live: what the desk used to look at in `make live-dashboard`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bot.desk import TraderDesk
from bot.domain.judge import judge_gauges
from bot.domain.sample import Reading
from bot.errors import BurninError
from bot.factory import open_desk
from bot.ports import Clock
from bot.settings import Settings
from bot.terminal.reports import gauges_table, print_table

if TYPE_CHECKING:
    from rich.table import Table

Readings = Mapping[str, Reading]


async def watch_gauges(settings: Settings, name: str | None, *, once: bool) -> None:
    """Show a trader's gauges, at the policy's scrape interval, until cancelled. Nothing of it is recorded.

    Raises:
        UsageError: no trader of that name, or several could be meant.
        BurninError: with `once`, the trader could not be read.
    """
    async with open_desk(settings) as desk:
        trader = desk.trader(name)
        if once:
            before = await trader.trader.scrape()
            await desk.clock.sleep(_interval(trader))
            print_table(_gauges(trader, before, await trader.trader.scrape()))
        else:
            await _show_live(trader, desk.clock)


def _interval(trader: TraderDesk) -> float:
    return trader.policy.scrape_interval.total_seconds()


def _gauges(trader: TraderDesk, before: Readings, now: Readings) -> "Table":
    return gauges_table(judge_gauges(trader.policy, trader.metrics, before, now))


async def _show_live(trader: TraderDesk, clock: Clock) -> None:
    before: Readings = {}
    with Live(console=Console(highlight=False), auto_refresh=False) as live:
        while True:
            began = clock.monotonic()
            head = Text(f"{trader.name}  {clock.now():%H:%M:%S} UTC  Ctrl-C ends this view", style="bold")
            try:
                now = await trader.trader.scrape()
                live.update(Group(head, _gauges(trader, before, now)), refresh=True)
                before = now
            except BurninError as error:
                live.update(Group(head, Text(str(error), style="red")), refresh=True)
            await clock.sleep(began + _interval(trader) - clock.monotonic())
