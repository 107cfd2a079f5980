"""Remembers for a while what Slack answered, so that a command costs no look-up it does not need."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.ports import Clock

T = TypeVar("T")

PATIENCE = 4.0  # seconds that somebody waits for an answer; asking goes on, so that the next finds it


class Lookup(Generic[T]):
    """A cached look-up by id. Many who ask for the same id at once cause one call; failures are not remembered.

    Args:
        clock: measures how old an answer is.
        seconds: how long an answer may be used.
        fetch: asks Slack.
    """

    def __init__(self, clock: Clock, seconds: float, fetch: Callable[[str], Awaitable[T]]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._fetch = fetch
        self._known: dict[str, tuple[float, asyncio.Future[T]]] = {}

    async def get(self, key: str) -> T:
        """Return what is known, or ask; raises whatever asking raises, and TimeoutError where Slack takes too long."""
        until, answer = self._known.get(key, (0.0, None))
        now = self._clock.monotonic()
        if answer is None or now >= until:
            answer = asyncio.ensure_future(self._fetch(key))
            self._known[key] = (now + self._seconds, answer)
            answer.add_done_callback(lambda done: self._forget_failed(key, done))
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(answer)

    def _forget_failed(self, key: str, done: "asyncio.Future[T]") -> None:
        failed = done.cancelled() or done.exception() is not None
        if failed and self._known.get(key, (0.0, None))[1] is done:
            del self._known[key]
