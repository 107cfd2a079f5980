"""`burnin sandbox` as somebody types it: its exit code, its last words, and what is left when it ends."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.keeper import left_behind
from bot.sandbox.timetable import FAULTS
from tests.support.eventually import eventually

pytestmark = pytest.mark.timeout(180)

SECONDS_TO_CLEARED = 90


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for the sandboxes' own; not pytest's, which is closed to the user that PostgreSQL runs as under root."""
    with tempfile.TemporaryDirectory(prefix="burnin-test-") as folder:
        yield Path(folder)


@asynccontextmanager
async def sandbox(folder: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`burnin sandbox` with these words; it keeps its files below the folder."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(folder: Path, *words: str) -> tuple[int | None, str]:
    """Run it to its end and return its exit code and all it said."""
    async with sandbox(folder, *words) as process:
        printed, _ = await process.communicate()
        return process.returncode, printed.decode()


async def said(process: asyncio.subprocess.Process, words: str) -> None:
    """Read on until a line holds these words."""
    assert process.stdout is not None
    async for line in process.stdout:
        if words in line.decode():
            return
    raise AssertionError(f"it ended without saying {words!r}")


def own_folders(folder: Path) -> list[Path]:
    """The folders that sandboxes made for themselves."""
    return list(folder.glob("burnin-sandbox-*"))


async def test_once_ends_cleared_in_time(place: Path) -> None:
    """Three days pass in at most 90 seconds, the last words say CLEARED, exit 0, and no file is left."""
    began = time.monotonic()
    code, printed = await ended(place, "--once")
    assert code == 0, printed
    assert time.monotonic() - began < SECONDS_TO_CLEARED
    *_, cleared, gate, chain = printed.strip().split("\n")
    assert cleared == "CLEARED for canary LIVE: 3 of 3 days."
    assert gate.startswith("The gate's exit code is 0: ")
    assert chain.startswith("The ledger's chain of ")
    assert not own_folders(place)


@pytest.mark.parametrize("fault", ["nonsense@2", "leader-flap@9", "leader-flap"])
async def test_a_fault_that_does_not_exist_is_refused(place: Path, fault: str) -> None:
    """Exit 2 before anything is started, in one line that lists the faults or the days."""
    code, printed = await ended(place, "--once", "--fault", fault)
    assert code == 2
    assert printed.startswith(f"burnin: --fault {fault}: ")
    assert printed.count("\n") == 1
    assert all(name in printed for name in FAULTS) if fault.startswith("nonsense") else "1 to 3" in printed


async def test_a_port_that_is_taken_is_told_in_one_sentence(place: Path) -> None:
    """Exit 2 at once, with the port and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, printed = await ended(place, "--port", str(port))
    assert code == 2
    assert f"cannot be served on port {port} (Address already in use)" in printed
    assert "--port" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
async def test_nothing_outlives_the_sandbox(place: Path, sign: signal.Signals, code: int) -> None:
    """However it is ended, its trader, its bot and its PostgreSQL end too, and its files go; an asked end is quiet."""
    async with sandbox(place, "--port", "0") as process:
        await said(process, "Day 1 of 3")
        [own] = own_folders(place)
        started = left_behind(own)
        assert len(started) == 3
        process.send_signal(sign)
        printed, _ = await process.communicate()
        assert process.returncode == code
        assert b"Traceback" not in printed
        await eventually(lambda: not own.exists())
    await eventually(lambda: not [pid for pid in started if is_running(pid)])


def is_running(pid: int) -> bool:
    """Whether a process still runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
