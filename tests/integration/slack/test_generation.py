"""One WebSocket, against a server that says whatever a test has it say."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from bot.slack.generation import DROPPED, SILENT, Generation, Handlers
from bot.slack.socket_trouble import LinkRefused
from tests.support.eventually import eventually

Script = Callable[[web.WebSocketResponse], Awaitable[None]]

HELLO = {"type": "hello", "num_connections": 1}
ENVELOPE = {"envelope_id": "e1", "type": "slash_commands", "payload": {"text": "check"}}


class Heard:
    """Takes what arrives, as a test says, and notes it."""

    def __init__(self, answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]] | None = None) -> None:
        self.frames = 0
        self.taken: list[dict[str, Any]] = []
        self.unacked: list[dict[str, Any]] = []
        self._answer = answer

    async def answer(self, envelope: dict[str, Any]) -> dict[str, Any] | None:
        """Note it and answer with a receipt."""
        self.taken.append(envelope)
        return await self._answer(envelope) if self._answer else {"envelope_id": envelope["envelope_id"]}

    def frame(self) -> None:
        """Count it."""
        self.frames += 1


@asynccontextmanager
async def generation(script: Script, heard: Heard, *, heartbeat: float = 5.0) -> AsyncIterator[Generation]:
    """A connection to a server that follows a script, pings answered by the script alone."""

    async def link(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, timeout=0.5)
        await socket.prepare(request)
        await script(socket)
        return socket

    app = web.Application()
    app.router.add_get("/link", link)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"ws://127.0.0.1:{runner.addresses[0][1]}/link"
        async with aiohttp.ClientSession() as http:
            socket = await http.ws_connect(url, autoping=False, heartbeat=heartbeat)
            made = Generation(socket, Handlers(heard.answer, heard.frame, heard.unacked.append))
            try:
                yield made
            finally:
                await made.close()
    finally:
        await runner.cleanup()


async def test_it_lives_from_hello_to_its_end() -> None:
    """Slack counts its connections in the hello; a close without a word is a drop."""

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json({**HELLO, "num_connections": 3})

    async with generation(script, Heard()) as made:
        assert await made.greeted() == 3
        assert await made.until_due() == DROPPED
        await made.ended(within=5)


async def test_a_disconnect_before_hello_is_a_refusal() -> None:
    """Slack's word is what it was refused for."""

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "disconnect", "reason": "link_disabled"})

    async with generation(script, Heard()) as made:
        with pytest.raises(LinkRefused, match="link_disabled"):
            await made.greeted()


async def test_pings_are_answered_and_every_frame_is_heard() -> None:
    """Slack pings too, and closes a connection that does not answer."""
    pongs: list[bytes] = []

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json(HELLO)
        await socket.ping(b"Ping from applink-7")
        pongs.append(bytes((await socket.receive()).data))

    heard = Heard()
    async with generation(script, heard) as made:
        assert await made.until_due() == DROPPED
    assert pongs == [b"Ping from applink-7"]
    assert heard.frames == 2


async def test_frames_that_make_no_sense_do_no_harm() -> None:
    """What is no object, or no kind that is known, is passed over."""

    async def script(socket: web.WebSocketResponse) -> None:
        for text in ("", "Ping", "[1]", '{"type": "news"}'):
            await socket.send_str(text)
        await socket.send_bytes(b"\x00")
        await socket.send_json(HELLO)
        await _hold(socket)

    async with generation(script, Heard()) as made:
        assert await made.greeted() == 1


async def test_a_socket_that_answers_no_ping_is_silent() -> None:
    """Half a heartbeat after the ping it is given up."""

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json(HELLO)
        await _hold(socket)

    async with generation(script, Heard(), heartbeat=0.1) as made:
        assert await made.until_due() == SILENT


async def test_a_receipt_counts_once_slack_has_read_it() -> None:
    """The answer to the ping after it proves that; then nobody is told, however the connection ends."""

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json(ENVELOPE)
        assert (await socket.receive_json()) == {"envelope_id": "e1"}
        ping = await socket.receive()
        assert ping.type is WSMsgType.PING
        await socket.pong(ping.data)

    heard = Heard()
    async with generation(script, heard) as made:
        assert await made.until_due() == DROPPED
        await made.ended(within=5)
    assert heard.taken == [ENVELOPE]
    assert heard.unacked == []


async def test_a_receipt_that_nothing_proves_is_told() -> None:
    """Its connection ended before Slack can have been seen to read it."""

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json(ENVELOPE)
        await socket.receive()

    heard = Heard()
    async with generation(script, heard) as made:
        await made.until_due()
        await eventually(lambda: heard.unacked)
    assert heard.unacked == [{"text": "check"}]


async def test_on_a_connection_that_lives_on_a_receipt_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something on the way may answer pings in its own manner: nobody is troubled for that."""
    monkeypatch.setattr("bot.slack.generation._PROOF_SECONDS", 0.05)

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json(ENVELOPE)
        await socket.receive()
        await socket.receive()
        await socket.pong(b"")
        await asyncio.sleep(0.2)

    heard = Heard()
    async with generation(script, heard) as made:
        await made.until_due()
    assert heard.taken == [ENVELOPE]
    assert heard.unacked == []


async def test_one_payload_that_cannot_be_taken_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; what comes after it is dealt with."""

    async def answer(envelope: dict[str, Any]) -> dict[str, Any] | None:
        if envelope["envelope_id"] == "e1":
            raise RuntimeError("oops")
        return None

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json(ENVELOPE)
        await socket.send_json({**ENVELOPE, "envelope_id": "e2"})
        await _hold(socket)

    heard = Heard(answer)
    async with generation(script, heard):
        await eventually(lambda: len(heard.taken) == 2)
    assert "could not be taken" in caplog.text
    assert heard.unacked == []


async def test_closing_lets_receipts_go_out_first() -> None:
    """A payload that is being dealt with at the end is acked before the connection closes."""
    begun, release, received = asyncio.Event(), asyncio.Event(), []

    async def answer(envelope: dict[str, Any]) -> dict[str, Any]:
        begun.set()
        await release.wait()
        return {"envelope_id": envelope["envelope_id"]}

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_json(ENVELOPE)
        async for frame in socket:
            if frame.type is WSMsgType.PING:
                await socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                received.append(frame.data)

    heard = Heard(answer)
    async with generation(script, heard):
        await begun.wait()
        asyncio.get_running_loop().call_later(0.1, release.set)
    assert len(received) == 1
    assert heard.unacked == []


async def _hold(socket: web.WebSocketResponse) -> None:
    """Read on without a word until the other side ends it."""
    async for _ in socket:
        pass
