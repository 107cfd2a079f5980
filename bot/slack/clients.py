"""Web API clients: one for posts, which are never repeated in the dark, and one for what may be asked twice.

A session keeps connections open from call to call; without one each call opens its own.
"""

from aiohttp import ClientSession
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

CALL_SECONDS = 10


def posting_client(token: str, api_url: str, session: ClientSession | None = None) -> AsyncWebClient:
    """A client that repeats a call only where Slack said that it did not take it (429).

    The SDK's default repeats after a lost connection too, and so posts twice where only the answer was lost.
    """
    return _client(token, api_url, [AsyncRateLimitErrorRetryHandler(max_retry_count=2)], session)


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
    return AsyncWebClient(token=token, base_url=api_url, timeout=CALL_SECONDS, retry_handlers=retries, session=session)
