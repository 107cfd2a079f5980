"""Slack's fault switches on the page: each makes Slack go wrong, and switched back all is well."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.switches import SLACK_FAULTS

ROOM = "C0BURNIN01"


@pytest.fixture
async def w() -> AsyncIterator[Workspace]:
    """A workspace without rate limits of its own."""
    async with Workspace(limits=Limits.off()) as workspace:
        yield workspace


async def answered(w: Workspace, method: str, token: str, **body: str) -> int | str:
    """The status of a call's answer, or the name of what came instead."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as app:
        try:
            async with app.post(f"{w.api_url}{method}", json=body) as response:
                return response.status
        except aiohttp.ClientError as error:
            return type(error).__name__


async def post(w: Workspace) -> int | str:
    """What becomes of a new message."""
    return await answered(w, "chat.postMessage", w.bot_token, channel=ROOM, text="hello")


@pytest.mark.parametrize(
    ("name", "met", "taken"),
    [
        ("slack-rate-limit", 429, False),
        ("slack-errors", 500, False),
        ("slack-lost-answers", "ServerDisconnectedError", True),
        ("slack-outage", "ServerDisconnectedError", False),
    ],
)
async def test_calls_go_wrong_while_a_switch_is_on(w: Workspace, name: str, met: int | str, taken: bool) -> None:
    """A message meets the fault; only a lost answer leaves it in the channel; switched back it is taken."""
    await w.switches.switch(name, active=True)
    assert w.switches.active == {name}
    assert await post(w) == met
    assert len(w.messages(ROOM)) == int(taken)
    await w.switches.switch(name, active=False)
    assert await post(w) == 200
    assert w.switches.active == frozenset()


@pytest.mark.parametrize("name", ["slack-no-handshake", "slack-outage"])
async def test_the_app_is_cut_off_until_switched_back(w: Workspace, name: str) -> None:
    """Its connection is closed and its handshakes are refused; afterwards it may come back."""
    async with aiohttp.ClientSession() as app:
        first = await app.ws_connect(await link(w, app))
        await first.receive_json()
        await w.switches.switch(name, active=True)
        assert (await first.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        assert w.sockets.faults.refuse > 0
        await w.switches.switch(name, active=False)
        async with app.ws_connect(await link(w, app)) as second:
            assert (await second.receive_json())["type"] == "hello"


async def link(w: Workspace, app: aiohttp.ClientSession) -> str:
    """The address of a new connection."""
    headers = {"Authorization": f"Bearer {w.app_token}"}
    async with app.post(f"{w.api_url}apps.connections.open", headers=headers) as response:
        return str((await response.json())["url"])


async def test_the_socket_falls_silent(w: Workspace) -> None:
    """The connection stays open and nothing is said on it; a switch thrown twice does no more than once."""
    for _ in range(2):
        await w.switches.switch("slack-silent-socket", active=True)
    assert w.sockets.faults.silent
    await w.switches.switch("slack-silent-socket", active=False)
    assert not w.sockets.faults.silent


async def test_every_fault_can_be_switched(w: Workspace) -> None:
    """All at once and back: nothing of them stays."""
    for name in SLACK_FAULTS:
        await w.switches.switch(name, active=True)
    assert w.switches.active == set(SLACK_FAULTS)
    for name in SLACK_FAULTS:
        await w.switches.switch(name, active=False)
    assert await post(w) == 200
    assert w.sockets.faults.refuse == 0
