"""A clock that a test moves by hand, so that hours of a session pass at once and nothing waits for luck."""

import asyncio
import heapq
from datetime import datetime, timedelta
from itertools import count


class ManualClock:
    """A clock that stands still until it is advanced.

    Args:
        start: the first instant, aware.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 1000.0
        self.run_of_host = "boot-1"
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    def now(self) -> datetime:
        """Return the wall-clock time."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds of this clock."""
        return self._monotonic

    def boot(self) -> str:
        """Return which run of the host it is; a test may start another."""
        return self.run_of_host

    async def sleep(self, seconds: float) -> None:
        """Park until the clock has been advanced that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.Event()
        sleeper = (self._monotonic + seconds, next(self._order), woken)
        heapq.heappush(self._sleepers, sleeper)
        try:
            await woken.wait()
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)
                heapq.heapify(self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Let time pass; every sleeper wakes at its own instant, earliest first, and runs before the next."""
        until = self._monotonic + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, woken = heapq.heappop(self._sleepers)
            self._move_to(due)
            woken.set()
            await self._settle()
        self._move_to(until)

    def step_wall(self, seconds: float) -> None:
        """Step the wall clock alone, as a correction of the host's time does."""
        self._now += timedelta(seconds=seconds)

    @property
    def sleepers(self) -> int:
        """How many tasks are parked."""
        return len(self._sleepers)

    async def _settle(self) -> None:
        await settle()

    def _move_to(self, monotonic: float) -> None:
        if monotonic > self._monotonic:
            self._now += timedelta(seconds=monotonic - self._monotonic)
            self._monotonic = monotonic


class ThreadlessClock(ManualClock):
    """A manual clock for a room in which no thread and no socket is at work: it goes on once no task is ready."""

    async def _settle(self) -> None:
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        while ready:  # noqa: ASYNC110 - no event tells that nothing is ready
            await asyncio.sleep(0)


async def settle(turns: int = 20) -> None:
    """Give every ready task its turn, as often as a chain of awaits may need it."""
    for _ in range(turns):
        await asyncio.sleep(0)
