"""The real Bolt app over Socket Mode against the sandbox workspace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Limits, SlackError, Workspace

ASHA, BEN, ROOM = "U0OPERATOR", "U0APPROVER", "C0BURNIN01"

CONFIRM = {
    "title": {"type": "plain_text", "text": "Flatten?"},
    "text": {"type": "mrkdwn", "text": "This sells everything."},
    "confirm": {"type": "plain_text", "text": "Flatten"},
    "deny": {"type": "plain_text", "text": "Keep"},
}


def button(action_id: str, **more: Any) -> dict[str, Any]:
    """A button element."""
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": action_id},
        **more,
    }


MODAL = {
    "type": "modal",
    "callback_id": "reason",
    "title": {"type": "plain_text", "text": "Why?"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


def build_app(w: Workspace) -> AsyncApp:
    """A small app that uses every way of answering."""
    app = AsyncApp(client=AsyncWebClient(token=w.bot_token, base_url=w.api_url))

    @app.command("/burnin")
    async def burnin(ack: Any, respond: Any, command: Any, client: Any) -> None:
        if command["text"] == "hang":
            return
        await ack("On it." if command["text"] == "help" else "")
        if command["text"] == "check":
            await respond("Checking …")
            elements = [button("details", value="1"), button("flatten", value="all", confirm=CONFIRM)]
            blocks = [{"type": "actions", "block_id": "row", "elements": elements}]
            await client.chat_postMessage(channel=command["channel_id"], text="PASS", blocks=blocks)

    @app.action("details")
    async def details(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.action("flatten")
    async def flatten(ack: Any, respond: Any, body: Any) -> None:
        await ack()
        await respond(text=f"Flattened by <@{body['user']['id']}>", replace_original=True)

    @app.view("reason")
    async def reason(ack: Any, view: Any, client: Any) -> None:
        text = view["state"]["values"]["why"]["text"]["value"]
        if text == "no":
            await ack(response_action="errors", errors={"why": "Say more."})
            return
        await ack()
        await client.chat_postMessage(channel=ROOM, text=f"Reason: {text}")

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        blocks = [{"type": "header", "text": {"type": "plain_text", "text": "Day 1/3"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    return app


@asynccontextmanager
async def connected(w: Workspace) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app, connected by Socket Mode."""
    handler = AsyncSocketModeHandler(build_app(w), w.app_token, ping_interval=1)
    await handler.connect_async()
    try:
        await w.wait_connected()
        yield handler
    finally:
        await handler.close_async()


@pytest.fixture
async def w() -> AsyncIterator[Workspace]:
    """A workspace without rate limits."""
    async with Workspace(limits=Limits.off(), ack_seconds=1.0) as workspace:
        yield workspace


async def test_command_respond_post_click_modal_submission(w: Workspace) -> None:
    """A command is acked, answered and posted; its button opens a modal that is refused, then taken."""
    async with connected(w):
        outcome = await w.type_command(ASHA, ROOM, "/burnin check")
        assert outcome.ok
        posted = await w.wait_for(lambda: w.messages(ROOM))
        assert [m["text"] for m in w.ephemerals(ASHA, ROOM)] == ["Checking …"]
        assert w.ephemerals(BEN, ROOM) == []

        assert (await w.click(ASHA, posted[0]["ts"], "details")).ok
        view = (await w.wait_for(lambda: w.views(ASHA)))[-1]
        assert (await w.submit_view(ASHA, view["id"], {})).errors == {"why": "Please complete this required field."}
        assert (await w.submit_view(ASHA, view["id"], {"why": {"text": "no"}})).errors == {"why": "Say more."}
        assert (await w.submit_view(ASHA, view["id"], {"why": {"text": "a drill"}})).ok
        assert w.views(ASHA) == []
        await w.wait_for(lambda: w.messages(ROOM)[-1]["text"] == "Reason: a drill")


async def test_confirm_must_be_confirmed_before_the_original_is_replaced(w: Workspace) -> None:
    """A button with a confirm sends nothing until it is confirmed; then the buttons give way to words."""
    async with connected(w):
        await w.type_command(ASHA, ROOM, "/burnin check")
        message = (await w.wait_for(lambda: w.messages(ROOM)))[0]
        assert (await w.click(ASHA, message["ts"], "flatten")).error == "not_confirmed"
        assert (await w.click(ASHA, message["ts"], "flatten", confirmed=True)).ok
        await w.wait_for(lambda: w.messages(ROOM)[0]["text"] == f"Flattened by <@{ASHA}>")
        assert "blocks" not in w.messages(ROOM)[0]
        with pytest.raises(SlackError, match="element_not_found"):
            await w.click(ASHA, message["ts"], "flatten", confirmed=True)


async def test_text_in_the_ack_is_shown_to_the_typist_only(w: Workspace) -> None:
    """What a command's ack carries becomes an ephemeral."""
    async with connected(w):
        await w.type_command(ASHA, ROOM, "/burnin help")
        assert [m["text"] for m in w.ephemerals(ASHA, ROOM)] == ["On it."]
        assert w.messages(ROOM) == []


async def test_a_late_ack_and_a_missing_app_are_told_in_slacks_words(w: Workspace) -> None:
    """Nobody connected is dispatch_failed, no ack in time operation_timeout; both are told to the person."""
    assert (await w.type_command(ASHA, ROOM, "/burnin check")).error == "dispatch_failed"
    async with connected(w):
        assert (await w.type_command(ASHA, ROOM, "/burnin hang")).error == "operation_timeout"
    texts = [m["text"] for m in w.ephemerals(ASHA, ROOM)]
    assert texts == [
        '/burnin failed with the error "dispatch_failed"',
        '/burnin failed with the error "operation_timeout"',
    ]


async def test_home_is_published_when_it_is_opened(w: Workspace) -> None:
    """Opening Home sends the event, and the app's view appears."""
    async with connected(w):
        assert (await w.open_home(BEN)).ok
        home = await w.wait_for(lambda: w.home(BEN))
        assert home["blocks"][0]["text"]["text"] == "Day 1/3"


async def test_events_are_repeated_until_the_app_is_there() -> None:
    """An event nobody took is delivered again."""
    async with Workspace(limits=Limits.off(), event_retries=(0.2,) * 50) as w:
        assert (await w.open_home(BEN)).error == "dispatch_failed"
        async with connected(w):
            await w.wait_for(lambda: w.home(BEN))


async def test_disconnect_makes_the_app_come_back(w: Workspace) -> None:
    """After a disconnect frame the app asks for a new address and works on."""
    async with connected(w):
        await w.sockets.disconnect()
        await w.wait_for(lambda: w.sockets.connected == 1)
        assert (await w.type_command(ASHA, ROOM, "/burnin help")).ok


async def test_a_payload_goes_to_one_of_two_connections(w: Workspace) -> None:
    """With two connections each payload is handled once."""
    async with connected(w), connected(w):
        await w.wait_for(lambda: w.sockets.connected == 2)
        outcomes = await asyncio.gather(*(w.type_command(ASHA, ROOM, "/burnin help") for _ in range(6)))
        assert all(outcome.ok for outcome in outcomes)
        assert len(w.ephemerals(ASHA, ROOM)) == 6


async def test_a_ticket_works_once(w: Workspace) -> None:
    """The address of apps.connections.open cannot be used twice, nor with a bot token."""
    client = AsyncWebClient(base_url=w.api_url)
    url = (await client.apps_connections_open(app_token=w.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_commands_that_are_not_there_are_explained(w: Workspace) -> None:
    """An unknown command never reaches the app."""
    assert (await w.type_command(ASHA, ROOM, "/burnout now")).error == "unknown_command"
    assert "not a valid command" in w.ephemerals(ASHA, ROOM)[0]["text"]
