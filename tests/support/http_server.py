"""A loopback HTTP server whose answers are written byte by byte, because the odd ones matter most."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Reply = bytes | Callable[["Received"], bytes | Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class HttpServer:
    """A running server: where it is, how it answers, and what it was asked."""

    url: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await _read_request(reader)
            self.received.append(request)
            reply = self.replies.get(request.path.split("?", 1)[0], answer("gone", status=404))
            if callable(reply):
                made = reply(request)
                reply = made if isinstance(made, bytes) else await made
            writer.write(reply)
            await writer.drain()
        writer.close()


def answer(body: str | bytes, *, content_type: str = "text/plain", status: int = 200, headers: str = "") -> bytes:
    """Return a well-formed HTTP answer as bytes."""
    content = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status} x\r\nContent-Type: {content_type}\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    return head.encode() + content


def answer_json(body: object, *, status: int = 200) -> bytes:
    """Return a JSON answer."""
    return answer(json.dumps(body), content_type="application/json", status=status)


@asynccontextmanager
async def http_server(**replies: Reply) -> AsyncIterator[HttpServer]:
    """Serve replies by path (set more in `.replies`) until the block ends."""
    running = HttpServer(replies={f"/{path}": reply for path, reply in replies.items()})
    server = await asyncio.start_server(running._serve, "127.0.0.1", 0)
    running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield running
    finally:
        server.close()
        await server.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, path, headers, body)
