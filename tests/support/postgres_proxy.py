"""A wire between a ledger and its PostgreSQL that a test can cut at a chosen moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from urllib.parse import parse_qs, urlsplit

_PIECE = 65_536


class Cut(Enum):
    """When the wire is cut, of a statement that has the marker in it."""

    BEFORE = "it does not arrive"
    AFTER = "it arrives, and its answer is lost"
    UNANSWERED = "it arrives, and the wire is cut before there is an answer"


class PostgresProxy:
    """Passes everything on until a statement has the marker in it; then it cuts that connection, once."""

    def __init__(self, database: str) -> None:
        parts = urlsplit(database)
        self._name = parts.path
        self._socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._armed: tuple[Cut, bytes] | None = None
        self.url = ""
        self.cuts = 0

    def cut(self, when: Cut, marker: str) -> None:
        """Cut the wire at the next statement with the marker in it."""
        self._armed = (when, marker.encode())

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve at `url`, for as long as the context lasts."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{port}{self._name}"
        async with server:
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(self._socket)
        answers = asyncio.create_task(_pass(there_reader, writer))
        try:
            while piece := await reader.read(_PIECE):
                armed = self._armed
                cut = armed[0] if armed is not None and armed[1] in piece else None
                if cut is Cut.AFTER:
                    answers.cancel()
                    await asyncio.gather(answers, return_exceptions=True)
                if cut is not Cut.BEFORE:
                    there_writer.write(piece)
                    await there_writer.drain()
                if cut is Cut.AFTER:
                    await there_reader.read(1)
                if cut is not None:
                    self._armed = None
                    self.cuts += 1
                    break
        except ConnectionError:
            pass
        finally:
            answers.cancel()
            there_writer.close()
            writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        writer.close()
    except ConnectionError:
        writer.close()
