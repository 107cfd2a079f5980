"""What an error of a call means: whether Slack may have taken it, when to try again, what to mend."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.errors import DeliveryRefused, MessageGone, SlackUnreachable
from bot.slack.clients import MayNotAct
from bot.slack.trouble import is_ambiguous, raise_as_ours, retry_after_of


def answered(data: Any, status: int = 200, **headers: str) -> SlackApiError:
    """An answer of Slack's, or of something on the way, as the SDK raises it."""
    return SlackApiError("no", SimpleNamespace(data=data, headers=headers, status_code=status))


def said(word: str, status: int = 200, **headers: str) -> SlackApiError:
    """Slack's own word."""
    return answered({"ok": False, "error": word}, status, **headers)


@pytest.mark.parametrize(
    ("error", "ambiguous"),
    [
        (said("ratelimited"), False),
        (said("not_in_channel"), False),
        (said("internal_error"), True),
        (answered("<h1>Bad gateway</h1>"), True),
        (said("upstream_timeout", 504), True),
        (said("too_many_requests", 429), False),
        (answered(None), True),
        (aiohttp.ServerDisconnectedError(), True),
        (TimeoutError(), True),
        (aiohttp.ClientConnectorError(SimpleNamespace(), OSError(111, "refused")), False),  # type: ignore[arg-type]
        (MayNotAct(), False),
    ],
)
def test_only_what_was_surely_not_taken_is_not_searched_for(error: Exception, ambiguous: bool) -> None:
    """A page of a proxy or a lost connection hides what Slack did; its own refusal, or no connection, does not."""
    assert is_ambiguous(error) is ambiguous


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (said("ratelimited", **{"Retry-After": "30"}), 30.0),
        (answered("busy", **{"retry-after": "2.5"}), 2.5),
        (said("ratelimited", **{"Retry-After": "-3"}), 0.0),
        (said("ratelimited", **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), None),
        (said("ratelimited"), None),
        (TimeoutError(), None),
    ],
)
def test_how_long_to_wait_is_read_from_the_answer(error: Exception, seconds: float | None) -> None:
    """In seconds, whoever answered; what cannot be read says nothing."""
    assert retry_after_of(error) == seconds


@pytest.mark.parametrize(
    ("error", "ours", "words"),
    [
        (said("ratelimited", **{"Retry-After": "30"}), SlackUnreachable, "tried again"),
        (answered("<h1>Bad gateway</h1>"), SlackUnreachable, "unknown_error"),
        (said("upstream_timeout", 504), SlackUnreachable, "tried again"),
        (said("too_many_requests", 429), SlackUnreachable, "tried again"),
        (MayNotAct(), SlackUnreachable, "MayNotAct"),
        (said("message_not_found"), MessageGone, "message_not_found"),
        (said("is_archived"), DeliveryRefused, "unarchive the channel"),
        (said("token_expired"), DeliveryRefused, "SLACK_BOT_TOKEN"),
        (said("a_new_word"), DeliveryRefused, "look this word up"),
    ],
)
def test_every_error_says_what_to_do(error: Exception, ours: type[Exception], words: str) -> None:
    """Wait, leave it, or mend something."""
    with pytest.raises(ours, match=words):
        raise_as_ours(error, "C1")
