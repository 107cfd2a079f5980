"""Why Slack opens no Socket Mode connection, in words, and how calmly to try again."""

import asyncio
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.slack.trouble import word_of

LINK_DISABLED, TOO_MANY = "link_disabled", "too_many_websockets"

_RENEW = (
    "SLACK_APP_TOKEN is not valid any more or not this app's: make an app-level token with connections:write "
    "(api.slack.com/apps, Basic Information), put it there and start the bot again."
)
_ADVICE = {
    LINK_DISABLED: "Socket Mode is switched off for this app: switch it on (api.slack.com/apps, Socket Mode), "
    "or set slack.mode to http.",
    "invalid_auth": _RENEW,
    "not_authed": _RENEW,
    "token_revoked": _RENEW,
    "token_expired": _RENEW,
    "account_inactive": _RENEW,
    "not_allowed_token_type": "SLACK_APP_TOKEN must be an app-level token (xapp-…), not the bot's own.",
    "missing_scope": "the token in SLACK_APP_TOKEN lacks connections:write: make one that has it.",
    "no_permission": "the token in SLACK_APP_TOKEN lacks connections:write: make one that has it.",
    TOO_MANY: "the app has as many connections as Slack allows (10): stop the other bots that use this app's token.",
}
_SOON = {TOO_MANY}  # what goes by without anybody's help, once the others are gone
_IN_THE_WAY = "The watch goes on, and it is tried again; check the network and status.slack.com if this stays."


class LinkRefused(Exception):
    """Slack took the WebSocket but said no on it; `reason` is its word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class LinkTrouble:
    """What is wrong, with what to do; `calm` where only a person can mend it, `wait` seconds where Slack named them."""

    words: str
    calm: bool = False
    wait: float = 0.0


def refused_for(reason: str) -> LinkTrouble:
    """Return what a word of Slack's means for a connection."""
    advice = _ADVICE.get(reason)
    said = f"Slack does not open a connection ({reason}): {advice or _IN_THE_WAY}"
    return LinkTrouble(said, calm=advice is not None and reason not in _SOON)


def trouble_of(error: BaseException) -> LinkTrouble:
    """Return what a failed attempt to connect means."""
    match error:
        case LinkRefused():
            return refused_for(error.reason)
        case SlackApiError():
            return LinkTrouble(*_words_and_calm(word_of(error)), wait=_retry_after(error))
        case aiohttp.WSServerHandshakeError():
            return refused_for(f"the handshake was refused with HTTP {error.status}")
        case asyncio.TimeoutError():
            return refused_for("no answer in time")
    return refused_for(word_of(error))


def _words_and_calm(word: str) -> tuple[str, bool]:
    found = refused_for(word)
    return found.words, found.calm


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    said = str(headers.get("Retry-After") or headers.get("retry-after") or "0")
    return float(said) if said.isdigit() else 0.0
