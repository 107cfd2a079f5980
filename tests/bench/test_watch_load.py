"""A hundred traders watched at once by the bot as it is run, and what that costs the machine.

Short by default; `BURNIN_BENCH_MINUTES=10` watches from minute 1 to minute 10, with windows as long as the default's.
"""

import asyncio
import json
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.sandbox import wallclock
from bot.sandbox.processes import SandboxProcess

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="processor and memory are read from /proc"),
]

TRADERS = 100
SHARE_ALLOWED = 0.6  # of one core
GROWTH_ALLOWED = 0.05  # of the memory at the beginning; samples that nobody let go would be more after 20 s already
ON_DISK_WITHIN = 2.0  # seconds
MINUTES = float(os.environ.get("BURNIN_BENCH_MINUTES", "0"))
WARM_UP, STRETCH = (60.0, 60.0 * (MINUTES - 1)) if MINUTES else (10.0, 20.0)  # seconds
SHORT_WINDOWS = {
    "scan_ticks": {"window": "5s"},
    "retries": {"token_refresh": {"window": "5s"}, "rate_limit": {"window": "5s"}},
}


@dataclass(frozen=True, slots=True)
class Look:
    """A running bot at one moment: seconds on the monotonic clock and on processors, bytes, and what it counted."""

    at: float
    processor: float
    memory: int
    sampled: float
    missed: float

    @classmethod
    async def at_bot(cls, pid: int, url: str) -> "Look":
        """Look at a bot."""
        counted = await _metrics(url)
        processor, memory = _used(pid)
        return cls(
            at=asyncio.get_running_loop().time(),
            processor=processor,
            memory=memory,
            sampled=_sum(counted, "burnin_samples_total"),
            missed=_sum(counted, "burnin_samples_missed_total"),
        )


def _used(pid: int) -> tuple[float, int]:
    """Return the seconds on processors and the bytes of memory that a process has used, as Linux tells them."""
    process = Path("/proc") / str(pid)
    ticks = process.joinpath("stat").read_text().rpartition(")")[2].split()[11:13]
    pages = process.joinpath("statm").read_text().split()[1]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), int(pages) * os.sysconf("SC_PAGE_SIZE")


async def _metrics(url: str) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return (await client.get(f"{url}/metrics")).text


def _sum(exposition: str, name: str) -> float:
    return sum(float(value) for value in re.findall(rf"^{name}\{{.*\}} (\S+)$", exposition, re.MULTILINE))


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[list[int]]:
    """The ports of the traders, which are in a process of their own."""
    words = ("-m", "tests.bench.cheap_traders", str(TRADERS))
    async with SandboxProcess(words, tmp_path / "traders.log").running() as traders:
        yield json.loads(await traders.first_line(20))


def _configuration(ledger: Path, ports: Sequence[int], port: int) -> dict[str, Any]:
    now = wallclock.now()
    session = {"date": now.date(), "open": now + timedelta(seconds=3), "close": now + timedelta(hours=1)}
    calendar = {"timezone": "UTC", "sessions": [session]}
    traders = [
        {"name": f"trader-{number:03}", "url": f"http://127.0.0.1:{at}", "calendar": calendar}
        for number, at in enumerate(ports)
    ]
    policy = {} if MINUTES else SHORT_WINDOWS
    bind = {"host": "127.0.0.1", "port": port}
    return {"ledger": f"sqlite:///{ledger}", "traders": traders, "http": bind, "policy": policy}


@asynccontextmanager
async def _running(configuration: Path, ledger: Path, url: str) -> AsyncIterator[int]:
    """Run the bot without Slack until warm: samples taken, every gate's self-test done; yield its process id."""
    words = ("-m", "bot", "run", "--no-slack", "--config", str(configuration))
    log = configuration.with_suffix(".log")
    with log.open("wb") as errors:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=asyncio.subprocess.DEVNULL, stderr=errors
        )
    try:
        async with asyncio.timeout(WARM_UP + 60):
            while not (await _has_sampled(url, WARM_UP) and _has_tested(ledger)):
                assert bot.returncode is None, log.read_text()
                await asyncio.sleep(0.5)
        yield bot.pid
    finally:
        if bot.returncode is None:
            bot.terminate()
        await asyncio.wait_for(bot.wait(), 30)


async def _has_sampled(url: str, samples: float) -> bool:
    """Tell whether a bot is up and has taken so many samples of each trader."""
    try:
        return _sum(await _metrics(url), "burnin_samples_total") >= samples * TRADERS
    except httpx.ConnectError:
        return False


def _has_tested(ledger: Path) -> bool:
    """Tell whether the self-test at the open, which is no part of watching, is over for every trader."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        (tested,) = connection.execute("SELECT count(*) FROM entries WHERE kind = 'self_tested'").fetchone()
        return bool(tested >= TRADERS)


def _stored(ledger: Path) -> dict[str, list[float]]:
    """The times of each trader's samples on disk, seconds since 1970."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        found: dict[str, list[float]] = {}
        for trader, at in connection.execute("SELECT trader, at_us FROM samples ORDER BY trader, at_us"):
            found.setdefault(trader, []).append(at / 1e6)
        return found


def _tell(capsys: pytest.CaptureFixture[str], before: Look, after: Look) -> None:
    seconds = after.at - before.at
    rows = (
        ("traders, seconds", f"{TRADERS}, {seconds:.1f}", ""),
        ("samples, missed", f"{after.sampled - before.sampled:.0f}, {after.missed:.0f}", "(0)"),
        ("share of one core", f"{_share(before, after):.1%}", f"({SHARE_ALLOWED:.0%})"),
        ("memory", f"{before.memory / 2**20:.1f} → {after.memory / 2**20:.1f} MiB", f"(+{GROWTH_ALLOWED:.0%})"),
    )
    with capsys.disabled():
        print("\n" + "\n".join(f"{name:<20}{value:>24}  {allowed}" for name, value, allowed in rows))  # noqa: T201


def _share(before: Look, after: Look) -> float:
    return (after.processor - before.processor) / (after.at - before.at)


@pytest.mark.timeout(WARM_UP + STRETCH + 120)
async def test_100_traders_take_at_most_60_percent_of_a_core(
    tmp_path: Path, ports: list[int], unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """At one sample a second each none is missed, all are on disk within 2 s, and memory does not grow."""
    configuration, ledger = tmp_path / "burnin.yaml", tmp_path / "burnin.db"
    url = f"http://127.0.0.1:{unused_tcp_port}"
    configuration.write_text(yaml.safe_dump(_configuration(ledger, ports, unused_tcp_port)), encoding="utf-8")
    async with _running(configuration, ledger, url) as pid:
        before = await Look.at_bot(pid, url)
        await asyncio.sleep(STRETCH)
        after = await Look.at_bot(pid, url)
        read_at, times = wallclock.unix(), _stored(ledger)
    _tell(capsys, before, after)
    assert after.missed == 0
    assert len(times) == TRADERS
    assert min(each[-1] for each in times.values()) >= read_at - ON_DISK_WITHIN - 1.0
    assert max(later - earlier for each in times.values() for earlier, later in pairwise(each)) < 2.0
    assert _share(before, after) <= SHARE_ALLOWED
    assert after.memory <= before.memory * (1 + GROWTH_ALLOWED)
