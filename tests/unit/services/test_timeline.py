"""A session's own time does not bend when the wall clock does."""

import asyncio
from datetime import timedelta

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
