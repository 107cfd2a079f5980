"""Why there is no connection, in words, and how long to wait before the next attempt."""

from datetime import UTC, datetime

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.socket_mode import CALM_WAIT, FIRST_WAIT, LONGEST_WAIT, Backoff
from bot.slack.socket_trouble import LinkRefused, LinkTrouble, trouble_of
from tests.support.clock import ManualClock


class Noted(ManualClock):
    """A clock that notes how long somebody wanted to sleep."""

    def __init__(self) -> None:
        super().__init__(datetime(2026, 11, 24, 3, 45, tzinfo=UTC))
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Note it and go on."""
        self.slept.append(seconds)


@pytest.mark.parametrize(
    ("word", "advice", "calm"),
    [
        ("invalid_auth", "make an app-level token", True),
        ("token_expired", "make an app-level token", True),
        ("not_allowed_token_type", "xapp-", True),
        ("missing_scope", "connections:write", True),
        ("too_many_websockets", "stop the other bots", False),
        ("internal_error", "check the network", False),
    ],
)
def test_slacks_words_say_what_to_do(word: str, advice: str, calm: bool) -> None:
    """What only a person can mend is tried calmly; the rest may go by."""
    trouble = trouble_of(_api_error(word))
    assert f"({word})" in trouble.words
    assert advice in trouble.words
    assert trouble.calm is calm


def test_each_way_to_fail_has_words() -> None:
    """Whatever an attempt may raise is told without its URL."""
    assert "switched off" in trouble_of(LinkRefused("link_disabled")).words
    assert trouble_of(LinkRefused("link_disabled")).calm
    assert "no answer in time" in trouble_of(TimeoutError()).words
    assert "ClientConnectionError" in trouble_of(aiohttp.ClientConnectionError("wss://x/?ticket=1")).words
    assert "ticket" not in trouble_of(aiohttp.ClientConnectionError("wss://x/?ticket=1")).words


async def test_waits_grow_and_differ() -> None:
    """Each is twice the last, cut by chance to between half and whole, up to a limit; a connection that held resets."""
    clock, chances = Noted(), iter([0.0, 1.0, 0.5, *[1.0] * 9])
    backoff = Backoff(clock, lambda: next(chances))
    for _ in range(10):
        await backoff.pause()
    assert clock.slept[:3] == [FIRST_WAIT / 2, FIRST_WAIT * 2, FIRST_WAIT * 3]
    assert clock.slept[-1] == LONGEST_WAIT
    backoff.reset()
    await backoff.pause()
    assert clock.slept[-1] == FIRST_WAIT


async def test_slacks_own_time_is_kept_to() -> None:
    """`Retry-After` is the least that is waited, and what a person must mend is waited for calmly."""
    clock = Noted()
    backoff = Backoff(clock, lambda: 1.0)
    await backoff.pause(trouble_of(_api_error("ratelimited", {"Retry-After": "42"})))
    await backoff.pause(LinkTrouble("It is switched off.", calm=True))
    assert clock.slept == [42.0, CALM_WAIT]


def _api_error(word: str, headers: dict[str, str] | None = None) -> SlackApiError:
    response = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="https://slack.com/api/apps.connections.open",
        req_args={},
        data={"ok": False, "error": word},
        headers=headers or {},
        status_code=429 if headers else 200,
    )
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call] # the SDK
