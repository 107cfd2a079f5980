"""A session's own time does not bend when the wall clock does."""

import asyncio
from datetime import timedelta

import pytest

from bot.services.timeline import Timeline
from tests.support.clock import ManualClock, settle
from tests.support.evidence import OPENS


async def test_a_step_of_the_wall_clock_is_not_seen() -> None:
    """Time goes on from the anchor at the monotonic clock's pace."""
    clock = ManualClock(OPENS)
    timeline = Timeline(clock)
    clock.step_wall(-3600.0)
    await clock.advance(10.0)
    assert timeline.now() == OPENS + timedelta(seconds=10)


async def test_sleeping_until_what_has_passed_returns_at_once() -> None:
    """Other tasks have their turn, and nothing else happens."""
    clock = ManualClock(OPENS)
    timeline = Timeline(clock)
    await timeline.sleep_until(OPENS - timedelta(hours=1))
    waiting = asyncio.create_task(timeline.sleep_until(OPENS + timedelta(seconds=2)))
    await settle()
    assert not waiting.done()
    await clock.advance(2.0)
    assert waiting.done()


async def test_a_bot_that_comes_back_goes_on_counting() -> None:
    """From where an earlier run anchored the session, whatever became of the wall clock while it was away."""
    clock = ManualClock(OPENS)
    recorded = Timeline(clock).anchor
    await clock.advance(30.0)
    clock.step_wall(-30.0)
    back = Timeline(clock, recorded)
    assert (back.now(), back.off, back.anchor) == (OPENS + timedelta(seconds=30), timedelta(seconds=-30), recorded)


@pytest.mark.parametrize("boot", ["boot-2", ""])
async def test_a_host_that_was_started_anew_counts_anew(boot: str) -> None:
    """Monotonic seconds of another run of the host, or of one that cannot be told from others, mean nothing."""
    clock = ManualClock(OPENS)
    recorded = Timeline(clock).anchor.model_copy(update={"boot": boot and "boot-1"})
    await clock.advance(30.0)
    clock.step_wall(-10.0)
    clock.run_of_host = boot
    assert Timeline(clock, recorded).now() == OPENS + timedelta(seconds=20)
