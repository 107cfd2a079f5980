"""Web API clients: one for posts, which are never repeated in the dark, and one for what may be asked twice.

A session keeps connections open from call to call; without one each call opens its own.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from aiohttp import (
    ClientConnectionError,
    ClientPayloadError,
    ClientSession,
    ClientTimeout,
    TraceConfig,
    TraceRequestStartParams,
)
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

CALL_SECONDS = 10


class MayNotAct(ClientConnectionError):
    """Another bot may act in this one's place by now, or this one has ended, so nothing was sent."""


class _ActingClient(AsyncWebClient):
    """A client that is silent once its session is closed: the SDK would open one of its own then, which asks nobody.

    What the SDK cannot read, like a page that calls itself plain text, fails as a broken answer does.
    """

    async def api_call(self, *arguments: Any, **named: Any) -> AsyncSlackResponse:
        if self.session is not None and self.session.closed:
            raise MayNotAct
        try:
            return await super().api_call(*arguments, **named)
        except (AttributeError, ValueError) as error:  # the SDK takes whatever came with HTTP 200 for an object
            raise ClientPayloadError("what answered in Slack's place is not JSON") from error


def acting_session(may_act: Callable[[], bool]) -> ClientSession:
    """Return a session that posts, edits and shares only while this bot may act.

    That is asked when a connection is at hand and nothing is written yet: a call that waited for one, or a process
    that was stopped meanwhile, says nothing that another bot has said. Its calls fail with MayNotAct. Look-ups and
    answers to one person go out all the same: no other bot can give them, and somebody waits.
    """

    async def note(_: ClientSession, call: SimpleNamespace, start: TraceRequestStartParams) -> None:
        call.acts = start.url.name.startswith(("chat.", "files.")) and start.url.name != "chat.postEphemeral"

    async def ask(_: ClientSession, call: SimpleNamespace, __: Any) -> None:
        if call.acts and not may_act():
            raise MayNotAct

    trace = TraceConfig()
    trace.on_request_start.append(note)
    trace.on_connection_create_end.append(ask)
    trace.on_connection_reuseconn.append(ask)
    # The clients' own time limit does not hold for a session they are given.
    return ClientSession(timeout=ClientTimeout(total=CALL_SECONDS), trace_configs=[trace])


def posting_client(token: str, api_url: str, session: ClientSession | None = None) -> AsyncWebClient:
    """A client that repeats nothing: whoever calls knows how long to wait, and what may have been said already.

    The SDK's default repeats after a lost connection, and so posts twice where only the answer was lost.
    """
    return _client(token, api_url, [], session)


def reading_client(token: str, api_url: str, session: ClientSession | None = None) -> AsyncWebClient:
    """A client for look-ups, which may be repeated whatever went wrong."""
    retries: list[AsyncRetryHandler] = [
        AsyncRateLimitErrorRetryHandler(max_retry_count=2),
        AsyncConnectionErrorRetryHandler(),
        AsyncServerErrorRetryHandler(),
    ]
    return _client(token, api_url, retries, session)


def _client(
    token: str, api_url: str, retries: list[AsyncRetryHandler], session: ClientSession | None
) -> AsyncWebClient:
    return _ActingClient(token=token, base_url=api_url, timeout=CALL_SECONDS, retry_handlers=retries, session=session)
