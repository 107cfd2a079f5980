"""The real Bolt app in HTTP mode: signed requests from the sandbox workspace."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Limits, Workspace

ASHA, ROOM = "U0OPERATOR", "C0BURNIN01"


class Desk:
    """A workspace in HTTP mode and an app behind its request URL."""

    def __init__(self) -> None:
        self.app: AsyncApp
        self.release = asyncio.Event()

    async def receive(self, request: web.Request) -> web.Response:
        """Hand a request to Bolt, which checks its signature."""
        answer = await self.app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    def listen(self, w: Workspace, secret: str) -> None:
        """Register the app's listeners."""
        client = AsyncWebClient(token=w.bot_token, base_url=w.api_url)
        self.app = AsyncApp(client=client, signing_secret=secret)

        @self.app.command("/burnin")
        async def burnin(ack: Any, respond: Any, command: Any) -> None:
            if command["text"] == "hang":
                await self.release.wait()
            await ack("On it.")
            await respond("Done.", response_type="in_channel")

        @self.app.event("app_home_opened")
        async def home(event: Any, client: Any) -> None:
            blocks = [{"type": "divider"}]
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


@pytest.fixture
async def desk() -> AsyncIterator[tuple[Desk, Workspace]]:
    """A running app and workspace."""
    desk = Desk()
    server = web.Application()
    server.add_routes([web.post("/slack/events", desk.receive)])
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    async with Workspace(request_url=url, limits=Limits.off(), ack_seconds=1.0) as w:
        desk.listen(w, w.signing_secret)
        yield desk, w
        desk.release.set()
        await runner.cleanup()


async def test_command_is_signed_acked_and_answered(desk: tuple[Desk, Workspace]) -> None:
    """Bolt takes the signature; the body of its answer is the ack, and response_url works."""
    _, w = desk
    assert (await w.type_command(ASHA, ROOM, "/burnin check")).ok
    await w.wait_for(lambda: w.messages(ROOM))
    assert [m["text"] for m in w.ephemerals(ASHA, ROOM)] == ["On it."]
    assert [m["text"] for m in w.messages(ROOM)] == ["Done."]


async def test_event_reaches_the_app_as_json(desk: tuple[Desk, Workspace]) -> None:
    """Events are JSON, not form fields, and are acked too."""
    _, w = desk
    assert (await w.open_home(ASHA)).ok
    await w.wait_for(lambda: w.home(ASHA))


async def test_a_wrong_secret_is_refused_by_bolt(desk: tuple[Desk, Workspace]) -> None:
    """With another secret the app answers 401, which the person sees as http_service_error."""
    app, w = desk
    app.listen(w, "another secret")
    assert (await w.type_command(ASHA, ROOM, "/burnin check")).error == "http_service_error"


async def test_no_answer_in_time_is_a_timeout(desk: tuple[Desk, Workspace]) -> None:
    """An app that does not answer in time has failed the command."""
    _, w = desk
    assert (await w.type_command(ASHA, ROOM, "/burnin hang")).error == "operation_timeout"
