"""The system clock and the test's own."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters import clock
from bot.adapters.clock import SystemClock
from tests.support.clock import ManualClock

START = datetime(2026, 11, 23, 3, 45, tzinfo=UTC)


def test_now_is_aware_and_in_utc() -> None:
    """The wall clock is told in UTC."""
    assert SystemClock().now().utcoffset() == timedelta(0)


async def test_sleep_lasts_as_long_as_asked() -> None:
    """A sleep of 20 ms takes at least that on the monotonic clock; a negative one returns at once."""
    clock = SystemClock()
    began = clock.monotonic()
    await clock.sleep(0.02)
    await clock.sleep(-1)
    assert clock.monotonic() - began >= 0.02


async def test_manual_clock_wakes_sleepers_at_their_own_instants() -> None:
    """Advancing wakes each sleeper in order, with the clock at the moment it asked for, also in a loop."""
    clock, woken = ManualClock(START), []

    async def every(seconds: float) -> None:
        while True:
            await clock.sleep(seconds)
            woken.append((seconds, (clock.now() - START).total_seconds()))

    tasks = [asyncio.create_task(every(2)), asyncio.create_task(every(3))]
    await clock.advance(5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert woken == [(2, 2.0), (3, 3.0), (2, 4.0)]
    assert clock.now() == START + timedelta(seconds=5)
    assert clock.sleepers == 0


async def test_manual_clock_steps_the_wall_alone() -> None:
    """A wall-clock step leaves durations as they are."""
    clock = ManualClock(START)
    before = clock.monotonic()
    clock.step_wall(-3600)
    assert clock.now() == START - timedelta(hours=1)
    assert clock.monotonic() == before


def test_a_run_of_the_host_is_told_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the kernel calls it; where it has no name for it, nothing is told."""
    assert SystemClock().boot() == SystemClock().boot()
    named = tmp_path / "boot_id"
    monkeypatch.setattr(clock, "_BOOT_ID", named)
    assert SystemClock().boot() == ""
    named.write_text("4c1a\n")
    assert SystemClock().boot() == "4c1a"
