"""A healthy trader that lives in the test: its counters go with time, and it raises an alarm when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.http_server import Received, answer, http_server

_TICKS = 5.0  # scans a second
_METRICS = """\
# TYPE trader_is_leader gauge
trader_is_leader 1
# TYPE trader_marketdata_heartbeat_seconds gauge
trader_marketdata_heartbeat_seconds 0.2
# TYPE trader_order_stream_heartbeat_seconds gauge
trader_order_stream_heartbeat_seconds 0.2
# TYPE trader_scan_heartbeat_seconds gauge
trader_scan_heartbeat_seconds 0.2
# TYPE trader_scan_ticks_total counter
trader_scan_ticks_total {ticks}
# TYPE trader_retries_total counter
trader_retries_total{{type="token_refresh"}} 1
# TYPE trader_build_info gauge
trader_build_info{{revision="1.4.2"}} 1
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1764000000
# TYPE trader_legs gauge
trader_legs{{leg="target"}} 1
trader_legs{{leg="stop"}} 1
# TYPE trader_alarm gauge
trader_alarm {alarm}
"""


@dataclass(slots=True)
class TickingTrader:
    """Where it is, and whether its gauge `trader_alarm` is 1."""

    url: str = ""
    alarm: bool = False


@asynccontextmanager
async def ticking_trader() -> AsyncIterator[TickingTrader]:
    """Serve the trader's `/metrics` until the block ends."""
    trader, clock = TickingTrader(), asyncio.get_running_loop()
    began = clock.time()

    def metrics(_: Received) -> bytes:
        return answer(_METRICS.format(ticks=int(_TICKS * (clock.time() - began)), alarm=int(trader.alarm)))

    async with http_server(metrics=metrics) as server:
        trader.url = server.url
        yield trader
