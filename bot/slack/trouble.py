"""Slack's errors as this project's own, each with what to do about it."""

import asyncio
from typing import NoReturn

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import DeliveryRefused, MessageGone, SlackUnreachable
from bot.slack.clients import MayNotAct

# What a call may raise; any of them but SlackApiError may hide that Slack took the message.
CALL_ERRORS = (SlackApiError, aiohttp.ClientError, asyncio.TimeoutError, OSError)

_TOO_MANY, _SERVER_ERROR = 429, 500  # HTTP's own numbers
_TRANSIENT = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
    "org_login_required",
    "external_channel_migrating",
    "update_failed",
}
_AMBIGUOUS = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_GONE = {
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "block_mismatch",
    "cant_broadcast_message",
    "no_dual_broadcast_content_update",
}
_TOKEN = "put the bot's current token into SLACK_BOT_TOKEN and start it again."  # noqa: S105 - advice, not a token
_SETTING = "a workspace setting keeps the bot from posting there; ask a workspace admin."
_ADVICE = {
    "not_in_channel": "invite the bot: type /invite @burnin in that channel.",
    "channel_not_found": "check the channel's id in the configuration, and invite the bot to it.",
    "is_archived": "unarchive the channel, or configure another one.",
    "is_inactive": "unarchive the channel, or configure another one.",
    "restricted_action": _SETTING,
    "restricted_action_read_only_channel": _SETTING,
    "restricted_action_thread_only_channel": _SETTING,
    "posting_to_general_channel_denied": _SETTING,
    "team_access_not_granted": _SETTING,
    "ekm_access_denied": _SETTING,
    "access_denied": _SETTING,
    "no_permission": _SETTING,
    "message_limit_exceeded": _SETTING,
    "missing_scope": "add the scopes of `burnin manifest` to the app and install it again.",
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "account_inactive": _TOKEN,
    "invalid_blocks": "this is a mistake in the bot: report it with this line.",
    "msg_too_long": "this is a mistake in the bot: report it with this line.",
    "msg_blocks_too_long": "this is a mistake in the bot: report it with this line.",
}


def word_of(error: BaseException) -> str:
    """Slack's own word for what went wrong, or the kind of failure on the way to it."""
    if not isinstance(error, SlackApiError):
        return type(error).__name__
    answer = getattr(error.response, "data", None)
    return str(answer.get("error") or "unknown_error") if isinstance(answer, dict) else "unknown_error"


def is_ambiguous(error: BaseException) -> bool:
    """Tell whether Slack may have taken the message although the call failed."""
    if is_answer(error):
        return word_of(error) in _AMBIGUOUS
    return not isinstance(error, aiohttp.ClientConnectorError | MayNotAct)


def retry_after_of(error: BaseException) -> float | None:
    """For how many seconds Slack asks to be left alone; None where it does not."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        return max(0.0, float(said))
    except ValueError:
        return None


def raise_as_ours(error: BaseException, channel: str) -> NoReturn:
    """Raise what an error of a call means for a message to a channel.

    Raises:
        SlackUnreachable: trying again may help.
        MessageGone: what should be edited is not there any more.
        DeliveryRefused: somebody must mend something first.
    """
    word = word_of(error)
    if not is_answer(error) or word in _TRANSIENT or _status_of(error) == _TOO_MANY:
        said = (
            f"Slack did not take a message ({word}). It waits and is tried again; check the network and "
            "status.slack.com if this stays."
        )
        raise SlackUnreachable(said, retry_after_of(error)) from error
    if word in _GONE:
        raise MessageGone(f"A message in {channel} cannot be edited any more ({word}).") from error
    advice = _ADVICE.get(word, "look this word up in Slack's documentation of chat.postMessage.")
    raise DeliveryRefused(f"Slack refuses messages to {channel} ({word}): {advice}") from error


def is_answer(error: BaseException) -> bool:
    """Tell whether Slack itself answered in its own words and for sure.

    A page of something on the way has none, and a server's error does not tell what became of the call.
    """
    return isinstance(error, SlackApiError) and word_of(error) != "unknown_error" and _status_of(error) < _SERVER_ERROR


def is_lasting(error: BaseException) -> bool:
    """Tell whether Slack refuses for sure, and will as long as nobody mends something."""
    return is_answer(error) and word_of(error) not in _TRANSIENT and _status_of(error) != _TOO_MANY


def is_unheard_of(error: BaseException) -> bool:
    """Tell whether Slack refuses for a reason of which nothing is known here: it may lie in the message itself."""
    known = word_of(error) in {*_ADVICE, *_TRANSIENT, *_GONE}
    return is_answer(error) and not known and _status_of(error) != _TOO_MANY


def _status_of(error: BaseException) -> int:
    return int(getattr(getattr(error, "response", None), "status_code", 0))
