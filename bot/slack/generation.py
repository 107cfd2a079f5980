"""One WebSocket of Socket Mode, from Slack's hello to its end: payloads in, receipts out, and each receipt proven."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from aiohttp import ClientError, ClientWebSocketResponse, ServerTimeoutError, WSMsgType

from bot.slack.socket_trouble import LinkRefused

log = logging.getLogger(__name__)

Json = dict[str, Any]

DROPPED, SILENT, OLD = "dropped", "silent", "nearing its end"
END_MARGIN = 60.0  # seconds before its announced end at which a connection is replaced
_ANSWER_SECONDS = 4.0  # Bolt gives a listener three
_PROOF_SECONDS = 10.0  # a socket that has not answered a ping by then, and still is no silent one, never will
_READER_SECONDS = 1.0
_LASTS_AT_LEAST = 30.0
_LASTS = 3600.0  # where Slack does not say


@dataclass(frozen=True, slots=True)
class Handlers:
    """What becomes of what arrives.

    Attributes:
        answer: takes an envelope and returns the receipt to send; None where there is none.
        heard: called at each frame.
        unacked: called with a payload whose receipt may not have reached Slack.
    """

    answer: Callable[[Json], Awaitable[Json | None]]
    heard: Callable[[], None]
    unacked: Callable[[Json], None]


class Generation:
    """One connection. It reads from its making to its end, also while the next one takes its place.

    Args:
        socket: freshly connected, with `autoping` off and a heartbeat, which finds a socket that has gone silent.
        handlers: what becomes of what arrives.
    """

    def __init__(self, socket: ClientWebSocketResponse, handlers: Handlers) -> None:
        loop = asyncio.get_running_loop()
        self._socket = socket
        self._handlers = handlers
        self._born = loop.time()
        self._lasts = _LASTS
        self._hello: asyncio.Future[int] = loop.create_future()
        self._leaving: asyncio.Future[str] = loop.create_future()
        self._numbers = count(1)
        self._proofs: dict[bytes, asyncio.Future[bool]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._reading = asyncio.create_task(self._read())

    async def greeted(self) -> int:
        """Wait for Slack's hello; return how many connections of the app Slack counts, this one among them.

        Raises:
            LinkRefused: it ended, or was told to go, before that.
        """
        either: set[asyncio.Future[Any]] = {self._hello, self._leaving}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not self._hello.done():
            raise LinkRefused(self._leaving.result())
        return self._hello.result()

    async def until_due(self) -> str:
        """Wait until another connection must take its place, and return why."""
        try:
            async with asyncio.timeout(self._lasts):
                return await asyncio.shield(self._leaving)
        except TimeoutError:
            return OLD

    async def ended(self, within: float) -> None:
        """Wait until Slack has closed it, so many seconds at most."""
        await asyncio.wait({self._reading}, timeout=within)

    async def close(self) -> None:
        """Let receipts under way go out, then end it. Takes some seconds at most, and leaves no task behind."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_ANSWER_SECONDS)
        try:
            await self._socket.close()
        finally:
            await asyncio.wait({self._reading}, timeout=_READER_SECONDS)
            left = {self._reading, *self._under_way}
            for task in left:
                task.cancel()
            await asyncio.wait(left)

    @property
    def age(self) -> float:
        """Seconds since it was connected."""
        return asyncio.get_running_loop().time() - self._born

    async def _read(self) -> None:
        why = DROPPED
        try:
            why = await self._read_frames()
        except (ClientError, OSError) as error:
            log.debug("a connection to Slack broke: %s", type(error).__name__)
        except Exception:  # an edge: nobody awaits this task, and another connection takes its place
            log.exception("reading from Slack broke off")
        finally:
            if not self._leaving.done():
                self._leaving.set_result(why)
            for proof in self._proofs.values():
                if not proof.done():
                    proof.set_result(False)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_ANSWER_SECONDS)

    async def _read_frames(self) -> str:
        async for frame in self._socket:
            if frame.type is WSMsgType.ERROR:
                break
            self._handlers.heard()
            if frame.type is WSMsgType.TEXT:
                self._understand(frame.data)
            elif frame.type is WSMsgType.PING:
                await self._socket.pong(bytes(frame.data))
            elif frame.type is WSMsgType.PONG:
                self._prove(bytes(frame.data))
        return SILENT if isinstance(self._socket.exception(), ServerTimeoutError) else DROPPED

    def _understand(self, text: str) -> None:
        frame = _object(text)
        if frame.get("type") == "hello" and not self._hello.done():
            self._lasts = _used_for(frame)
            self._hello.set_result(int(frame.get("num_connections") or 1))
        elif frame.get("type") == "disconnect" and not self._leaving.done():
            self._leaving.set_result(str(frame.get("reason") or DROPPED))
        elif "envelope_id" in frame:
            task = asyncio.create_task(self._take(frame))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _take(self, envelope: Json) -> None:
        """Hand an envelope on and send its receipt; where that may be lost, say so."""
        payload: Json = envelope.get("payload") or {}
        try:
            receipt = await self._handlers.answer(envelope)
            if receipt is not None and not await self._sent(receipt):
                self._handlers.unacked(payload)
        except (ClientError, OSError):
            self._handlers.unacked(payload)
        except Exception:  # an edge: one payload must not end the connection
            log.exception("a payload from Slack could not be taken")

    async def _sent(self, receipt: Json) -> bool:
        """Send a receipt and tell whether Slack has read it: the answer to a ping sent after it proves that."""
        number = str(next(self._numbers)).encode()
        proof = self._proofs[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send_json(receipt)
            await self._socket.ping(number)
            await asyncio.wait({proof}, timeout=_PROOF_SECONDS)
            return proof.result() if proof.done() else not self._socket.closed
        finally:
            del self._proofs[number]

    def _prove(self, number: bytes) -> None:
        proof = self._proofs.get(number)
        if proof is not None and not proof.done():
            proof.set_result(True)


def _used_for(hello: Json) -> float:
    """Return for how many seconds a connection is used, by what its hello says."""
    told = hello.get("debug_info") or {}
    announced = float(told.get("approximate_connection_time") or _LASTS)
    return max(_LASTS_AT_LEAST, announced - END_MARGIN)


def _object(text: str) -> Json:
    """Return what a frame holds; nothing where it is no JSON object."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
