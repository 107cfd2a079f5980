"""What can go wrong between an app and Slack, as the workspace plays it: over HTTP, through Slack's own client."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import (
    CutShort,
    Fault,
    Limits,
    NoAnswer,
    Page,
    RateLimited,
    Refusal,
    Slow,
    Workspace,
)

ASHA, ROOM = "U0OPERATOR", "C0BURNIN01"
POST = "chat.postMessage"


class Now:
    """The workspace's clock, moved by hand."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.at


@pytest.fixture
def now() -> Now:
    """A clock that stands still."""
    return Now()


@pytest.fixture
async def w(now: Now) -> AsyncIterator[Workspace]:
    """A workspace without rate limits."""
    async with Workspace(limits=Limits.off(), now=now) as workspace:
        yield workspace


@pytest.fixture
async def client(w: Workspace) -> AsyncIterator[AsyncWebClient]:
    """Slack's client over connections that stay open, and that repeats nothing."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session:
        yield AsyncWebClient(token=w.bot_token, base_url=w.api_url, retry_handlers=[], session=session)


async def refused(call: Awaitable[Any]) -> Any:
    """The answer with which Slack refuses a call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


def texts(w: Workspace) -> list[str]:
    """What stands in the room."""
    return [message["text"] for message in w.messages(ROOM)]


async def test_429_says_when_to_come_back_and_takes_nothing(w: Workspace, client: AsyncWebClient) -> None:
    """So many calls of that method are refused with Retry-After; another method is not, and the next call passes."""
    w.faults.add(Fault(RateLimited(7), POST, times=2))
    for _ in range(2):
        answer = await refused(client.chat_postMessage(channel=ROOM, text="t"))
        assert (answer.status_code, answer.headers["Retry-After"], answer["error"]) == (429, "7", "ratelimited")
        await client.auth_test()
    assert texts(w) == []
    await client.chat_postMessage(channel=ROOM, text="at last")
    assert texts(w) == ["at last"]


@pytest.mark.parametrize("status", [500, 502, 503, 200])
@pytest.mark.parametrize("taken", [False, True])
async def test_a_page_on_the_way_may_hide_that_the_call_was_taken(
    w: Workspace, client: AsyncWebClient, status: int, taken: bool
) -> None:
    """HTML instead of JSON, whether Slack had the call or not."""
    w.faults.add(Fault(Page(status, taken=taken), POST, times=1))
    answer = await refused(client.chat_postMessage(channel=ROOM, text="t"))
    assert answer.status_code == status
    assert texts(w) == ["t"] * taken
    assert [(call.answer, call.taken) for call in w.faults.met] == [(f"HTTP {status}", taken)]


async def test_what_calls_itself_json_may_be_none(w: Workspace, client: AsyncWebClient) -> None:
    """A page that a proxy sends under the type of the answer."""
    w.faults.add(Fault(Page(200, taken=True, content_type="application/json"), POST, times=1))
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=ROOM, text="t")
    assert [(call.answer, call.taken) for call in w.faults.met] == [("HTTP 200", True)]
    assert texts(w) == ["t"]


@pytest.mark.parametrize("taken", [False, True])
async def test_slacks_own_trouble_may_hide_it_too(w: Workspace, client: AsyncWebClient, taken: bool) -> None:
    """`internal_error`, and the call has its effect or not."""
    w.faults.add(Fault(Refusal("internal_error", taken=taken), POST, times=1))
    assert (await refused(client.chat_postMessage(channel=ROOM, text="t")))["error"] == "internal_error"
    assert texts(w) == ["t"] * taken


@pytest.mark.parametrize("kind", [NoAnswer(), NoAnswer(taken=True), CutShort(), CutShort(taken=False)], ids=str)
async def test_an_answer_that_does_not_arrive(w: Workspace, client: AsyncWebClient, kind: NoAnswer | CutShort) -> None:
    """The connection ends before or within the answer; the post stands or not, and the next call passes."""
    await client.auth_test()
    w.faults.add(Fault(kind, POST, times=1))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ROOM, text="t")
    assert texts(w) == ["t"] * kind.taken
    assert [(call.answer, call.taken) for call in w.faults.met] == [("", kind.taken)]
    await client.chat_postMessage(channel=ROOM, text="next")
    assert texts(w) == ["t"] * kind.taken + ["next"]


@pytest.mark.parametrize("taken", [False, True])
async def test_a_slow_answer(w: Workspace, client: AsyncWebClient, taken: bool) -> None:
    """It comes after the wait. Who gives up before does not learn that the post stands, where it was taken at once."""
    w.faults.add(Fault(Slow(0.05, taken=taken), POST, times=1), Fault(Slow(1.5, taken=taken), POST, times=1))
    assert (await client.chat_postMessage(channel=ROOM, text="in time"))["ok"]
    with pytest.raises(asyncio.TimeoutError):
        await client.chat_postMessage(channel=ROOM, text="late")
    async with asyncio.timeout(5):
        while len(w.faults.met) < 2:  # noqa: ASYNC110 - the workspace answers nobody any more
            await asyncio.sleep(0.01)
    assert texts(w) == ["in time", "late"][: 1 + taken]
    assert w.faults.met[1].answer == ""


async def test_faults_follow_each_other_and_choose_their_calls(w: Workspace, client: AsyncWebClient) -> None:
    """The first that fits is met until it is used up; one may let calls pass, and look at what is said."""
    w.faults.add(
        Fault(Refusal("fatal_error"), "chat.*", times=1),
        Fault(Refusal("request_timeout"), POST, after=1, times=1),
        Fault(Refusal("no_text"), when=lambda said: said.get("text") == "odd"),
    )
    said = [await _say(client, text) for text in ("a", "b", "c", "odd", "d")]
    assert said == ["fatal_error", "ok", "request_timeout", "no_text", "ok"]
    assert texts(w) == ["b", "d"]
    w.faults.clear()
    await client.chat_postMessage(channel=ROOM, text="odd")
    assert [call.answer for call in w.faults.calls] == [*said, "ok"]


async def test_a_fault_lasts_as_long_as_it_was_given(w: Workspace, client: AsyncWebClient, now: Now) -> None:
    """Its time is the workspace's own, so that ten minutes need not be waited for."""
    w.faults.add(Fault(Refusal("service_unavailable", status=503), lasts=600))
    now.at += 599
    answer = await refused(client.chat_postMessage(channel=ROOM, text="t"))
    assert (answer.status_code, answer["error"]) == (503, "service_unavailable")
    now.at += 1
    await client.chat_postMessage(channel=ROOM, text="t")


async def test_an_outage_answers_nobody(w: Workspace, client: AsyncWebClient) -> None:
    """Every method and response URL, and what is asked for within it is not taken."""
    url = f"{w.url}/response/{w.desk.response_urls.issue(ROOM, ASHA)}"
    with w.faults.outage():
        for call in (client.auth_test(), client.chat_postMessage(channel=ROOM, text="t"), _respond(url)):
            with pytest.raises(aiohttp.ClientError):
                await call
    await client.auth_test()
    assert await _respond(url) == 200
    assert texts(w) == []
    assert [call.method for call in w.faults.met] == ["auth.test", POST, "response_url"]


async def test_while_it_is_away_the_port_refuses(w: Workspace, client: AsyncWebClient) -> None:
    """Connections are refused and those that stood are cut; afterwards the same address answers again."""
    await client.auth_test()
    async with w.away():
        for _ in range(2):
            with pytest.raises(aiohttp.ClientError):
                await client.chat_postMessage(channel=ROOM, text="t")
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.auth_test()
    await client.chat_postMessage(channel=ROOM, text="back")
    assert texts(w) == ["back"]


async def test_a_response_url_can_fail_as_well(w: Workspace) -> None:
    """It is rate limited, errs or says nothing, and a use that Slack did not take is not used up."""
    url = f"{w.url}/response/{w.desk.response_urls.issue(ROOM, ASHA)}"
    w.faults.add(
        Fault(RateLimited(1), "response_url", times=1),
        Fault(Page(500), "response_url", times=1),
        Fault(Page(500, taken=True), "response_url", times=1),
    )
    assert [await _respond(url) for _ in range(7)] == [429, 500, 500, 200, 200, 200, 200]
    assert await _respond(url) == 404
    assert len(w.ephemerals(ASHA, ROOM)) == 5


async def test_an_upload_can_fail(w: Workspace, client: AsyncWebClient) -> None:
    """The bytes of a file are lost on the way."""
    w.faults.add(Fault(Page(500), "upload"))
    with pytest.raises(SlackRequestError):
        await client.files_upload_v2(channel=ROOM, filename="day.png", content=b"x")
    assert texts(w) == []


@pytest.mark.parametrize("word", ["token_revoked", "token_expired", "account_inactive"])
async def test_a_token_that_is_no_longer_good(w: Workspace, client: AsyncWebClient, word: str) -> None:
    """Whatever the bot asks is refused in that word; the app's own token is another matter."""
    with w.troubles.token(word):
        assert (await refused(client.chat_postMessage(channel=ROOM, text="t")))["error"] == word
        assert (await refused(client.auth_test()))["error"] == word
        assert (await client.apps_connections_open(app_token=w.app_token))["ok"]
    assert (await client.auth_test())["ok"]


async def test_an_archived_channel_can_only_be_read(w: Workspace, client: AsyncWebClient) -> None:
    """Nothing is posted or edited there until somebody unarchives it."""
    ts = (await client.chat_postMessage(channel=ROOM, text="before"))["ts"]
    with w.troubles.archived(ROOM):
        assert (await refused(client.chat_postMessage(channel=ROOM, text="t")))["error"] == "is_archived"
        assert (await refused(client.chat_update(channel=ROOM, ts=ts, text="t")))["error"] == "is_inactive"
        assert len((await client.conversations_history(channel=ROOM))["messages"]) == 1
    await client.chat_update(channel=ROOM, ts=ts, text="after")
    assert texts(w) == ["after"]


async def test_a_bot_that_was_removed_sees_nothing(w: Workspace, client: AsyncWebClient) -> None:
    """It is told so in a public channel; a private one does not exist for it."""
    with w.troubles.removed(ROOM):
        assert (await refused(client.chat_postMessage(channel=ROOM, text="t")))["error"] == "not_in_channel"
        assert (await refused(client.conversations_history(channel=ROOM)))["error"] == "not_in_channel"
    w.desk.directory.change_channel(ROOM, is_private=True)
    with w.troubles.removed(ROOM):
        assert (await refused(client.chat_postMessage(channel=ROOM, text="t")))["error"] == "channel_not_found"
    assert (await client.chat_postMessage(channel=ROOM, text="t"))["ok"]


async def test_a_scope_that_was_taken_away(w: Workspace, client: AsyncWebClient) -> None:
    """Only what needs it is refused."""
    with w.troubles.without("channels:history", "groups:history"):
        answer = await refused(client.conversations_history(channel=ROOM))
        assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history,groups:history")
        await client.chat_postMessage(channel=ROOM, text="t")
    assert (await client.conversations_history(channel=ROOM))["ok"]


async def test_every_call_is_written_down_without_its_token(w: Workspace, client: AsyncWebClient, now: Now) -> None:
    """When it came, what it said, what was answered and whether it was taken."""
    await client.chat_postMessage(channel=ROOM, text="t")
    now.at += 5
    await refused(client.chat_postMessage(channel="C0NOWHERE", text="t"))
    first, second = w.faults.calls
    assert (first.at, first.method, first.arguments) == (1_000.0, POST, {"channel": ROOM, "text": "t"})
    assert (first.answer, first.taken, first.fault) == ("ok", True, None)
    assert (second.at, second.answer, second.taken) == (1_005.0, "channel_not_found", False)
    assert w.faults.met == ()


async def test_edits_are_limited_by_the_minute(now: Now) -> None:
    """Fifty edits at once; then who is told to wait and does not is told to wait again, and after that it works."""
    async with Workspace(now=now) as w, aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=w.bot_token, base_url=w.api_url, retry_handlers=[], session=session)
        edit = {"channel": ROOM, "ts": (await client.chat_postMessage(channel=ROOM, text="0"))["ts"]}
        for n in range(50):
            await client.chat_update(**edit, text=str(n))
        answer = await refused(client.chat_update(**edit, text="50"))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
        now.at += 1.9
        assert (await refused(client.chat_update(**edit, text="50"))).headers["Retry-After"] == "1"
        now.at += 0.1
        await client.chat_update(**edit, text="51")
        assert texts(w) == ["51"]


async def _say(client: AsyncWebClient, text: str) -> str:
    """Post, and return Slack's word for how it went."""
    try:
        await client.chat_postMessage(channel=ROOM, text=text)
    except SlackApiError as error:
        return str(error.response["error"])
    return "ok"


async def _respond(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json={"text": "t"}) as answer:
        return answer.status
