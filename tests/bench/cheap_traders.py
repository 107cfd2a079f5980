"""Many traders in one process, as cheap as traders can be: what watches them is measured, not they.

`python -m tests.bench.cheap_traders 100` prints the port of each as one JSON array, then serves until it is ended.
"""

import asyncio
import json
import sys

from prometheus_client import Counter, Gauge, PlatformCollector, generate_latest

from bot.sandbox.trader.gauges import Gauges

_RENDERED_EVERY = 0.2  # seconds
_STRIKES = range(24_000, 25_000, 200)


class Market:
    """What all the traders expose, rendered once for all of them: about 60 lines, which go on with time."""

    def __init__(self) -> None:
        self._gauges = Gauges(version="1.4.2", revision="9f2c1ab")
        registry = self._gauges.registry
        PlatformCollector(registry=registry)
        self._quotes = Counter("trader_quotes", "Quotes taken", ["symbol"], registry=registry)
        positions = Gauge("trader_position_qty", "Quantity held", ["symbol"], registry=registry)
        for kind in ("token_refresh", "rate_limit"):
            self._gauges.retries.labels(kind).inc()
        for symbol in ("NIFTY", "BANKNIFTY"):
            positions.labels(symbol).set(0)
        self.answer = self._rendered()

    async def go_on(self) -> None:
        """Let everything beat and tick, and render it again and again."""
        while True:
            for heartbeat in (self._gauges.marketdata, self._gauges.order_stream, self._gauges.scan):
                heartbeat.beat()
            self._gauges.scan_ticks.inc()
            for strike in _STRIKES:
                self._quotes.labels(f"NIFTY26NOV{strike}CE").inc()
            self.answer = self._rendered()
            await asyncio.sleep(_RENDERED_EVERY)

    def _rendered(self) -> bytes:
        body = generate_latest(self._gauges.registry)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


class Connection(asyncio.Protocol):
    """Somebody who asks. Whatever is asked, the metrics are the answer."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request, which arrives in one piece over loopback."""
        assert data.endswith(b"\r\n\r\n")
        self._transport.write(self._market.answer)


async def main(count: int) -> None:
    """Serve so many traders, each on a port of its own."""
    loop, market = asyncio.get_running_loop(), Market()
    servers = [await loop.create_server(lambda: Connection(market), "127.0.0.1", 0) for _ in range(count)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)  # noqa: T201 - see above
    await market.go_on()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
