"""Whoever asks is answered: Slack slow or silent, its way back dead, the bot not in the channel."""

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Fault, RateLimited, Refusal
from bot.slack.ask import of_command
from bot.slack.cards.blocks import actions
from bot.slack.cards.message import message
from bot.slack.cards.words import form_button
from bot.slack.clients import posting_client
from bot.slack.replies import Beside
from tests.support.slack_in_memory import API, SlackInMemory
from tests.support.slack_room import ASHA, ROOM, open_room

FLATTEN = message("Day 2.", [actions(form_button("Flatten…", "flatten nifty-orb", danger=True))])


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list", "conversations.info"])
async def test_a_flatten_is_not_held_up_while_slack_limits_look_ups(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Who cannot be looked up soon is refused and told, long before Slack would answer."""
    monkeypatch.setattr("bot.slack.lookups.PATIENCE", 0.2)
    async with open_room() as room, asyncio.timeout(10):
        room.workspace.faults.add(Fault(RateLimited(30), method))
        await room.type(ASHA, "/burnin flatten")
        await room.workspace.wait_for(lambda: room.dispatcher.asked)
        (request,) = room.dispatcher.asked
        assert "Slack did not tell" in request.refusal
        assert "(no answer in time), so nothing is changed" in request.refusal


async def test_a_dead_response_url_is_no_end_of_it() -> None:
    """What waited too long for its turn is told beside it."""
    async with open_room() as room:
        room.workspace.faults.add(Fault(Refusal("expired_url", status=404), "response_url"))
        await room.type(ASHA, "/burnin check")
        await room.told(ASHA, "check nifty-orb")


async def test_a_payload_without_a_way_back_is_answered_beside_it() -> None:
    """Slack gives none with a click outside of a message."""
    slack = SlackInMemory("T1", {}, {}, {})
    client = AsyncWebClient(token="xoxb-1", base_url=API, session=slack)  # type: ignore[arg-type]
    await of_command({"text": "check", "user_id": ASHA, "channel_id": ROOM}, client).reply.send(message("Checked."))
    assert [(told["channel"], told["user"], told["text"]) for told in slack.told] == [(ROOM, ASHA, "Checked.")]


async def test_who_cannot_be_told_in_the_channel_is_told_by_message() -> None:
    """A form may have been opened where the bot is not."""
    slack = SlackInMemory("T1", {}, {}, {}, {"chat.postEphemeral": "not_in_channel"})
    client = AsyncWebClient(token="xoxb-1", base_url=API, session=slack)  # type: ignore[arg-type]
    await Beside(client, ROOM, ASHA).send(message("It was refused."))
    (sent,) = slack.called("chat.postMessage")
    assert (sent["channel"], sent["text"]) == (ASHA, "It was refused.")


async def test_a_form_that_was_closed_opens_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pressing its button anew a second later is no double click, and nobody is told that it runs already."""
    monkeypatch.setattr("bot.slack.deliveries.FORM_SECONDS", 0.0)
    async with open_room() as room:
        client = posting_client(room.workspace.bot_token, room.workspace.api_url)
        said = await client.chat_postMessage(channel=ROOM, text=FLATTEN.text, blocks=list(FLATTEN.blocks))
        for _ in range(2):
            assert (await room.workspace.click(ASHA, str(said["ts"]), "open:flatten")).ok
            view = await room.form(ASHA)
            await room.workspace.close_view(ASHA, view["id"])
            await room.workspace.wait_for(lambda: not room.workspace.views(ASHA))
        assert not room.workspace.ephemerals(ASHA, ROOM)
