"""One channel's turn to be served: whether it may be tried now, and how long it is left alone after a failure."""

from collections.abc import Callable
from enum import StrEnum

from bot.errors import DeliveryRefused, SlackUnreachable
from bot.ports import Clock

BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # at most so many seconds after each failure in a row
REFUSED_BACK_OFF = 30.0  # seconds; somebody has to mend something first

Spread = Callable[[float, float], float]  # takes a number between two


class LaneKind(StrEnum):
    """What is served apart from the rest of its channel, so that neither waits for the other."""

    POSTS = "posts"
    EDITS = "edits"  # of messages that stand
    FILES = "files"  # which are drawn and uploaded first


_WORDS = {LaneKind.POSTS: "messages for", LaneKind.EDITS: "edits in", LaneKind.FILES: "files for"}


class Lane:
    """The messages of one channel, the edits of its messages, or its files.

    Args:
        channel: where to.
        kind: which of them.
        clock: tells when it may be tried again.
        spread: takes a pause between nothing and the most: what failed together is not tried again together.
    """

    def __init__(self, channel: str, clock: Clock, spread: Spread, *, kind: LaneKind) -> None:
        self.channel = channel
        self.kind = kind
        self.trouble = ""
        self._clock = clock
        self._spread = spread
        self._failures = 0
        self._not_before = float("-inf")

    def __str__(self) -> str:
        return f"{_WORDS[self.kind]} {self.channel or 'the terminal'}"

    def is_due(self) -> bool:
        """Tell whether it may be tried now."""
        return self._clock.monotonic() >= self._not_before

    def served(self) -> None:
        """Note that something was said."""
        self._failures, self.trouble = 0, ""

    def failed(self, error: Exception) -> float:
        """Note that something could not be said; return the seconds until the next try."""
        pause = self._pause(error)
        self._failures += 1
        self.trouble = str(error)
        self._not_before = self._clock.monotonic() + pause
        return pause

    def _pause(self, error: Exception) -> float:
        if isinstance(error, DeliveryRefused):
            return REFUSED_BACK_OFF
        if isinstance(error, SlackUnreachable) and error.retry_after is not None:
            return error.retry_after
        return self._spread(0.0, BACK_OFF[min(self._failures, len(BACK_OFF) - 1)])
