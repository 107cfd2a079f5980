"""The timer of the reminders, on a real scheduler."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from bot.adapters.timer import running_timer


async def test_a_job_planned_again_while_it_runs_is_called_again(caplog: pytest.LogCaptureFixture) -> None:
    """The close is planned anew in the moment it is due; nothing is skipped, and nothing is complained about."""
    begun, go_on, calls = asyncio.Event(), asyncio.Event(), []
    past = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

    async def remind() -> None:
        calls.append(1)
        begun.set()
        await go_on.wait()

    with caplog.at_level(logging.WARNING):
        async with asyncio.timeout(10), running_timer() as timer:
            timer.at(past, "close_due", remind)
            await begun.wait()
            begun.clear()
            timer.at(past, "close_due", remind)
            await begun.wait()
            go_on.set()
    assert (len(calls), caplog.records) == (2, [])
