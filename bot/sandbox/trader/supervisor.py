"""The paper trader's background tasks, by name, so that `/debug/supervisor/status` can tell how they are."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger(__name__)


class Supervisor:
    """Starts tasks under a name, keeps their last state, and ends them all when it is closed."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in the background; a failure is logged and shows in the states."""
        task = asyncio.create_task(work, name=name)
        self._tasks[name] = task
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def stop(self, name: str) -> None:
        """Cancel the task of that name, if it runs, and wait until it has ended."""
        if name in self._tasks:
            await _end(self._tasks.pop(name))

    async def close(self) -> None:
        """Cancel every task and wait until all have ended."""
        for task in list(self._running):
            await _end(task)

    def states(self) -> dict[str, str]:
        """Return the state of each task: running, done, cancelled or failed."""
        return {name: _state(task) for name, task in self._tasks.items()}

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("task %s failed: %s", task.get_name(), error)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):  # a failure was logged when it happened
        await task


def _state(task: asyncio.Task[None]) -> str:
    if not task.done():
        return "running"
    if task.cancelled():
        return "cancelled"
    return "failed" if task.exception() else "done"
