"""The simulated market: what arrives at a trader while a session runs, and keeps its heartbeats young."""

import asyncio
from collections.abc import Callable
from itertools import cycle

from bot.sandbox.trader.gauges import Gauges
from bot.sandbox.trader.supervisor import Supervisor

SECONDS_BETWEEN_TICKS = (0.12, 0.25, 0.18)  # uneven, as ticks are


class Market:
    """Three streams of ticks: market data, order messages and scans.

    Attributes:
        stalled: while true, no market data arrives.
    """

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges
        self.stalled = False

    def open(self, supervisor: Supervisor) -> None:
        """Let the three streams run as tasks of the supervisor."""
        for name, tick in (
            ("marketdata", self._marketdata),
            ("order_stream", self._gauges.order_stream.beat),
            ("scan", self._scan),
        ):
            supervisor.start(name, _every_tick(tick))

    def _marketdata(self) -> None:
        if not self.stalled:
            self._gauges.marketdata.beat()

    def _scan(self) -> None:
        self._gauges.scan.beat()
        self._gauges.scan_ticks.inc()


async def _every_tick(tick: Callable[[], None]) -> None:
    for seconds in cycle(SECONDS_BETWEEN_TICKS):
        tick()
        await asyncio.sleep(seconds)
