"""Socket Mode: one-time tickets, up to ten WebSockets, each payload to one of them until it is acked; and faults."""

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from bot.sandbox.workspace.call import Call, Method
from bot.sandbox.workspace.delivery import ACK_SECONDS, Kind, Retry, UndeliveredError
from bot.sandbox.workspace.feed import Feed
from bot.sandbox.workspace.state import APP_ID, Json, SlackError

MOST_CONNECTIONS = 10
PING_SECONDS = 10.0
WARNED_SECONDS = 10.0  # Slack warns so long before it closes


@dataclass(slots=True)
class SocketFaults:
    """What goes wrong with sockets, to be changed while the workspace runs.

    Attributes:
        refuse: so many handshakes to come are refused; their tickets are used up.
        silent: nothing is sent, pings are not answered, and what arrives is not read; the sockets stay open.
        link_disabled: Socket Mode is switched off: connections are told so instead of a hello.
        drop: so many payloads to come are followed by a close, before their ack can be read.
        forget: so many acks to come are lost, with the connection that they came on.
        repeat: so many payloads to come are delivered twice, the second time on another connection if there is one.
        most: how many connections the app may have.
        lasts: seconds for which a connection lives, by its hello.
    """

    refuse: int = 0
    silent: bool = False
    link_disabled: bool = False
    drop: int = 0
    forget: int = 0
    repeat: int = 0
    most: int = MOST_CONNECTIONS
    lasts: int = 3600


@dataclass(eq=False, slots=True)
class _Connection:
    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport | None = None
    leaving: bool = False


class SocketDelivery:
    """Delivers payloads over the app's WebSockets, in turn where there are several.

    Attributes:
        faults: what goes wrong.
        opened: how many connections have said hello so far.
        at_once: the most connections that were open at the same time.
        delivered: how many payloads were sent so far; `last` is the last of them, with its kind.
    """

    def __init__(self, feed: Feed, ack_seconds: float = ACK_SECONDS) -> None:
        self.faults = SocketFaults()
        self.opened = 0
        self.at_once = 0
        self.delivered = 0
        self.last: tuple[Kind, Json] | None = None
        self._feed = feed
        self._ack_seconds = ack_seconds
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._awaited: dict[str, asyncio.Future[Json]] = {}

    @property
    def connected(self) -> int:
        """How many WebSockets take payloads."""
        return sum(not connection.leaving for connection in self._connections)

    @property
    def open(self) -> int:
        """How many WebSockets are open, those among them that were told to go."""
        return len(self._connections)

    def methods(self) -> dict[str, Method]:
        """The Web API method by which an app asks for a WebSocket."""
        return {"apps.connections.open": Method(self._open, takes="app")}

    def routes(self) -> list[web.RouteDef]:
        """The WebSocket's route."""
        return [web.get("/link", self._link), web.get("/link/", self._link)]

    async def deliver(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Json:
        """Send an envelope to one connection and wait for its ack; see `Delivery`."""
        connection = self._next()
        self.last, self.delivered = (kind, payload), self.delivered + 1
        self._feed.touch()
        envelope_id = secrets.token_hex(16)
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope["retry_attempt"] = retry.attempt if retry else 0
            envelope["retry_reason"] = retry.reason if retry else ""
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._awaited[envelope_id] = answer
        try:
            async with asyncio.timeout(self._ack_seconds):
                await self._send(connection, envelope)
                return await answer
        except (TimeoutError, ConnectionError):
            raise UndeliveredError("operation_timeout") from None
        finally:
            del self._awaited[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested", *, seconds: float | None = None) -> None:
        """Tell every connection to go, as Slack does about once an hour, and close it.

        Args:
            reason: Slack's word: `warning`, `refresh_requested`, `link_disabled` or `too_many_websockets`.
            seconds: how long after it the connections are closed; None for Slack's own time, 10 s for a warning.
        """
        leaving = list(self._connections)
        for connection in leaving:
            connection.leaving = True
            with suppress(ConnectionError):  # it may be gone already
                await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": self._debug()})
        if seconds is None:
            seconds = WARNED_SECONDS if reason == "warning" else 0.0
        await asyncio.sleep(seconds)
        for connection in leaving:
            await connection.socket.close()

    async def close(self) -> None:
        """Close every connection without a disconnect frame."""
        for connection in list(self._connections):
            connection.leaving = True
            await connection.socket.close()

    def _open(self, call: Call) -> Json:
        if self.connected >= self.faults.most:
            raise SlackError("too_many_websockets")
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        address = call.desk.base_url.replace("http://", "ws://", 1)
        return {"url": f"{address}/link?ticket={ticket}&app_id={APP_ID}"}

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or self.connected >= self.faults.most:
            return web.Response(status=403, text="This ticket is not valid: ask apps.connections.open again.")
        self._tickets.discard(ticket)
        if self.faults.refuse > 0:
            self.faults.refuse -= 1
            return web.Response(status=503, text="The handshake is refused; ask apps.connections.open again.")
        socket = web.WebSocketResponse(autoping=False, timeout=1.0)
        await socket.prepare(request)
        connection = _Connection(socket, request.transport)
        self._connections.append(connection)
        pinging = asyncio.create_task(self._ping(socket))
        try:
            with suppress(ConnectionError):
                await self._converse(connection)
        finally:
            pinging.cancel()
            self._connections.remove(connection)
            self._feed.touch()
        return socket

    async def _converse(self, connection: _Connection) -> None:
        if self.faults.link_disabled:
            gone = {"type": "disconnect", "reason": "link_disabled", "debug_info": self._debug()}
            await connection.socket.send_json(gone)
            await connection.socket.close()
            return
        await self._greet(connection.socket)
        async for frame in connection.socket:
            if self.faults.silent:
                continue
            if frame.type is WSMsgType.PING:
                await connection.socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._acknowledge(frame.data, connection)

    async def _greet(self, socket: web.WebSocketResponse) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": self._debug(),
            "connection_info": {"app_id": APP_ID},
        }
        await socket.send_json(hello)
        self.opened += 1
        self.at_once = max(self.at_once, len(self._connections))
        self._feed.touch()

    async def _ping(self, socket: web.WebSocketResponse) -> None:
        with suppress(ConnectionError):
            while not socket.closed:
                await asyncio.sleep(PING_SECONDS)
                if not self.faults.silent:
                    await socket.ping(b"Ping from sandbox")

    async def _send(self, connection: _Connection, envelope: Json) -> None:
        if self.faults.silent:
            return
        await connection.socket.send_json(envelope)
        if self.faults.repeat > 0:
            self.faults.repeat -= 1
            await self._next().socket.send_json(envelope)
        if self.faults.drop > 0:
            self.faults.drop -= 1
            connection.leaving = True
            await connection.socket.close()

    def _acknowledge(self, text: str, connection: _Connection) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        if self.faults.forget > 0 and connection.transport is not None:
            self.faults.forget -= 1
            connection.leaving = True
            connection.transport.close()
            return
        answer = self._awaited.get(frame.get("envelope_id", "")) if isinstance(frame, dict) else None
        if answer is not None and not answer.done():
            answer.set_result(frame.get("payload") or {})

    def _next(self) -> _Connection:
        """Return whose turn it is; one that was told to go takes payloads as long as there is no other."""
        living = [connection for connection in self._connections if not connection.socket.closed]
        ready = [connection for connection in living if not connection.leaving] or living
        if not ready:
            raise UndeliveredError("dispatch_failed")
        self._connections.remove(ready[0])
        self._connections.append(ready[0])
        return ready[0]

    def _debug(self) -> Json:
        return {
            "host": "applink-sandbox",
            "build_number": 1,
            "approximate_connection_time": self.faults.lasts,
        }
