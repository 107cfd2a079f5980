"""The page's contract: state, frames, acts, files, and who may ask."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import aiohttp.web
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Completion, Limits, SlashCommand, Workspace

ASHA, BEN, ROOM = "U0OPERATOR", "U0APPROVER", "C0BURNIN01"
COMMAND = SlashCommand("/burnin", "check | drill", (Completion("check", "Look at the gauges", ("paper-orb",)),))


@pytest.fixture
async def w() -> AsyncIterator[Workspace]:
    """A workspace that records which faults were switched."""
    switched: list[tuple[str, bool]] = []

    async def on_fault(name: str, active: bool) -> None:
        switched.append((name, active))
        workspace.set_faults([{"name": name, "label": "Leader flap", "active": active}])

    async with Workspace(limits=Limits.off(), commands=[COMMAND], on_fault=on_fault) as workspace:
        yield workspace


@pytest.fixture
async def page(w: Workspace) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser, as far as HTTP goes."""
    async with aiohttp.ClientSession(w.url, headers={"Origin": w.url}) as session:
        yield session


async def post(page: aiohttp.ClientSession, path: str, **body: Any) -> dict[str, Any]:
    """The answer to one act."""
    async with page.post(path, json=body) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def state_of(page: aiohttp.ClientSession, user: str) -> dict[str, Any]:
    """What one person sees."""
    async with page.get("/page/state", params={"user": user}) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def test_state_holds_what_one_person_sees(w: Workspace, page: aiohttp.ClientSession) -> None:
    """Messages with their threads for all, ephemerals for one, and the commands one may type."""
    client = AsyncWebClient(token=w.bot_token, base_url=w.api_url)
    root = await client.chat_postMessage(channel=ROOM, text="root")
    await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=root["ts"])
    await client.chat_postEphemeral(channel=ROOM, user=ASHA, text="psst")
    w.set_gauges({"leader": 1})
    mine, others = await state_of(page, ASHA), await state_of(page, BEN)
    assert [m["text"] for m in mine["messages"][ROOM]] == ["root", "reply"]
    assert mine["messages"][ROOM][0] | {"username": "burnin", "is_bot": True} == mine["messages"][ROOM][0]
    assert [m["text"] for m in mine["ephemerals"][ROOM]] == ["psst"]
    assert others["ephemerals"][ROOM] == []
    assert mine["me"]["role"] == "operator"
    assert mine["gauges"] == {"leader": 1}
    check = {"name": "check", "help": "Look at the gauges", "words": ["paper-orb"]}
    expected = {"command": "/burnin", "usage_hint": "check | drill", "completions": [check]}
    assert mine["commands"] == [expected]


async def test_frames_reach_those_they_concern(w: Workspace, page: aiohttp.ClientSession) -> None:
    """Everybody in the channel sees a message; only one sees an ephemeral; faults reach all."""
    async with (
        page.ws_connect(f"/page/events?user={ASHA}") as asha,
        page.ws_connect(f"/page/events?user={BEN}") as ben,
    ):
        w.desk.log.post_ephemeral(ROOM, ASHA, {"text": "psst"})
        assert (await post(page, "/page/command", user=ASHA, channel=ROOM, text="hello"))["ok"]
        assert (await post(page, "/page/fault", name="leader_flap", active=True))["ok"]
        kinds = [(await asha.receive_json())["type"] for _ in range(3)]
        assert kinds == ["ephemeral", "message", "faults"]
        assert (await ben.receive_json())["message"]["username"] == "asha"
        assert (await ben.receive_json())["faults"][0]["active"] is True


async def test_an_unknown_command_is_explained_to_its_typist(w: Workspace, page: aiohttp.ClientSession) -> None:
    """The answer is ok, the explanation an ephemeral; so it is in a thread."""
    assert await post(page, "/page/command", user=ASHA, channel=ROOM, text="/nope") == {"ok": True}
    root = w.desk.log.post(ROOM, ASHA, {"text": "root"})["ts"]
    await post(page, "/page/command", user=ASHA, channel=ROOM, text="/burnin check", thread_ts=root)
    texts = [m["text"] for m in w.ephemerals(ASHA, ROOM)]
    assert texts == ["/nope is not a valid command.", "/burnin is not supported in threads. Sorry!"]


async def test_a_click_that_nobody_takes_is_told_in_a_toast(w: Workspace, page: aiohttp.ClientSession) -> None:
    """Without an app the click fails and its person is told."""
    go = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "block_id": "b", "elements": [go]}]
    ts = w.desk.log.post(ROOM, "U0BURNINBOT", {"text": "t", "blocks": blocks})["ts"]
    async with page.ws_connect(f"/page/events?user={ASHA}") as asha:
        answer = await post(page, "/page/click", user=ASHA, channel=ROOM, message_ts=ts, action_id="go")
        assert answer == {"ok": False, "error": "dispatch_failed"}
        assert (await asha.receive_json())["type"] == "toast"


async def test_foreign_pages_and_names_are_refused(w: Workspace, page: aiohttp.ClientSession) -> None:
    """A request with another Origin or Host, as a hostile web page would send it, gets nothing."""
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
        async with page.get("/page/state", params={"user": ASHA}, headers=headers) as response:
            assert response.status == 403


async def test_the_page_is_served_with_its_policy(page: aiohttp.ClientSession) -> None:
    """The static files carry the content security policy and nothing beside them can be read."""
    async with page.get("/") as response:
        assert response.status == 200
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
    async with page.get("/page/..%2Fserver.py") as response:
        assert response.status == 404


async def test_only_loopback_is_listened_on() -> None:
    """The workspace refuses to be seen by other machines."""
    with pytest.raises(ValueError, match="not a loopback address"):
        Workspace(host="0.0.0.0")  # noqa: S104 - this is what is refused


async def test_requests_can_be_intercepted(w: Workspace) -> None:
    """A fault can stand between a request and its answer: here the answer is lost after the post."""

    async def lose(request: Any, handler: Any) -> Any:
        await handler(request)
        return aiohttp.web.Response(status=502)

    w.intercept = lose
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {w.bot_token}"}
        body = {"channel": ROOM, "text": "t"}
        async with session.post(f"{w.api_url}chat.postMessage", json=body, headers=headers) as response:
            assert response.status == 502
    assert len(w.messages(ROOM)) == 1


async def test_subscription_follows_changes_until_the_end(w: Workspace) -> None:
    """A subscriber sees each change, and its loop ends with the workspace."""
    changes = w.subscribe()
    w.say(ASHA, ROOM, "hello")
    await w.stop()
    assert [change.type async for change in changes] == ["message"]
