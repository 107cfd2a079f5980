"""What it means to hand a payload to the app: an answer within 3 seconds, or the reason why there was none."""

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.sandbox.workspace.state import Json

ACK_SECONDS = 3.0
Kind = Literal["slash_commands", "interactive", "events_api"]


class UndeliveredError(Exception):
    """The app did not take a payload; `reason` is Slack's word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Retry:
    """The `attempt`th repetition of an event, and why the one before it failed."""

    attempt: int
    reason: str


class Delivery(Protocol):
    """A way to the app: its socket, or its request URL."""

    async def deliver(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Json:
        """Hand over one payload and return what the app's ack carried, `{}` for a bare one.

        Raises:
            UndeliveredError: nobody took it (`dispatch_failed`), no ack within 3 seconds
                (`operation_timeout`), or an HTTP answer other than 200 (`http_service_error`).
        """
        ...
