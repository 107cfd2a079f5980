"""Starting the bot in a session with a ledger of three years beside starting it with an empty one.

`BURNIN_BENCH_SEALS=375` gives each day as many seals as a watch of a whole session makes: seven million entries in all.
"""

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest
import yaml

from bot.adapters.sqlite_schema import connect
from bot.sandbox import wallclock
from bot.sandbox.processes import SandboxProcess
from tests.support.long_ledger import like, long_chain, real_day, weekdays, write

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

PAIRS = 3
DAYS = 750
TRADERS = [f"trader-{number:02}" for number in range(25)]
SEALS = int(os.environ.get("BURNIN_BENCH_SEALS", "1"))
ALLOWED = 2.0  # seconds
TODAY = wallclock.now().date()


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[list[int]]:
    """The ports of the traders, which are in a process of their own."""
    words = ("-m", "tests.bench.cheap_traders", str(len(TRADERS)))
    async with SandboxProcess(words, tmp_path / "traders.log").running() as traders:
        yield json.loads(await traders.first_line(20))


@pytest.fixture
async def three_years(tmp_path: Path) -> Path:
    """A ledger with all that was recorded of every trader on every day, but today's."""
    ledger = tmp_path / "three_years.db"
    patterns = like(await real_day(), seals=SEALS)
    await asyncio.to_thread(lambda: write(ledger, long_chain(weekdays(TODAY, DAYS), TRADERS, patterns)))
    return ledger


def _configuration(ledger: Path, ports: Sequence[int], port: int) -> dict[str, Any]:
    now = wallclock.now()
    days = {day: now.replace(hour=0, minute=1) - (TODAY - day) for day in weekdays(TODAY, 40)}
    sessions = [{"date": day, "open": at, "close": at + timedelta(hours=6)} for day, at in days.items()]
    sessions.append({"date": TODAY, "open": now - timedelta(seconds=1), "close": now + timedelta(hours=1)})
    calendar = {"timezone": "UTC", "sessions": sessions}
    traders = [
        {"name": name, "url": f"http://127.0.0.1:{at}", "calendar": calendar}
        for name, at in zip(TRADERS, ports, strict=True)
    ]
    return {"ledger": f"sqlite:///{ledger}", "traders": traders, "http": {"host": "127.0.0.1", "port": port}}


async def _started(ledger: Path, ports: Sequence[int], port: int, environment: Mapping[str, str]) -> float:
    """Start the bot and kill it once it is ready and every session is on record; return how many seconds that took."""
    configuration, log = ledger.with_suffix(".yaml"), ledger.with_suffix(".log")
    configuration.write_text(yaml.safe_dump(_configuration(ledger, ports, port)), encoding="utf-8")
    began = asyncio.get_running_loop().time()
    with log.open("wb") as said:
        words = ("-m", "bot", "run", "--no-slack", "--config", str(configuration))
        bot = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=said, stderr=said, env=environment)
    try:
        while not (await _is_ready(f"http://127.0.0.1:{port}/readyz") and _has_opened(ledger)):
            assert bot.returncode is None, log.read_text()
            await asyncio.sleep(0.02)
        return asyncio.get_running_loop().time() - began
    finally:
        if bot.returncode is None:
            bot.kill()
        await bot.wait()


async def _is_ready(url: str) -> bool:
    """Tell whether the bot says that every part of it is well, the outbox too: it comes after recovery."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        try:
            answer = await client.get(url)
        except httpx.TransportError:
            return False
    return answer.status_code == 200 and "outbox" in answer.json()["parts"]


def _has_opened(ledger: Path) -> bool:
    keys = [f"session_opened:{trader}:{TODAY}" for trader in TRADERS]
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        found = f"SELECT count(*) FROM entries WHERE key IN ({', '.join('?' * len(keys))})"  # noqa: S608
        return bool(connection.execute(found, keys).fetchone() == (len(keys),))


@pytest.fixture
def start(
    ports: list[int], unused_tcp_port_factory: Callable[[], int], environment: Mapping[str, str]
) -> Callable[[Path], Awaitable[float]]:
    """Starts the bot with a ledger and tells the seconds."""
    return lambda ledger: _started(ledger, ports, unused_tcp_port_factory(), environment)


async def test_three_years_delay_the_start_by_at_most_2_seconds(
    tmp_path: Path,
    three_years: Path,
    start: Callable[[Path], Awaitable[float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Until the bot is ready, what was cut off is ended, and the session of each of 25 traders is on record.

    The first of the starts opens the sessions, the others come back into them after a kill.
    """
    await start(tmp_path / "warm.db")
    empty_ledger = tmp_path / "empty.db"
    connect(empty_ledger).close()  # making the tables is no part of a start
    pairs = [(await start(empty_ledger), await start(three_years)) for _ in range(PAIRS)]
    empty, long = (median(side) for side in zip(*pairs, strict=True))
    more = median(long - empty for empty, long in pairs)
    with capsys.disabled():
        print(f"\nempty {empty:.2f} s, {DAYS} days {long:.2f} s: {more:+.2f} s  ({ALLOWED:+g})  over {PAIRS} pairs")  # noqa: T201
    assert more <= ALLOWED
