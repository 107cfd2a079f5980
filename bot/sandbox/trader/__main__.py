"""Runs one paper trader until it is told to stop: `python -m bot.sandbox.trader --port 0 --database URL`."""

import argparse
import asyncio
import json
import logging
import signal
import sys
from contextlib import AsyncExitStack

import psycopg
from aiohttp import web
from psycopg_pool import AsyncConnectionPool

from bot import __version__
from bot.sandbox.trader.desk import PaperDesk
from bot.sandbox.trader.faults import Faults
from bot.sandbox.trader.gauges import Gauges
from bot.sandbox.trader.market import Market
from bot.sandbox.trader.orders import Orders, Pool
from bot.sandbox.trader.server import Endpoints
from bot.sandbox.trader.supervisor import Supervisor

HOST = "127.0.0.1"
SECONDS_FOR_THE_DATABASE = 5.0


async def run(*, port: int, database: str, build: str) -> None:
    """Serve until SIGTERM or SIGINT; tell the URL on standard output as soon as it answers.

    Raises:
        psycopg.Error: the database cannot be reached.
        OSError: the port is taken.
    """
    stopping = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    async with AsyncExitStack() as stack:
        pool: Pool = AsyncConnectionPool(database, min_size=1, max_size=2, open=False, timeout=SECONDS_FOR_THE_DATABASE)
        stack.push_async_callback(pool.close)
        await pool.open(wait=True, timeout=SECONDS_FOR_THE_DATABASE)
        endpoints = await _put_together(stack, pool, build)
        runner = web.AppRunner(endpoints.application())
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, HOST, port).start()
        _tell({"url": f"http://{HOST}:{runner.addresses[0][1]}"})
        await stopping.wait()


async def _put_together(stack: AsyncExitStack, pool: Pool, build: str) -> Endpoints:
    orders = Orders(pool)
    await orders.prepare()
    supervisor = Supervisor()
    stack.push_async_callback(supervisor.close)
    gauges = Gauges(version=__version__, revision=build)
    market = Market(gauges)
    market.open(supervisor)
    desk = PaperDesk(gauges=gauges, orders=orders)
    faults = Faults(gauges=gauges, market=market, desk=desk, orders=orders, supervisor=supervisor)
    return Endpoints(build=build, gauges=gauges, desk=desk, faults=faults, supervisor=supervisor)


def _tell(line: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(argv: list[str] | None = None) -> int:
    """Run the trader the arguments describe and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.trader", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--database", required=True, help="PostgreSQL connection string for the orders")
    parser.add_argument("--build", default="paper", help="revision told by /ready and trader_build_info")
    asked = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="paper trader: %(message)s")
    try:
        asyncio.run(run(port=asked.port, database=asked.database, build=asked.build))
    except (psycopg.Error, OSError) as error:
        sys.stderr.write(f"the paper trader could not start: {error}; check --database and --port\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
