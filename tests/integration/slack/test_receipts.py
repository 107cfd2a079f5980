"""What an ack carries reaches Slack as Bolt meant it, and what breaks in between does not end the listening."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Limits, Workspace
from bot.slack.connection import ConnectionSettings, slack_connection
from bot.slack.generation import Generation
from bot.slack.link import SlackLink
from bot.slack.socket_mode import SocketLink
from bot.slack.work import Work
from tests.support.eventually import eventually
from tests.support.slack_room import ASHA, CLOCK, ROOM

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


def app_of(slack: Workspace) -> AsyncApp:
    """An app that acks in every way there is."""
    app = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))

    @app.command("/burnin")
    async def burnin(ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient) -> None:
        await ack("On it." if command["text"] == "help" else "")
        if command["text"] == "why":
            await client.views_open(trigger_id=command["trigger_id"], view=MODAL)

    @app.view("reason")
    async def reason(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"why": "Say more."})

    return app


@asynccontextmanager
async def connected(slack: Workspace) -> AsyncIterator[SlackLink]:
    """The app over Socket Mode."""
    settings = ConnectionSettings(mode="socket", app_token=slack.app_token)
    async with slack_connection(app_of(slack), settings, Work(), CLOCK) as link:
        await slack.wait_connected()
        yield link


async def test_a_text_and_a_response_action_reach_slack() -> None:
    """The text of an ack is shown to the typist; the errors of a view are shown in it."""
    async with Workspace(limits=Limits.off()) as slack, connected(slack):
        assert (await slack.type_command(ASHA, ROOM, "/burnin help")).ok
        assert [one["text"] for one in slack.ephemerals(ASHA, ROOM)] == ["On it."]
        assert (await slack.type_command(ASHA, ROOM, "/burnin why")).ok
        view = (await slack.wait_for(lambda: slack.views(ASHA)))[-1]
        outcome = await slack.submit_view(ASHA, view["id"], {"why": {"text": "a drill"}})
        assert outcome.errors == {"why": "Say more."}


async def test_what_nothing_listens_to_is_not_acked(caplog: pytest.LogCaptureFixture) -> None:
    """Slack tells the person, and the log says that nothing took it."""
    async with Workspace(limits=Limits.off(), ack_seconds=1.0) as slack, connected(slack):
        assert (await slack.open_home(ASHA)).error == "operation_timeout"
        await eventually(lambda: "nothing here takes what Slack sent" in caplog.text)
        assert (await slack.type_command(ASHA, ROOM, "/burnin help")).ok


async def test_listening_that_breaks_off_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake in the bot itself must not leave it deaf: it is logged and told, and the bot connects again."""
    monkeypatch.setattr("bot.slack.socket_mode.FIRST_WAIT", 0.01)
    connect = SocketLink._connect
    broken: list[bool] = []

    async def break_once(link: SocketLink, http: aiohttp.ClientSession) -> Generation:
        if not broken:
            broken.append(True)
            raise KeyError("url")
        return await connect(link, http)

    monkeypatch.setattr(SocketLink, "_connect", break_once)
    async with Workspace(limits=Limits.off()) as slack, connected(slack) as link:
        assert "listening to Slack broke off" in caplog.text
        assert (await slack.type_command(ASHA, ROOM, "/burnin help")).ok
        await eventually(lambda: not link.trouble())
