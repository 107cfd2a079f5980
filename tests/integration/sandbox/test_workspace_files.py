"""Files in the sandbox's workspace: as strict as Slack, and as silent where Slack is silent."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.state import DEFAULT_SCOPES
from bot.slack.clients import posting_client

ROOM = "C0BURNIN01"


@pytest.fixture
async def w() -> AsyncIterator[Workspace]:
    """A workspace without limits."""
    async with Workspace(limits=Limits.off()) as workspace:
        yield workspace


@pytest.fixture
def client(w: Workspace) -> AsyncWebClient:
    """A client of its app."""
    return posting_client(w.bot_token, w.api_url)


async def ask(client: AsyncWebClient, method: str, **arguments: object) -> str:
    """Call a method of files with a form, and return its word."""
    try:
        await client.api_call(f"files.{method}", data=arguments)
    except SlackApiError as refused:
        return str(refused.response["error"])
    return "ok"


async def put(client: AsyncWebClient, name: str = "day.png", content: bytes = b"x", **more: object) -> str:
    """Reserve a file and send its bytes."""
    answer = await client.api_call(
        "files.getUploadURLExternal", data={"filename": name, "length": len(content), **more}
    )
    async with aiohttp.ClientSession() as session, session.post(answer["upload_url"], data=content) as taken:
        assert (await taken.text()) == f"OK - {len(content)}"
    async with aiohttp.ClientSession() as session, session.post(answer["upload_url"], data=content) as again:
        assert again.status == 400
    return str(answer["file_id"])


def one(file: str) -> str:
    """The list of files that completes one."""
    return json.dumps([{"id": file, "title": "Day"}])


async def test_a_reservation_needs_a_name_and_a_length_in_a_form(client: AsyncWebClient) -> None:
    """A JSON body is not read, an empty file not taken, an alt text at most 1,000 characters."""
    assert await ask(client, "getUploadURLExternal", filename="a.png", length=1, alt_txt="a" * 1000) == "ok"
    assert (
        await ask(client, "getUploadURLExternal", filename="a.png", length=1, alt_txt="a" * 1001) == "alt_txt_too_large"
    )
    assert await ask(client, "getUploadURLExternal", filename="a.png", length=0) == "missing_argument"
    assert await ask(client, "getUploadURLExternal", length=1) == "invalid_arguments"
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.api_call("files.getUploadURLExternal", json={"filename": "a.png", "length": 1})


async def test_bytes_must_be_as_many_as_were_announced(client: AsyncWebClient) -> None:
    """What does not fit is not taken, and its file cannot be completed."""
    answer = await client.api_call("files.getUploadURLExternal", data={"filename": "a.png", "length": 3})
    async with aiohttp.ClientSession() as session, session.post(answer["upload_url"], data=b"four") as taken:
        assert taken.status == 400
    assert await ask(client, "completeUploadExternal", files=one(answer["file_id"])) == "file_not_found"


async def test_a_file_is_shared_once_in_one_thread(w: Workspace, client: AsyncWebClient) -> None:
    """With its words and its alt text; a second time it is not found."""
    root = (await client.chat_postMessage(channel=ROOM, text="root"))["ts"]
    file = await put(client, alt_txt="a chart")
    where = {"files": one(file), "thread_ts": root, "initial_comment": "the day"}
    assert await ask(client, "completeUploadExternal", **where) == "invalid_arguments"
    assert await ask(client, "completeUploadExternal", **where, channels=f"{ROOM},C2") == "invalid_arguments"
    assert await ask(client, "completeUploadExternal", **where, channel_id="C0NONE") == "channel_not_found"
    assert await ask(client, "completeUploadExternal", **where, channel_id=ROOM) == "ok"
    assert await ask(client, "completeUploadExternal", **where, channel_id=ROOM) == "file_not_found"
    (reply,) = w.replies(ROOM, root)
    assert (reply["text"], reply["files"][0]["alt_txt"], reply["files"][0]["title"]) == ("the day", "a chart", "Day")


async def test_what_is_no_image_and_has_an_alt_text_is_never_shown(w: Workspace, client: AsyncWebClient) -> None:
    """Slack says ok and shares nothing."""
    file = await put(client, "rows.csv", alt_txt="rows")
    assert await ask(client, "completeUploadExternal", files=one(file), channel_id=ROOM) == "ok"
    assert w.messages(ROOM) == []


async def test_without_the_scope_no_file_is_taken() -> None:
    """The answer names the scope."""
    async with Workspace(scopes=DEFAULT_SCOPES - {"files:write"}) as workspace:
        client = posting_client(workspace.bot_token, workspace.api_url)
        assert await ask(client, "getUploadURLExternal", filename="a.png", length=1) == "missing_scope"
