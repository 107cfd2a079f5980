"""What a person's action lends the app for a short while: a trigger to open a view, a URL to respond to."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.workspace.state import SlackError

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5


@dataclass(slots=True)
class _Trigger:
    user: str
    at: float
    used: bool = False


class Triggers:
    """Issues trigger ids, each good for one view within 3 seconds. `now` gives seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._issued: dict[str, _Trigger] = {}

    @property
    def issued(self) -> tuple[str, ...]:
        """Every trigger id there has been, none of which an app is to keep."""
        return tuple(self._issued)

    def issue(self, user: str) -> str:
        """A new trigger id of something this person did."""
        trigger = f"{int(self._now() * 1000)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._issued[trigger] = _Trigger(user, self._now())
        return trigger

    def check(self, trigger_id: str) -> str:
        """The person behind a trigger that could still be exchanged.

        Raises:
            SlackError: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
        """
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._now() - trigger.at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        return trigger.user

    def spend(self, trigger_id: str) -> None:
        """Mark a trigger as exchanged."""
        self._issued[trigger_id].used = True


@dataclass(slots=True)
class Response:
    """One response URL: where and to whom it answers, and the message it came from (None for a command)."""

    channel: str
    user: str
    at: float
    message_ts: str | None = None
    ephemeral: bool = False
    uses: int = 0


class ResponseUrls:
    """Issues the opaque end of response URLs, each good for 5 uses in 30 minutes. `now` gives seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._issued: dict[str, Response] = {}

    def issue(self, channel: str, user: str, message_ts: str | None = None, *, ephemeral: bool = False) -> str:
        """A new opaque name for a response to this person in this channel."""
        name = secrets.token_urlsafe(24)
        self._issued[name] = Response(channel, user, self._now(), message_ts, ephemeral)
        return name

    def use(self, name: str) -> Response:
        """Count one use.

        Raises:
            SlackError: `invalid_url`, `expired_url` or `used_url`.
        """
        response = self._issued.get(name)
        if response is None:
            raise SlackError("invalid_url")
        if self._now() - response.at > RESPONSE_SECONDS:
            raise SlackError("expired_url")
        if response.uses >= RESPONSE_USES:
            raise SlackError("used_url")
        response.uses += 1
        return response
