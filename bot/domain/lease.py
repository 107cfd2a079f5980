"""The arithmetic of a lease: how long its holder may act, and when another bot may take it.

Each host counts on its own monotonic clock, and nobody compares two clocks. A holder stops a second before another bot
may begin: it counts from before its renewal was sent, the other from after it was seen.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

RENEW_EVERY: Final = 0.5  # seconds between renewals
HOLDS_FOR: Final = 2.0  # seconds after a renewal was sent
STALE_AFTER: Final = 3.0  # seconds without a renewal, as seen by who stands by
LOOK_EVERY: Final = 0.25  # seconds between looks of who stands by


@dataclass(frozen=True, slots=True)
class Standing:
    """The lease as it stands in the ledger; nobody holds it where `holder` is empty."""

    epoch: int
    holder: str
    renewed_at: datetime


class Hold:
    """Whether a holder may act, by its own monotonic seconds."""

    def __init__(self) -> None:
        self._until = float("-inf")

    def renewed(self, sent: float) -> None:
        """Note a renewal that succeeded, and when it was sent."""
        self._until = sent + HOLDS_FOR

    def end(self) -> None:
        """Hold nothing any more."""
        self._until = float("-inf")

    def stands(self, now: float) -> bool:
        """Tell whether the last renewal is young enough."""
        return now < self._until


class Silence:
    """For how long a holder has not renewed, as seen by a bot that stands by."""

    def __init__(self) -> None:
        self._seen: Standing | None = None
        self._since = 0.0

    def may_take(self, standing: Standing, now: float) -> bool:
        """Tell whether the lease as it stands now may be taken: nobody has it, or it has not changed for too long."""
        if standing != self._seen:
            self._seen, self._since = standing, now
        return not standing.holder or now - self._since >= STALE_AFTER

    def forget(self) -> None:
        """Begin to count anew: where nobody could look, nobody could renew either."""
        self._seen = None
