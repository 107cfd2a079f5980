"""Counts again what the ledger records as counted: streaks, clearances, void days, certificates.

A chain that somebody rewrote from one entry on, with every hash made anew, is whole in itself. But what follows from an
entry stands in later ones, and who changes a verdict has to change them all. Everything that is certain from the
entries before it is counted again. What rests on something else is held to what is possible: by which policy a void day
was counted, or the open of a session whose policy no closed day has recorded; and what the bot read of the trader when
a void day would have brought a clearance.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from bot.domain.entry import Entry
from bot.domain.recount.certificate import HashOf
from bot.domain.recount.trader import Misfit, TraderRecount

__all__ = ["COUNTED_KINDS", "HashOf", "Misfit", "misfits"]

COUNTED_KINDS: Final = (
    "session_opened",
    "day_closed",
    "streak_counted",
    "clearance_granted",
    "clearance_revoked",
    "clearance_signed",
    "certificate_issued",
    "certificate_signed",
    "void_requested",
    "day_voided",
    "void_refused",
)


def misfits(entries: Iterable[Entry], hash_of: HashOf) -> Iterator[Misfit]:
    """Yield what does not follow from what was recorded before it.

    Args:
        entries: all those of COUNTED_KINDS, oldest first.
        hash_of: tells the hash of any of the ledger's entries.
    """
    traders: dict[str, TraderRecount] = {}
    for entry in entries:
        trader = str(entry.trader)
        if trader not in traders:
            traders[trader] = TraderRecount(trader, hash_of)
        yield from traders[trader].take(entry)
    for recount in traders.values():
        yield from recount.end()
