"""A ledger on a disk that is full for a while: said in words, and everything is written once there is room again."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import LedgerBroken
from bot.factory import open_ledger
from bot.settings import load_settings
from tests.support.eventually import eventually
from tests.support.terminal_bot import TerminalBot, until
from tests.support.ticking_trader import ticking_trader

pytestmark = pytest.mark.timeout(120)

TRADER = "orb"
POLICY = {
    "scan_ticks": {"window": "10s"},
    "retries": {"token_refresh": {"window": "10s"}, "rate_limit": {"window": "10s"}},
    "excluded": dict.fromkeys(("flatten", "reconcile", "alerts"), "another test's"),
}
WATCHED = ("leader", "heartbeat.marketdata", "heartbeat.order_stream", "heartbeat.scan", "scan_ticks")
FULL = "the disk is full; make room"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four MiB. Who may not mount one here, root by `sudo` included, cannot run the test."""
    disk = tmp_path / "disk"
    disk.mkdir()
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and shutil.which("sudo") is None:
        pytest.skip("mounting a small file system takes root, and there is no sudo")
    options = f"size=4m,uid={os.geteuid()},gid={os.getegid()}"
    words = [*as_root, "mount", "-t", "tmpfs", "-o", options, "tmpfs", disk]
    mounted = subprocess.run(words, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run([*as_root, "umount", "--lazy", disk], check=True)


async def test_what_a_full_disk_keeps_waiting_is_written_later(tmp_path: Path, small_disk: Path) -> None:
    """Samples wait in memory, commands and reminders say why they are not recorded; then all of it is there."""
    async with ticking_trader() as trader:
        bot = TerminalBot(tmp_path, [{"name": TRADER, "url": trader.url}], POLICY, opens_in=8, seconds=24)
        _keep_ledger_on(small_disk, bot.configuration)
        async with bot:
            await eventually(lambda: "Day 1 of 3" in bot.said)
            await until(bot.opens + timedelta(seconds=3))
            before = await _samples(bot)
            filler = _fill(small_disk)
            exit_code, answer = await _check(bot)
            await until(bot.opens + timedelta(seconds=15))  # half of the session is over, and nobody has drilled
            log = (tmp_path / "bot.log").read_text("utf-8")
            assert await _samples(bot) <= before + 2
            filler.unlink()
            await until(bot.closes + timedelta(seconds=1))
            day = await bot.ask("close", "--trader", TRADER)
            whole = (await bot.ask("verify"))["whole"]
    assert exit_code == 5
    assert "Nothing was run, because it could not be recorded" in answer
    assert FULL in answer
    assert f"samples of {TRADER} wait in memory" in log
    assert "is not queued yet" in log
    assert FULL in log
    found = {criterion["id"]: criterion for criterion in day["criteria"]}
    assert {name: found[name]["verdict"] for name in WATCHED} == dict.fromkeys(WATCHED, "PASS")
    assert found["leader"]["evidence"]["sources"]["bot"] >= 24
    assert bot.said.count("No drill yet") == 1
    assert whole


def _keep_ledger_on(disk: Path, configuration: Path) -> None:
    content = json.loads(configuration.read_text("utf-8"))
    configuration.write_text(json.dumps({**content, "ledger": f"sqlite:///{disk}/burnin.db"}), encoding="utf-8")


def _fill(disk: Path) -> Path:
    """Write a file until nothing goes in any more, and return it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return filler


async def _samples(bot: TerminalBot) -> int:
    ledger = await open_ledger(load_settings(bot.configuration, {}).ledger)
    try:
        return len(await ledger.samples(TRADER, bot.opens.date()))
    except LedgerBroken:
        return 0
    finally:
        await ledger.close()


async def _check(bot: TerminalBot) -> tuple[int | None, str]:
    """Run `burnin check` beside the bot; return its exit code and what it said."""
    words = ("-m", "bot", "--config", str(bot.configuration), "check", "--trader", TRADER)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()
