"""Work that goes on after the ack: kept track of, limited where it is slow, and drained at the end."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import nullcontext
from enum import StrEnum
from typing import Any

log = logging.getLogger(__name__)


_FLATTENS_WITHIN = 10.0  # seconds; a drill that is cut off flattens before it ends


class Lane(StrEnum):
    """How work queues: what reduces risk never does."""

    URGENT = "urgent"
    QUICK = "quick"
    SLOW = "slow"


class Work:
    """A register of running work. `most` is how many pieces of each lane but the urgent one run at once."""

    def __init__(self, *, quick: int = 8, slow: int = 4) -> None:
        self._lanes = {Lane.QUICK: asyncio.Semaphore(quick), Lane.SLOW: asyncio.Semaphore(slow)}
        self._running: set[asyncio.Task[None]] = set()

    def start(self, job: Coroutine[Any, Any, None], lane: Lane) -> None:
        """Begin a piece of work as soon as its lane has room."""
        task = asyncio.create_task(self._run(job, lane))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, seconds: float) -> None:
        """Let running work end; what has not ended after so many seconds is cut off, and said so."""
        if not self._running:
            return
        _, left = await asyncio.wait(self._running, timeout=seconds)
        for task in left:
            task.cancel()
        if left:
            log.warning("%d commands from Slack were cut off at the end; the next start deals with them", len(left))
            await asyncio.wait(left, timeout=_FLATTENS_WITHIN)

    async def _run(self, job: Coroutine[Any, Any, None], lane: Lane) -> None:
        try:
            async with self._lanes.get(lane) or nullcontext():
                await job
        except Exception:  # the listener's edge: nobody awaits this task
            log.exception("work for Slack broke off")
        finally:
            job.close()
