"""The Web API through the real SDK client: what Slack allows, and its own words for what it refuses."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Channel, Limits, Workspace

ASHA, GUS, BOT, ROOM = "U0OPERATOR", "U0GUEST000", "U0BURNINBOT", "C0BURNIN01"
KEY = {"event_type": "burnin_outbox", "event_payload": {"key": "day-1"}}


@pytest.fixture
async def w() -> AsyncIterator[Workspace]:
    """A workspace without rate limits."""
    async with Workspace(limits=Limits.off()) as workspace:
        yield workspace


@pytest.fixture
def client(w: Workspace) -> AsyncWebClient:
    """The SDK's client with the bot token."""
    return AsyncWebClient(token=w.bot_token, base_url=w.api_url, retry_handlers=[])


def section(text: str = "words") -> dict[str, Any]:
    """A section block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def refused(call: Any) -> Any:
    """The response of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def test_post_thread_update_delete(w: Workspace, client: AsyncWebClient) -> None:
    """A root, a broadcast reply and an edit look as they do in Slack; timestamps grow."""
    root = await client.chat_postMessage(channel=ROOM, text="root")
    first = await client.chat_postMessage(channel=ROOM, text="quiet", thread_ts=root["ts"])
    loud = await client.chat_postMessage(channel=ROOM, text="loud", thread_ts=root["ts"], reply_broadcast=True)
    assert root["ts"] < first["ts"] < loud["ts"]
    assert [m["text"] for m in w.messages(ROOM)] == ["root", "loud"]
    assert [m["text"] for m in w.replies(ROOM, root["ts"])] == ["quiet", "loud"]
    assert w.messages(ROOM)[0]["reply_count"] == 2

    await client.chat_update(channel=ROOM, ts=first["ts"], text="edited")
    assert w.replies(ROOM, root["ts"])[0]["edited"]["user"] == BOT
    await client.chat_delete(channel=ROOM, ts=first["ts"])
    assert w.messages(ROOM)[0]["reply_count"] == 1
    await client.chat_delete(channel=ROOM, ts=root["ts"])
    assert w.messages(ROOM)[0]["subtype"] == "tombstone"


async def test_an_update_without_blocks_keeps_them(w: Workspace, client: AsyncWebClient) -> None:
    """Blocks stay when an update does not name them, and go when it sends an empty list."""
    ts = (await client.chat_postMessage(channel=ROOM, text="t", blocks=[section()]))["ts"]
    await client.chat_update(channel=ROOM, ts=ts, text="new")
    assert w.messages(ROOM)[0]["blocks"]
    await client.chat_update(channel=ROOM, ts=ts, text="new", blocks=[])
    assert "blocks" not in w.messages(ROOM)[0]


async def test_metadata_is_found_again_in_history_and_replies(w: Workspace, client: AsyncWebClient) -> None:
    """The payload of metadata comes back only when it is asked for."""
    root = await client.chat_postMessage(channel=ROOM, text="root", metadata=KEY)
    await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=root["ts"], metadata=KEY)
    full = await client.conversations_history(channel=ROOM, oldest="0", include_all_metadata=True)
    assert [m["metadata"] for m in full["messages"]] == [KEY]
    bare = await client.conversations_history(channel=ROOM)
    assert bare["messages"][0]["metadata"] == {"event_type": "burnin_outbox"}
    thread = await client.conversations_replies(channel=ROOM, ts=root["ts"], include_all_metadata=True)
    assert [m["text"] for m in thread["messages"]] == ["root", "reply"]
    assert thread["messages"][1]["metadata"] == KEY


async def test_history_is_paged_newest_first_and_bounded(client: AsyncWebClient) -> None:
    """Pages follow the cursor; `oldest` and `latest` are exclusive unless inclusive is asked for."""
    sent = [(await client.chat_postMessage(channel=ROOM, text=str(n)))["ts"] for n in range(5)]
    texts = []
    async for page in await client.conversations_history(channel=ROOM, limit=2):
        texts += [m["text"] for m in page["messages"]]
    assert texts == ["4", "3", "2", "1", "0"]
    between = await client.conversations_history(channel=ROOM, oldest=sent[1], latest=sent[3])
    assert [m["text"] for m in between["messages"]] == ["2"]
    closed = await client.conversations_history(channel=ROOM, oldest=sent[1], latest=sent[3], inclusive=True)
    assert [m["text"] for m in closed["messages"]] == ["3", "2", "1"]


async def test_messages_are_refused_in_slacks_words(w: Workspace, client: AsyncWebClient) -> None:
    """Each way to get a message wrong has Slack's name."""
    w.desk.directory.channels["C0OTHER"] = Channel("C0OTHER", "other", (ASHA,))
    w.desk.directory.channels["C0OLD"] = Channel("C0OLD", "old", (ASHA, BOT), is_archived=True)
    person = w.desk.log.post(ROOM, ASHA, {"text": "mine"})["ts"]
    own = (await client.chat_postMessage(channel=ROOM, text="t"))["ts"]
    header = {"type": "header", "text": {"type": "mrkdwn", "text": "no"}}
    cases = {
        "channel_not_found": lambda: client.chat_postMessage(channel="C0NOWHERE", text="t"),
        "not_in_channel": lambda: client.chat_postMessage(channel="C0OTHER", text="t"),
        "is_archived": lambda: client.chat_postMessage(channel="C0OLD", text="t"),
        "no_text": lambda: client.api_call("chat.postMessage", json={"channel": ROOM, "text": ""}),
        "thread_not_found": lambda: client.chat_postMessage(channel=ROOM, text="t", thread_ts="1.000001"),
        "invalid_blocks": lambda: client.chat_postMessage(channel=ROOM, text="t", blocks=[header]),
        "msg_blocks_too_long": lambda: client.chat_postMessage(
            channel=ROOM, text="t", blocks=[section("x" * 2900)] * 5
        ),
        "msg_too_long": lambda: client.chat_update(channel=ROOM, ts=own, text="x" * 4001),
        "message_not_found": lambda: client.chat_update(channel=ROOM, ts="1.000001", text="t"),
        "cant_update_message": lambda: client.chat_update(channel=ROOM, ts=person, text="t"),
        "cant_delete_message": lambda: client.chat_delete(channel=ROOM, ts=person),
        "invalid_metadata_format": lambda: client.chat_postMessage(
            channel=ROOM, text="t", metadata={"event_type": "x"}
        ),
        "user_not_found": lambda: client.chat_postEphemeral(channel=ROOM, user="U0NOBODY", text="t"),
        "no_such_subteam": lambda: client.usergroups_users_list(usergroup="S0NOBODY"),
        "invalid_trigger_id": lambda: client.views_open(trigger_id="1.2.3", view={"type": "modal"}),
        "unknown_method": lambda: client.api_call("chat.shout"),
    }
    for error, call in cases.items():
        assert (await refused(call()))["error"] == error
    again = await refused(client.chat_postMessage(channel=ROOM, text="t", blocks=[header]))
    assert "[json-pointer:/blocks/0/text/type]" in again["response_metadata"]["messages"][0]


async def test_tokens_are_checked(w: Workspace) -> None:
    """No token, a wrong one and one of the other kind are told apart."""
    errors = []
    for token in (None, "xoxb-wrong", w.app_token):
        errors.append((await refused(AsyncWebClient(token=token, base_url=w.api_url).auth_test()))["error"])
    assert errors == ["not_authed", "invalid_auth", "not_allowed_token_type"]


async def test_scopes_are_shown_and_enforced(client: AsyncWebClient) -> None:
    """Every answer names the token's scopes; a method without its scope says what is needed."""
    async with Workspace(scopes=frozenset({"chat:write", "groups:history"})) as w:
        bare = AsyncWebClient(token=w.bot_token, base_url=w.api_url)
        assert (await bare.auth_test()).headers["x-oauth-scopes"] == "chat:write,groups:history"
        answer = await refused(bare.users_info(user=ASHA))
        assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
        assert answer["provided"] == "chat:write,groups:history"
        public = await refused(bare.conversations_history(channel=ROOM))
        assert public["needed"] == "channels:history"


async def test_posting_too_fast_is_429_with_retry_after() -> None:
    """The sixth post at once in a channel has to wait a second."""
    async with Workspace() as w:
        client = AsyncWebClient(token=w.bot_token, base_url=w.api_url, retry_handlers=[])
        for _ in range(5):
            await client.chat_postMessage(channel=ROOM, text="t")
        answer = await refused(client.chat_postMessage(channel=ROOM, text="t"))
        assert (answer.status_code, answer["error"]) == (429, "ratelimited")
        assert answer.headers["Retry-After"] == "1"


async def test_ephemerals_are_seen_by_one_and_in_no_history(w: Workspace, client: AsyncWebClient) -> None:
    """An ephemeral is shown to its reader only."""
    await client.chat_postEphemeral(channel=ROOM, user=ASHA, text="psst")
    assert w.ephemerals(ASHA, ROOM)[0]["visible_to_name"] == "Asha"
    assert w.ephemerals(GUS, ROOM) == []
    assert (await client.conversations_history(channel=ROOM))["messages"] == []


async def test_upload_appears_in_the_channel_and_in_an_image(w: Workspace, client: AsyncWebClient) -> None:
    """files_upload_v2 works unchanged; an image may refer to a file that exists, and to no other."""
    done = await client.files_upload_v2(
        channel=ROOM, filename="day.png", content=b"\x89PNG", title="Day 1", initial_comment="Chart"
    )
    file = w.messages(ROOM)[0]["files"][0]
    assert file["title"] == "Day 1"
    async with aiohttp.ClientSession() as session, session.get(file["url_private"]) as response:
        assert await response.read() == b"\x89PNG"
    image = {"type": "image", "alt_text": "chart", "slack_file": {"id": done["file"]["id"]}}
    await client.chat_postMessage(channel=ROOM, text="t", blocks=[image])
    missing = image | {"slack_file": {"id": "F0NOTHERE"}}
    answer = await refused(client.chat_postMessage(channel=ROOM, text="t", blocks=[missing]))
    assert answer["error"] == "invalid_blocks"
    assert (await refused(client.files_info(file=file["id"])))["needed"] == "files:read"


async def test_who_and_where(client: AsyncWebClient) -> None:
    """People, groups and the channel are described as Slack does."""
    assert (await client.users_info(user=GUS))["user"]["is_restricted"] is True
    assert (await client.usergroups_users_list(usergroup="S0OPERATORS"))["users"] == [ASHA]
    assert len((await client.usergroups_list())["usergroups"]) == 2
    assert (await client.conversations_info(channel=ROOM))["channel"]["is_ext_shared"] is False
    assert BOT in (await client.conversations_members(channel=ROOM))["members"]
    assert (await client.auth_test())["user_id"] == BOT
    assert (await client.api_test(foo="bar"))["ok"]


async def test_views_follow_trigger_hash_and_depth(w: Workspace, client: AsyncWebClient) -> None:
    """A trigger opens one view; a stale hash is refused; views stack three deep."""
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [section()]}
    trigger = w.desk.triggers.issue(ASHA)
    view = (await client.views_open(trigger_id=trigger, view=modal))["view"]
    assert (await refused(client.views_open(trigger_id=trigger, view=modal)))["error"] == "exchanged_trigger_id"
    await client.views_update(view_id=view["id"], hash=view["hash"], view=modal)
    stale = await refused(client.views_update(view_id=view["id"], hash=view["hash"], view=modal))
    assert stale["error"] == "hash_conflict"
    for _ in range(2):
        await client.views_push(trigger_id=w.desk.triggers.issue(ASHA), view=modal)
    deep = await refused(client.views_push(trigger_id=w.desk.triggers.issue(ASHA), view=modal))
    assert deep["error"] == "push_limit_reached"
    bad = modal | {"blocks": [{"type": "markdown", "text": "x"}]}
    answer = await refused(client.views_open(trigger_id=w.desk.triggers.issue(ASHA), view=bad))
    assert answer["error"] == "invalid_arguments"


async def test_response_url_is_used_up(w: Workspace) -> None:
    """A response URL works five times."""
    url = f"{w.url}/response/{w.desk.response_urls.issue(ROOM, ASHA)}"
    async with aiohttp.ClientSession() as session:
        statuses = [(await session.post(url, json={"text": "t"})).status for _ in range(6)]
    assert statuses == [200] * 5 + [404]
    assert len(w.ephemerals(ASHA, ROOM)) == 5


async def test_blocks_validate_answers_with_pointers(client: AsyncWebClient) -> None:
    """blocks.validate takes one payload and points at what is wrong."""
    assert (await client.api_call("blocks.validate", json={"blocks": [section()]}))["ok"]
    answer = await refused(client.api_call("blocks.validate", json={"blocks": [section("")]}))
    assert (answer["error"], answer["errors"][0]["pointer"]) == ("invalid_blocks", "/0/text/text")


async def test_an_edit_after_the_window_is_refused() -> None:
    """A workspace may close the time in which messages can be edited."""
    async with Workspace(edit_window=0.0) as w:
        client = AsyncWebClient(token=w.bot_token, base_url=w.api_url)
        ts = (await client.chat_postMessage(channel=ROOM, text="t"))["ts"]
        assert (await refused(client.chat_update(channel=ROOM, ts=ts, text="u")))["error"] == "edit_window_closed"


async def test_permalink_of_a_reply_names_its_thread(w: Workspace, client: AsyncWebClient) -> None:
    """A permalink leads to the message, within its thread."""
    root = (await client.chat_postMessage(channel=ROOM, text="root"))["ts"]
    reply = (await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=root))["ts"]
    link = (await client.chat_getPermalink(channel=ROOM, message_ts=reply))["permalink"]
    assert link == f"{w.url}/archives/{ROOM}/p{reply.replace('.', '')}?thread_ts={root}&cid={ROOM}"


async def test_the_eleventh_connection_is_refused(w: Workspace) -> None:
    """An app has at most ten WebSockets."""
    client = AsyncWebClient(base_url=w.api_url)
    async with aiohttp.ClientSession() as session:
        sockets = []
        for _ in range(10):
            url = (await client.apps_connections_open(app_token=w.app_token))["url"]
            sockets.append(await session.ws_connect(url))
        await w.wait_for(lambda: w.sockets.connected == 10)
        answer = await refused(client.apps_connections_open(app_token=w.app_token))
        assert answer["error"] == "too_many_websockets"
        for socket in sockets:
            await socket.close()


async def test_a_response_url_replaces_and_deletes_its_own_message(w: Workspace) -> None:
    """From a click in an ephemeral, replace_original and delete_original concern that ephemeral."""
    ts = w.desk.log.post_ephemeral(ROOM, ASHA, {"text": "old"})["ts"]
    url = f"{w.url}/response/{w.desk.response_urls.issue(ROOM, ASHA, ts, ephemeral=True)}"
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"text": "new", "replace_original": True})
        assert [m["text"] for m in w.ephemerals(ASHA, ROOM)] == ["new"]
        await session.post(url, json={"delete_original": True})
        assert w.ephemerals(ASHA, ROOM) == []
        bad = await session.post(url, json={"text": "t", "blocks": [{"type": "banner"}]})
        assert (bad.status, (await bad.json())["error"]) == (400, "invalid_blocks")
