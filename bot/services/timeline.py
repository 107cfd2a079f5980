"""A session's own time: wall-clock instants counted on the monotonic clock, so that a clock step bends nothing."""

from datetime import datetime, timedelta

from bot.ports import Clock


class Timeline:
    """Anchors the wall clock once, and counts from there on the monotonic clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor = clock.now()
        self._began = clock.monotonic()

    def now(self) -> datetime:
        """Return the instant it is on this timeline."""
        return self._anchor + timedelta(seconds=self._clock.monotonic() - self._began)

    @property
    def off(self) -> timedelta:
        """How far the wall clock has been moved since it was anchored; forward is positive."""
        return self._clock.now() - self.now()

    async def sleep_until(self, at: datetime) -> None:
        """Wait until an instant; one that has passed only gives other tasks their turn."""
        await self._clock.sleep((at - self.now()).total_seconds())
