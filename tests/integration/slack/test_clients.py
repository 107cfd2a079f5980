"""The Web API clients: what repeats, what does not, and that nothing is sent by a bot that may not act."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.workspace import Fault, Limits, RateLimited, Workspace
from bot.slack.clients import MayNotAct, acting_session, posting_client, reading_client
from tests.support.slack_room import ROOM


@pytest.fixture
async def slack() -> AsyncIterator[Workspace]:
    """A workspace without an app in it."""
    async with Workspace(limits=Limits.off()) as workspace:
        yield workspace


async def test_a_post_that_slack_refuses_for_its_pace_is_not_repeated(slack: Workspace) -> None:
    """Whoever posts is told for how long to wait, at once."""
    slack.faults.add(Fault(RateLimited(30), "chat.postMessage"))
    with pytest.raises(SlackApiError, match="ratelimited"):
        await posting_client(slack.bot_token, slack.api_url).chat_postMessage(channel=ROOM, text="x")
    assert len(slack.faults.met) == 1


async def test_a_look_up_is_repeated(slack: Workspace) -> None:
    """Asking twice does no harm."""
    slack.faults.add(Fault(RateLimited(0), "users.info", times=1))
    answer = await reading_client(slack.bot_token, slack.api_url).users_info(user="U0OPERATOR")
    assert answer["ok"]


async def test_a_bot_that_may_not_act_sends_nothing(slack: Workspace) -> None:
    """Neither over a new connection nor over one that was kept open; once it may again, it goes on."""
    may_act = False
    async with acting_session(lambda: may_act) as session:
        client = posting_client(slack.bot_token, slack.api_url, session)
        with pytest.raises(MayNotAct):
            await client.chat_postMessage(channel=ROOM, text="over a new one")
        may_act = True
        await client.chat_postMessage(channel=ROOM, text="said")
        may_act = False
        for _ in range(3):
            with pytest.raises(MayNotAct):
                await client.chat_postMessage(channel=ROOM, text="over a kept one")
        with pytest.raises(MayNotAct):
            await client.api_call("files.completeUploadExternal", data={"files": "[]"})
        may_act = True
        await client.chat_postMessage(channel=ROOM, text="said again")
    assert [message["text"] for message in slack.messages(ROOM)] == ["said", "said again"]
    assert len(slack.faults.calls) == 2


async def test_a_bot_that_may_not_act_still_answers_who_asks(slack: Workspace) -> None:
    """With the ledger's database away nothing is announced or run, and whoever types is told just that."""
    async with acting_session(lambda: False) as session:
        for _ in range(2):
            assert (await reading_client(slack.bot_token, slack.api_url, session).auth_test())["ok"]
            answer = await AsyncWebhookClient(url=f"{slack.api_url}no.such", session=session).send(text="not now")
            assert answer.status_code


async def test_a_bot_that_has_ended_sends_nothing(slack: Workspace) -> None:
    """Whatever still runs then has no session that asks whether it may act, and must not open another."""
    async with acting_session(lambda: True) as session:
        clients = [make(slack.bot_token, slack.api_url, session) for make in (posting_client, reading_client)]
    for client in clients:
        with pytest.raises(MayNotAct):
            await client.chat_postMessage(channel=ROOM, text="after the end")
    assert not slack.faults.calls
