"""A recount of what a stored ledger counted: only the entries that it looks at are read, stretch by stretch."""

import json
from collections.abc import Iterator
from typing import Final

from bot.adapters.stored_entry import StoredEntry
from bot.adapters.verification import Read
from bot.domain.entry import Entry
from bot.domain.recount import COUNTED_KINDS, Misfit, misfits
from bot.errors import LedgerBroken

_STRETCH: Final = 10_000  # entries; few of them are looked at
_UNREADABLE: Final = "it cannot be read: a newer burnin wrote it, or a hand changed it"


def recounted(read: Read, end: int) -> list[Misfit]:
    """Return what of a chain, up to an entry, does not follow from what was recorded before it.

    Raises:
        LedgerBroken: the ledger cannot be read.
    """
    unreadable: list[Misfit] = []
    found = [*misfits(_entries(read, end, unreadable), lambda seq: hash_of(read, seq))]
    return sorted([*unreadable, *found], key=lambda misfit: misfit.seq)


def hash_of(read: Read, seq: int) -> str | None:
    """Return the hash of the entry with a number; None where there is none."""
    rows = (StoredEntry(*values) for values in read("chain", after=seq - 1, batch=1))
    return next((row.hash for row in rows if row.seq == seq), None)


def _entries(read: Read, end: int, unreadable: list[Misfit]) -> Iterator[Entry]:
    kinds = json.dumps(COUNTED_KINDS)
    for after in range(0, end, _STRETCH):
        for values in read("counted", kinds=kinds, after=after, until=min(after + _STRETCH, end)):
            row = StoredEntry(*values)
            try:
                yield row.entry()
            except LedgerBroken:
                unreadable.append(Misfit(seq=row.seq, problem=_UNREADABLE))
