"""Keeps to Slack's limits, so that it need not refuse: a post a second in each channel, fifty edits a minute in all."""

import asyncio
from collections import defaultdict

from bot.ports import Clock

POST_EVERY = 1.0  # seconds between two posts in a channel
# 20 at once, then one in 2 s: never more than the 50 in a minute that Slack grants.
EDITS_AT_ONCE = 20
EDIT_EVERY = 2.0


class Pace:
    """Gives turns, in the order in which they were asked for.

    Args:
        clock: tells how long ago the last turn was.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._not_before: defaultdict[str, float] = defaultdict(lambda: float("-inf"))
        self._editing = asyncio.Lock()
        self._no_edit_before = self._edits_used_up = float("-inf")

    async def post(self, channel: str) -> None:
        """Wait until something may be posted in a channel."""
        async with self._turns[channel]:
            while (wait := self._not_before[channel] - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait)
            self._not_before[channel] = self._clock.monotonic() + POST_EVERY

    async def edit(self) -> None:
        """Wait until something may be edited, in whatever channel."""
        async with self._editing:
            while (wait := self._edit_due() - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait)
            self._edits_used_up = max(self._edits_used_up, self._clock.monotonic()) + EDIT_EVERY

    def hold_posts(self, channel: str, seconds: float) -> None:
        """Post nothing in a channel for so long: Slack said so."""
        self._not_before[channel] = max(self._not_before[channel], self._clock.monotonic() + seconds)

    def hold_edits(self, seconds: float) -> None:
        """Edit nothing for so long: Slack said so."""
        self._no_edit_before = max(self._no_edit_before, self._clock.monotonic() + seconds)

    def _edit_due(self) -> float:
        return max(self._no_edit_before, self._edits_used_up - (EDITS_AT_ONCE - 1) * EDIT_EVERY)
