"""Which channels refuse messages, folded from what is on record of refusals and of their end."""

from collections.abc import Iterable

from bot.domain.entry import DeliveryBlocked, DeliveryResumed, Entry


def blocked_channels(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return, by channel, the DeliveryBlocked of each that has not taken a message since; entries oldest first."""
    blocked: dict[str, Entry] = {}
    for entry in entries:
        if isinstance(entry.body, DeliveryBlocked):
            blocked[entry.body.channel] = entry
        elif isinstance(entry.body, DeliveryResumed):
            blocked.pop(entry.body.channel, None)
    return blocked
