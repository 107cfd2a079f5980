"""What of a ledger is intact, entry by entry: for one that does not verify, also where its file is damaged.

An entry proves itself by its hash, and the entry before it by the hash that it names as its predecessor's. So of two
that do not fit the later one is believed, where it is itself believed: what follows it vouches for it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from bot.adapters.recounting import recounted
from bot.adapters.stored_entry import StoredEntry, problem_within
from bot.adapters.verification import UNSETTLED_WRONGLY, Read, samples_problem
from bot.domain.entry import GENESIS, SamplesSealed
from bot.errors import LedgerBroken
from bot.ports import Head

_BATCH: Final = 1000  # entries
_BEFORE_ALL: Final = -(2**63)
_AFTER_ALL: Final = 2**63

Kind = Literal["altered", "replaced", "missing", "samples", "unsettled", "miscounted"]


class Trouble(NamedTuple):
    """What does not fit, with the numbers of the entries that it is about."""

    first: int
    last: int
    kind: Kind
    problem: str


class _Run(NamedTuple):
    """Entries in a row of which each is whole in itself and names the one before it."""

    first: int
    last: int
    prev: str
    hash: str

    def takes(self, row: StoredEntry) -> bool:
        """Tell whether an entry is the next one."""
        return row.seq == self.last + 1 and row.prev == self.hash


@dataclass(slots=True)
class Diagnosis:
    """What was found.

    `entries` is how many entries can be read, `head` the last that is whole in itself, `troubles` all that does not
    fit, by its number.
    """

    entries: int = 0
    head: Head = field(default_factory=lambda: Head(0, GENESIS))
    troubles: list[Trouble] = field(default_factory=list)
    _not_intact: set[int] = field(default_factory=set)
    _sealed: defaultdict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def is_intact(self, seq: int) -> bool:
        """Tell whether an entry that can be read is the one that was written."""
        return seq not in self._not_intact

    def vouched(self, trader: str, day: str, sample: int) -> bool:
        """Tell whether an intact entry has sealed a sample, and all that it sealed is there as it was."""
        sealed = self._sealed.get((trader, day), [])
        at = bisect_right(sealed, (sample, _AFTER_ALL))
        return at > 0 and sample <= sealed[at - 1][1]

    def holds(self, row: StoredEntry, seal: SamplesSealed) -> None:
        """Note that the samples which an entry seals are there as they were."""
        self._sealed[str(row.trader), str(row.day)].append((seal.first, seal.last))

    def add(self, trouble: Trouble) -> None:
        """Note what does not fit."""
        self.troubles.append(trouble)
        if trouble.kind in ("altered", "replaced"):
            self._not_intact.add(trouble.first)


def diagnosed(read: Read, *, damaged: bool = False, tell: Callable[[int], object] = int) -> Diagnosis:
    """Look at every entry, and at all samples.

    Args:
        read: reads the ledger, or what is left of it.
        damaged: whether it is what is left of a damaged one.
        tell: is told how many entries were looked at since it was told last.

    Raises:
        LedgerBroken: the ledger cannot be read.
    """
    found = Diagnosis()
    _look_at_entries(read, found, tell)
    whole = not found.troubles and not damaged
    _look_at_samples(read, found)
    if whole:  # else what is counted from what is missing or altered says nothing of its own
        for misfit in recounted(read, found.head.seq):
            found.add(Trouble(misfit.seq, misfit.seq, "miscounted", f"entry {misfit.seq}: {misfit.problem}"))
        for (seq,) in read("unsettled_wrongly"):
            found.add(Trouble(seq, seq, "unsettled", UNSETTLED_WRONGLY.format(seq)))
    found.troubles.sort()
    return found


def entries_in(read: Read) -> Iterator[StoredEntry]:
    """Yield every entry that can be read, by its number."""
    after = _BEFORE_ALL
    while rows := [StoredEntry(*values) for values in read("chain", after=after, batch=_BATCH)]:
        yield from rows
        after = rows[-1].seq


def _look_at_entries(read: Read, found: Diagnosis, tell: Callable[[int], object]) -> None:
    runs: list[_Run] = []
    standing: list[tuple[int, int]] = []  # from which number to which there is an entry, whatever it is worth
    for row in entries_in(read):
        found.entries += 1
        if not found.entries % _BATCH:
            tell(_BATCH)
        _extend(standing, row.seq)
        if problem := problem_within(row):
            found.add(Trouble(row.seq, row.seq, "altered", problem))
        elif runs and runs[-1].takes(row):
            runs[-1] = runs[-1]._replace(last=row.seq, hash=row.hash)
        else:
            runs.append(_Run(row.seq, row.seq, row.prev, row.hash))
    if runs:
        found.head = Head(runs[-1].last, runs[-1].hash)
    for trouble in (*_gaps(standing, found.head.seq), *_replaced(runs)):
        found.add(trouble)


def _extend(standing: list[tuple[int, int]], seq: int) -> None:
    if standing and standing[-1][1] == seq - 1:
        standing[-1] = standing[-1][0], seq
    else:
        standing.append((seq, seq))


def _gaps(standing: list[tuple[int, int]], last: int) -> Iterator[Trouble]:
    """Yield what is missing before the last entry that is whole; a number behind it may be any."""
    expected = 1
    for first, until in standing:
        if first > last:
            break
        if first > expected:
            which = f"entry {expected} is" if first == expected + 1 else f"the entries {expected} to {first - 1} are"
            yield Trouble(expected, first - 1, "missing", f"{which} missing, or cannot be read")
        expected = max(expected, until + 1)


def _replaced(runs: list[_Run]) -> Iterator[Trouble]:
    """Yield the entries that are whole in themselves, and not those that were there."""
    follower: tuple[int, bool] | None = None  # where the run after it begins, and whether its first entry is believed
    for run in reversed(runs):
        believed = follower != (run.last + 1, True)
        if not believed:
            words = (
                f"entry {run.last} is whole in itself, but entry {run.last + 1} followed another one: it, or any "
                "number of entries up to it, was put in the place of what was there"
            )
            yield Trouble(run.last, run.last, "replaced", words)
        follower = run.first, believed or run.last > run.first
        if run.first == 1 and run.prev != GENESIS:
            yield Trouble(1, 1, "replaced", "entry 1 names a predecessor, and there is none")


def _look_at_samples(read: Read, found: Diagnosis) -> None:
    for after in range(0, found.head.seq, _BATCH):
        for values in read("sealing", after=after, until=after + _BATCH):
            row = StoredEntry(*values)
            if found.is_intact(row.seq):
                _look_at_seal(read, found, row)


def _look_at_seal(read: Read, found: Diagnosis, row: StoredEntry) -> None:
    try:
        problem = samples_problem(read, row)
    except LedgerBroken as error:
        problem = f"the samples that entry {row.seq} speaks of cannot be looked at ({error})"
    if problem:
        found.add(Trouble(row.seq, row.seq, "samples", problem))
    elif row.kind == "samples_sealed":
        found.holds(row, SamplesSealed.model_validate_json(row.body))
