"""Tells whoever watches the workspace what has changed: the page, the transcript, a test that waits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox.workspace.state import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened: a frame of the page contract, and whom it is for.

    `frame` holds `type` and the payload; `channel` limits it to that channel's members, `user` to one person.
    """

    frame: Json
    channel: str | None = None
    user: str | None = None

    @property
    def type(self) -> str:
        """What kind of frame this is: `message`, `ephemeral`, `view_opened` …."""
        return str(self.frame["type"])


class Feed:
    """Publishes changes to any number of subscribers and wakes those who wait for a condition."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Change | None]] = set()
        self._moved = asyncio.Event()
        self._closed = False

    def publish(self, kind: str, *, channel: str | None = None, user: str | None = None, **payload: Any) -> None:
        """Tell every subscriber about a change."""
        change = Change({"type": kind, **payload}, channel, user)
        for queue in self._queues:
            queue.put_nowait(change)
        self.touch()

    def touch(self) -> None:
        """Wake those who wait, without a change that anybody is shown."""
        self._moved.set()
        self._moved = asyncio.Event()

    @contextmanager
    def listening(self) -> Iterator[AsyncIterator[Change]]:
        """Changes from now on, for as long as the block lasts."""
        queue = self._register()
        try:
            yield _drain(queue)
        finally:
            self._queues.discard(queue)

    def subscribe(self) -> AsyncIterator[Change]:
        """Changes from now on, until the workspace stops."""
        return _drain(self._register())

    def close(self) -> None:
        """End every subscription, and those still to come."""
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(None)

    def _register(self) -> asyncio.Queue[Change | None]:
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._queues.add(queue)
        if self._closed:
            queue.put_nowait(None)
        return queue

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """Return the first truthy value of `predicate`, asked again after every change.

        Raises:
            TimeoutError: when `seconds` have passed.
        """
        async with asyncio.timeout(seconds):
            while not (value := predicate()):
                await self._moved.wait()
        return value


async def _drain(queue: asyncio.Queue[Change | None]) -> AsyncIterator[Change]:
    while (change := await queue.get()) is not None:
        yield change
