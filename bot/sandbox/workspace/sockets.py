"""Socket Mode: one-time tickets, up to ten WebSockets, and each payload to one of them until it is acked."""

import asyncio
import json
import secrets
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from bot.sandbox.workspace.call import Call, Method
from bot.sandbox.workspace.delivery import ACK_SECONDS, Kind, Retry, UndeliveredError
from bot.sandbox.workspace.feed import Feed
from bot.sandbox.workspace.state import APP_ID, Json, SlackError

MOST_CONNECTIONS = 10
PING_SECONDS = 10.0


@dataclass(eq=False, slots=True)
class _Connection:
    socket: web.WebSocketResponse
    leaving: bool = False


class SocketDelivery:
    """Delivers payloads over the app's WebSockets, in turn where there are several."""

    def __init__(self, feed: Feed, ack_seconds: float = ACK_SECONDS) -> None:
        self._feed = feed
        self._ack_seconds = ack_seconds
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._awaited: dict[str, asyncio.Future[Json]] = {}

    @property
    def connected(self) -> int:
        """How many WebSockets take payloads."""
        return sum(not connection.leaving for connection in self._connections)

    def methods(self) -> dict[str, Method]:
        """The Web API method by which an app asks for a WebSocket."""
        return {"apps.connections.open": Method(self._open, takes="app")}

    def routes(self) -> list[web.RouteDef]:
        """The WebSocket's route."""
        return [web.get("/link", self._link), web.get("/link/", self._link)]

    async def deliver(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Json:
        """Send an envelope to one connection and wait for its ack; see `Delivery`."""
        connection = self._next()
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
                await connection.socket.send_json(envelope)
                return await answer
        except (TimeoutError, ConnectionError):
            raise UndeliveredError("operation_timeout") from None
        finally:
            del self._awaited[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection to go, as Slack does about once an hour, and close it."""
        for connection in list(self._connections):
            connection.leaving = True
            await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": _DEBUG})
            await connection.socket.close()

    async def close(self) -> None:
        """Close every connection without a disconnect frame."""
        for connection in list(self._connections):
            connection.leaving = True
            await connection.socket.close()

    def _open(self, call: Call) -> Json:
        if self.connected >= MOST_CONNECTIONS:
            raise SlackError("too_many_websockets")
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        address = call.desk.base_url.replace("http://", "ws://", 1)
        return {"url": f"{address}/link?ticket={ticket}&app_id={APP_ID}"}

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or self.connected >= MOST_CONNECTIONS:
            return web.Response(status=403, text="This ticket is not valid: ask apps.connections.open again.")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS)
        await socket.prepare(request)
        connection = _Connection(socket)
        self._connections.append(connection)
        try:
            await self._converse(socket)
        finally:
            self._connections.remove(connection)
            self._feed.touch()
        return socket

    async def _converse(self, socket: web.WebSocketResponse) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": _DEBUG,
            "connection_info": {"app_id": APP_ID},
        }
        await socket.send_json(hello)
        self._feed.touch()
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                self._acknowledge(frame.data)

    def _acknowledge(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        answer = self._awaited.get(frame.get("envelope_id", "")) if isinstance(frame, dict) else None
        if answer is not None and not answer.done():
            answer.set_result(frame.get("payload") or {})

    def _next(self) -> _Connection:
        ready = [c for c in self._connections if not c.leaving and not c.socket.closed]
        if not ready:
            raise UndeliveredError("dispatch_failed")
        self._connections.remove(ready[0])
        self._connections.append(ready[0])
        return ready[0]


_DEBUG = {"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 3600}
