"""Connecting to Slack: patient at start, fresh after a failed handshake, signed over HTTP, and ended in time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.errors import ConfigurationError
from bot.sandbox.workspace import Limits, Workspace
from bot.slack.access import SlackAccess
from bot.slack.answering import Front
from bot.slack.app import build_app
from bot.slack.clients import posting_client
from bot.slack.connection import PATH, ConnectionSettings, slack_connection
from bot.slack.work import Lane, Work
from commands.registry import load_commands
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.slack_room import ASHA, CLOCK, GROUPS, ROOM, FakeDispatcher, FakeTrader, FixedPlace, desk_with

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def front(slack: Workspace, dispatcher: FakeDispatcher) -> Front:
    """What the listeners need."""
    client = posting_client(slack.bot_token, slack.api_url)
    access = SlackAccess(client, GROUPS, CLOCK)
    return Front(dispatcher, load_commands(), access, desk_with(FakeTrader()), FixedPlace(), client)


async def test_it_waits_for_slack_and_connects_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    """Slack is down at start: nothing fails, the log says so, and the connection comes by itself."""
    clock = ManualClock(datetime(2026, 11, 24, 3, 45, tzinfo=UTC))
    async with Workspace(limits=Limits.off()) as slack:
        slack.intercept = _is_down
        work = Work()
        app = build_app(posting_client(slack.bot_token, slack.api_url), front(slack, FakeDispatcher()), work)
        settings = ConnectionSettings(mode="socket", app_token=slack.app_token)
        async with slack_connection(app, settings, work, clock) as link:
            await eventually(lambda: "Slack does not open a connection" in caplog.text)
            assert link.age() is None
            slack.intercept = None
            await clock.advance(1)
            await slack.wait_connected()
            await eventually(lambda: link.age() is not None)
    assert slack.app_token not in caplog.text


async def test_a_failed_handshake_asks_for_a_new_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one-time URL of a failed handshake is not retried for ever."""
    monkeypatch.setattr("bot.slack.socket_mode.PING_SECONDS", 0.05)
    tried: list[str] = []

    async def refuses_the_first(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return await handler(request)
        tried.append(str(request.rel_url))
        if len(tried) == 1:
            return web.Response(status=503)
        return await handler(request)

    async with Workspace(limits=Limits.off()) as slack:
        slack.intercept = refuses_the_first
        work = Work()
        app = build_app(posting_client(slack.bot_token, slack.api_url), front(slack, FakeDispatcher()), work)
        settings = ConnectionSettings(mode="socket", app_token=slack.app_token)
        async with slack_connection(app, settings, work, CLOCK):
            await slack.wait_connected()
    assert len(tried) >= 2
    assert tried[0] != tried[-1]


async def test_a_dropped_socket_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a disconnect the app is connected again and answers."""
    monkeypatch.setattr("bot.slack.socket_mode.PING_SECONDS", 0.05)
    async with Workspace(limits=Limits.off()) as slack:
        work, dispatcher = Work(), FakeDispatcher()
        app = build_app(posting_client(slack.bot_token, slack.api_url), front(slack, dispatcher), work)
        settings = ConnectionSettings(mode="socket", app_token=slack.app_token)
        async with slack_connection(app, settings, work, CLOCK):
            await slack.wait_connected()
            await slack.sockets.close()
            await slack.wait_for(lambda: not slack.sockets.connected)
            await slack.wait_connected()
            assert (await slack.type_command(ASHA, ROOM, "/burnin check")).ok
            await eventually(lambda: dispatcher.lines == ["check"])


async def test_over_http_signed_requests_are_answered(unused_tcp_port_factory: Callable[[], int]) -> None:
    """HTTP mode serves slash commands that carry Slack's signature."""
    port = unused_tcp_port_factory()
    async with Workspace(limits=Limits.off(), request_url=f"http://127.0.0.1:{port}{PATH}") as slack:
        work, dispatcher = Work(), FakeDispatcher()
        client = posting_client(slack.bot_token, slack.api_url)
        app = build_app(client, front(slack, dispatcher), work, signing_secret=slack.signing_secret)
        async with slack_connection(app, ConnectionSettings(mode="http", port=port), work, CLOCK) as link:
            assert (await slack.type_command(ASHA, ROOM, "/burnin check")).ok
            await slack.wait_for(lambda: slack.ephemerals(ASHA, ROOM))
            age = link.age()
            assert age is not None
            assert age < 30


async def test_over_http_an_unsigned_or_old_request_is_refused() -> None:
    """Without a valid signature, or with one older than five minutes, nothing is run."""
    async with Workspace(limits=Limits.off()) as slack:
        work, dispatcher = Work(), FakeDispatcher()
        client = posting_client(slack.bot_token, slack.api_url)
        app = build_app(client, front(slack, dispatcher), work, signing_secret=slack.signing_secret)
        settings = ConnectionSettings(mode="http", port=0)
        body = f"command=%2Fburnin&text=check&user_id={ASHA}&channel_id={ROOM}&team_id=T0BURNIN00&trigger_id=1"
        async with slack_connection(app, settings, work, CLOCK) as link, aiohttp.ClientSession() as http:
            url = f"http://127.0.0.1:{link.port}{PATH}"
            old = str(int(CLOCK.now().timestamp()) - 3600)
            signed = SignatureVerifier(slack.signing_secret).generate_signature(timestamp=old, body=body)
            for headers in ({}, {"X-Slack-Request-Timestamp": old, "X-Slack-Signature": str(signed)}):
                form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
                async with http.post(url, data=body, headers=form) as answer:
                    assert answer.status == 401
            assert link.age() is None
    assert dispatcher.asked == []


async def test_over_http_a_port_that_is_taken_is_named() -> None:
    """Somebody else listens there: the key to change is told."""
    async with Workspace(limits=Limits.off()) as slack:
        work = Work()
        app = build_app(posting_client(slack.bot_token, slack.api_url), front(slack, FakeDispatcher()), work)
        taken = ConnectionSettings(mode="http", port=urlsplit(slack.desk.base_url).port or 0)
        with pytest.raises(ConfigurationError, match=r"slack\.http\.port"):
            await slack_connection(app, taken, work, CLOCK).__aenter__()


async def test_work_that_does_not_end_is_cut_off_in_time(caplog: pytest.LogCaptureFixture) -> None:
    """Draining has a time limit, and says what it cut off."""
    work = Work()
    work.start(asyncio.Event().wait, Lane.SLOW)
    await work.drain(0.01)
    assert "1 commands from Slack were cut off" in caplog.text


async def _is_down(request: web.Request, handler: Handler) -> web.StreamResponse:
    return web.Response(status=503, text="<html>down</html>", content_type="text/html")
