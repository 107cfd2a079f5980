"""HTTP mode: Slack's signature is checked, and whoever cannot listen is told which key to change."""

from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.errors import ConfigurationError
from bot.sandbox.workspace import Limits, Workspace
from bot.slack.app import build_app
from bot.slack.clients import posting_client
from bot.slack.connection import PATH, ConnectionSettings, slack_connection
from bot.slack.work import Work
from tests.support.slack_room import ASHA, CLOCK, ROOM, FakeDispatcher, FakeTrader, FixedPlace, front_of


async def test_over_http_signed_requests_are_answered(unused_tcp_port_factory: Callable[[], int]) -> None:
    """HTTP mode serves slash commands that carry Slack's signature."""
    port = unused_tcp_port_factory()
    async with Workspace(limits=Limits.off(), request_url=f"http://127.0.0.1:{port}{PATH}") as slack:
        work, dispatcher = Work(), FakeDispatcher()
        client = posting_client(slack.bot_token, slack.api_url)
        app = build_app(
            client, front_of(slack, dispatcher, FakeTrader(), FixedPlace()), work, signing_secret=slack.signing_secret
        )
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
        app = build_app(
            client, front_of(slack, dispatcher, FakeTrader(), FixedPlace()), work, signing_secret=slack.signing_secret
        )
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
        app = build_app(
            posting_client(slack.bot_token, slack.api_url),
            front_of(slack, FakeDispatcher(), FakeTrader(), FixedPlace()),
            work,
        )
        taken = ConnectionSettings(mode="http", port=urlsplit(slack.desk.base_url).port or 0)
        with pytest.raises(ConfigurationError, match=r"slack\.http\.port"):
            await slack_connection(app, taken, work, CLOCK).__aenter__()


async def test_over_http_a_quiet_slack_is_no_trouble() -> None:
    """Over HTTP Slack calls only when somebody types: silence says nothing."""
    async with Workspace(limits=Limits.off()) as slack:
        work = Work()
        app = build_app(
            posting_client(slack.bot_token, slack.api_url),
            front_of(slack, FakeDispatcher(), FakeTrader(), FixedPlace()),
            work,
        )
        async with slack_connection(app, ConnectionSettings(mode="http", port=0), work, CLOCK) as link:
            assert link.age() is None
            assert link.trouble() == ""
