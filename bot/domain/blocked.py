"""Which channels refuse messages, folded from what is on record of refusals and of their end."""

from collections.abc import Iterable
from typing import Final

from bot.domain.entry import DeliveryBlocked, DeliveryResumed, Entry
from bot.domain.value import UtcDatetime, Value

KINDS: Final = ("delivery_blocked", "delivery_resumed")  # of the entries to fold


class Blocked(Value):
    """A channel that has taken no message since an instant, and why."""

    since: UtcDatetime
    reason: str


def blocked_channels(entries: Iterable[Entry]) -> dict[str, Blocked]:
    """Return the channels that take no messages at the end of these entries, oldest first."""
    blocked: dict[str, Blocked] = {}
    for entry in entries:
        if isinstance(entry.body, DeliveryBlocked):
            blocked.setdefault(entry.body.channel, Blocked(since=entry.at, reason=entry.body.reason))
        elif isinstance(entry.body, DeliveryResumed):
            blocked.pop(entry.body.channel, None)
    return blocked
