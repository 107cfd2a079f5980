"""A wire between a bot and what it talks to, which a test may listen to and cut."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from bot.adapters.clock import SystemClock

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Ends]]

CLOCK = SystemClock()
_MOST = 65_536  # bytes at once


class Wire:
    """Passes on what comes to a port of its own, between `__aenter__` and `__aexit__`.

    Args:
        connect: opens the other end.
        marks: what to listen for in what the bot sends.
        host: what the other end is called, where it wants to be asked by its own name (HTTP).

    Attributes:
        port: where the bot connects to.
        heard: when which mark went by.
    """

    def __init__(self, connect: Connect, marks: tuple[bytes, ...] = (), host: str = "") -> None:
        self._connect = connect
        self._marks = marks
        self._host = host.encode()
        self._whole = asyncio.Event()
        self._whole.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.heard: list[tuple[datetime, bytes]] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Pass nothing on any more: neither side is told, as with a network that swallows everything."""
        self._whole.clear()

    def mend(self) -> None:
        """Pass everything on again, also what was sent meanwhile."""
        self._whole.set()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await self._whole.wait()
        with suppress(OSError, asyncio.CancelledError):  # a wire has nobody to tell
            there_reader, there_writer = await self._connect()
            ways = (self._pass_on(reader, there_writer, listen=True), self._pass_on(there_reader, writer))
            await asyncio.gather(*ways, return_exceptions=True)
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listen: bool = False) -> None:
        try:
            while chunk := await reader.read(_MOST):
                if listen:
                    self.heard += [(CLOCK.now(), mark) for mark in self._marks if mark in chunk]
                await self._whole.wait()
                writer.write(self._renamed(chunk) if listen else chunk)
                await writer.drain()
        finally:
            writer.close()

    def _renamed(self, chunk: bytes) -> bytes:
        own = f"127.0.0.1:{self.port}".encode()
        return chunk.replace(b"Host: " + own, b"Host: " + self._host) if self._host else chunk
