"""What a recount finds in a ledger held in memory; and ledgers that somebody rewrote without leaving a broken link."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.domain.entry import GENESIS, Draft, Entry, link
from bot.domain.recount import Misfit, misfits

Rewrite = Callable[[dict[str, Any]], None] | None
"""Changes an entry, as JSON; None takes it out."""


def recounted(chain: Sequence[Entry]) -> list[Misfit]:
    """Return every entry that is not what those before it give: none, in what the program itself wrote."""
    return [*misfits(chain, {entry.seq: entry.hash for entry in chain}.get)]


def rewritten(chain: Sequence[Entry], rewrites: Mapping[int, Rewrite]) -> list[Entry]:
    """Return a chain in which some entries read otherwise, with every number and hash after them made anew."""
    made: list[Entry] = []
    for entry in chain:
        told = entry.model_dump(mode="json", exclude={"seq", "prev", "hash"})
        if entry.seq in rewrites:
            rewrite = rewrites[entry.seq]
            if rewrite is None:
                continue
            rewrite(told)
        made.append(link(Draft.model_validate(told), len(made) + 1, made[-1].hash if made else GENESIS))
    return made
