"""Verifying a ledger, whatever database it is in: on connections of its own, so that no other call waits for it.

The database puts a stretch of entries together as the text that is hashed; Python only hashes and compares. That is
quick, and may doubt what is well. What it doubts is looked at entry by entry, and only that look calls it broken.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing
from datetime import date
from hashlib import sha256
from queue import SimpleQueue
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from pydantic import ValidationError

from bot.adapters.stored_entry import StoredEntry, StoredSample, digest_rows, problem_with
from bot.domain.entry import GENESIS, SamplesRetired, SamplesSealed
from bot.errors import LedgerBroken
from bot.ports import Head, Verification

_STRETCH: Final = 500  # entries; some milliseconds
_BEFORE_ALL: Final = -(2**63)  # a hand may have given an entry a number below 1, and it must be met
_HASH_LENGTH: Final = len(GENESIS)
UNSETTLED_WRONGLY: Final = "entry {} is whole, but the table `unsettled` does not say whether it awaits something"

T = TypeVar("T")
R = TypeVar("R")


class Read(Protocol):
    """Asks a query of `sql/ledger/queries` over one connection; one thread at a time may call."""

    def __call__(self, query: str, **values: Any) -> Sequence[Sequence[Any]]:
        """Return its rows.

        Raises:
            LedgerBroken: the database cannot answer it.
        """
        ...


OpenReader = Callable[[], AbstractContextManager[Read]]


def verified(open_reader: OpenReader, samples_of: tuple[str, date] | None, *, readers: int) -> Verification:
    """Verify the whole chain, the sealed samples of one trader's day or of all, and what is kept of the unsettled.

    Args:
        open_reader: opens a connection.
        samples_of: the trader and the day whose samples are read; None for all.
        readers: how many connections read ahead at once.

    Raises:
        LedgerBroken: it cannot be read.
    """
    with ExitStack() as stack:
        ahead = _ReadAhead([stack.enter_context(open_reader()) for _ in range(readers)], stack)
        read = stack.enter_context(open_reader())
        chain = _walked(read, ahead)
        false = _false_samples(read, ahead, chain, samples_of)
        if false is None and chain.broken_at is None:
            false = _false_unsettled(read)
        return false or chain


class _ReadAhead:
    """Connections on which is read, on threads of their own, what is looked at next."""

    def __init__(self, readers: Sequence[Read], stack: ExitStack) -> None:
        self._free: SimpleQueue[Read] = SimpleQueue()
        for reader in readers:
            self._free.put(reader)
        self._most = len(readers) + 1
        self._threads = stack.enter_context(ThreadPoolExecutor(len(readers), thread_name_prefix="verify"))

    def each(self, work: Callable[[Read, T], R], items: Iterable[T]) -> Generator[R, None, None]:
        """Do something with each item and yield what came of it, in order, while the next ones are worked on."""
        under_way: deque[Future[R]] = deque()
        try:
            for item in items:
                under_way.append(self._threads.submit(self._do, work, item))
                if len(under_way) > self._most:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for left in under_way:
                left.cancel()

    def _do(self, work: Callable[[Read, T], R], item: T) -> R:
        reader = self._free.get()
        try:
            return work(reader, item)
        finally:
            self._free.put(reader)


def _walked(read: Read, ahead: _ReadAhead) -> Verification:
    """Walk the chain. What is appended meanwhile is walked too."""
    walked = _looked_at(read, Verification(0, Head(0, GENESIS)), batch=1)
    while walked.broken_at is None:
        head = _leapt(read, ahead, walked.head)
        further = _looked_at(read, Verification(head.seq, head), batch=_STRETCH)
        if further == walked:
            break
        walked = further
    return walked


def _looked_at(read: Read, walked: Verification, batch: int) -> Verification:
    """Walk so many entries further, and look at each closely."""
    head = walked.head
    for values in read("chain", after=head.seq or _BEFORE_ALL, batch=batch):
        row = StoredEntry(*values)
        if problem := problem_with(row, head.seq + 1, head.hash):
            return Verification(head.seq, head, broken_at=head.seq + 1, problem=problem)
        head = Head(row.seq, row.hash)
    return Verification(head.seq, head)


def _leapt(read: Read, ahead: _ReadAhead, head: Head) -> Head:
    """Return how far the chain is whole beyond doubt, at first sight."""
    end = max((seq for seq, _ in read("head")), default=0)
    with closing(ahead.each(_stretch, range(head.seq, end, _STRETCH))) as stretches:
        for stretch in stretches:
            if stretch is None or not stretch.follows(head):
                break
            head = stretch.last
    return head


class Stretch(NamedTuple):
    """Entries as one row of the query `stretch`."""

    size: int
    seq: int
    sound: int
    prevs: str
    hashes: str
    contents: bytes

    @property
    def last(self) -> Head:
        """The last entry."""
        return Head(self.seq, self.hashes[-_HASH_LENGTH:])

    def follows(self, head: Head) -> bool:
        """Tell whether the entries are whole beyond doubt, and follow on each other and on the head."""
        if not self.size == self.sound == self.seq - head.seq:
            return False
        if f"{self.prevs}\n{self.last.hash}" != f"{head.hash}\n{self.hashes}":
            return False
        if len(self.hashes) != self.size * (_HASH_LENGTH + 1) - 1:
            return False  # an entry of several lines, each of which may fit
        return "\n".join([sha256(content).hexdigest() for content in self.contents.split(b"\n")]) == self.hashes


def _stretch(read: Read, after: int) -> Stretch | None:
    """Return the next entries after a number; None where there are none, or something else than text."""
    try:
        ((size, seq, sound, prevs, hashes, contents),) = read("stretch", after=after, size=_STRETCH)
    except LedgerBroken:
        return None  # the closer look tells what it is, and meets a database that is away, too
    if not size or contents is None:
        return None
    return Stretch(size, seq, sound, prevs, hashes, contents if isinstance(contents, bytes) else contents.encode())


def _false_samples(
    read: Read, ahead: _ReadAhead, chain: Verification, samples_of: tuple[str, date] | None
) -> Verification | None:
    """Return where the chain first speaks of samples that are not so."""
    end = chain.head.seq
    if samples_of is None:
        spans = ((after, min(after + _STRETCH, end)) for after in range(0, end, _STRETCH))
        with closing(ahead.each(_first_false_between, spans)) as found:
            return next((false for false in found if false), None)
    trader, day = samples_of
    rows = read("sealing_of_day", trader=trader, day=day.isoformat(), until=end)
    return _first_false(read, rows)


def _first_false_between(read: Read, span: tuple[int, int]) -> Verification | None:
    after, until = span
    return _first_false(read, read("sealing", after=after, until=until))


def _first_false(read: Read, rows: Sequence[Sequence[Any]]) -> Verification | None:
    for row in (StoredEntry(*values) for values in rows):
        if problem := samples_problem(read, row):
            before = Head(row.seq - 1, row.prev)
            return Verification(before.seq, before, broken_at=row.seq, problem=problem)
    return None


def samples_problem(read: Read, row: StoredEntry) -> str:
    """Say what is wrong with the samples that an entry speaks of; empty where nothing is."""
    try:
        if row.kind == "samples_sealed":
            return _seal_problem(read, row, SamplesSealed.model_validate_json(row.body))
        return _retired_problem(read, row, SamplesRetired.model_validate_json(row.body))
    except ValidationError:
        return f"entry {row.seq} cannot be read: a newer burnin wrote it, or a hand changed it"


def _seal_problem(read: Read, row: StoredEntry, seal: SamplesSealed) -> str:
    found = read("sealed_samples", trader=row.trader, day=row.day, first=seal.first, last=seal.last)
    if (len(found), _digest(StoredSample(*values) for values in found)) == (seal.count, seal.digest):
        return ""
    # Asked after the rows were read: another process may have retired them in between.
    ((retired,),) = read("retired_later", trader=row.trader, day=row.day, seq=row.seq, last=seal.last)
    if retired:
        return ""
    return f"the samples {seal.first} to {seal.last} of {row.trader} on {row.day} are not those that were sealed"


def _digest(rows: Iterable[StoredSample]) -> str:
    """Return the digest over samples as stored; of what is no text, nothing."""
    try:
        return digest_rows(rows)
    except UnicodeEncodeError:
        return ""


def _retired_problem(read: Read, row: StoredEntry, retired: SamplesRetired) -> str:
    ((left,),) = read("samples_left", trader=row.trader, day=row.day, last=retired.last)
    if not left:
        return ""
    return f"the samples of {row.trader} on {row.day} up to {retired.last} were retired, but not all are gone"


def _false_unsettled(read: Read) -> Verification | None:
    """Return which command or message a hand has hidden from whoever asks what is left to do, or brought back."""
    seq = next((seq for (seq,) in read("unsettled_wrongly")), None)
    if seq is None:
        return None
    problem = UNSETTLED_WRONGLY.format(seq)
    rows = read("chain", after=seq - 1, batch=1)
    before = Head(seq - 1, StoredEntry(*rows[0]).prev) if rows else Head(0, GENESIS)
    return Verification(before.seq, before, broken_at=seq, problem=problem)
