"""A session's own time: wall-clock instants counted on the monotonic clock, so that a clock step bends nothing."""

from datetime import datetime, timedelta

from bot.domain.session import Anchor
from bot.ports import Clock


class Timeline:
    """Anchors the wall clock once, and counts from there on the monotonic clock.

    Args:
        clock: the host's.
        recorded: where an earlier run of the bot anchored the same session. It holds as long as the host has not been
            started anew: a wall clock that was moved while the bot was away bends nothing either.
    """

    def __init__(self, clock: Clock, recorded: Anchor | None = None) -> None:
        self._clock = clock
        boot = clock.boot()
        holds = recorded is not None and boot != "" and recorded.boot == boot
        self.anchor = recorded if recorded and holds else Anchor(boot=boot, at=clock.now(), monotonic=clock.monotonic())

    def now(self) -> datetime:
        """Return the instant it is on this timeline."""
        return self.anchor.at + timedelta(seconds=self._clock.monotonic() - self.anchor.monotonic)

    @property
    def off(self) -> timedelta:
        """How far the wall clock has been moved since it was anchored; forward is positive."""
        return self._clock.now() - self.now()

    async def sleep_until(self, at: datetime) -> None:
        """Wait until an instant; one that has passed only gives other tasks their turn."""
        await self._clock.sleep((at - self.now()).total_seconds())
