"""A ledger in memory: for tests of what uses a ledger, at no cost, under the same contract as the real ones."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256

from bot.adapters.ledger_rows import linked
from bot.domain.day import ClosedDay
from bot.domain.entry import (
    GENESIS,
    CommandFinished,
    CommandStarted,
    Draft,
    Entry,
    MessageQueued,
    MessageSent,
    SamplesRetired,
    SamplesSealed,
    hash_entry,
)
from bot.domain.folds import day_records
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import Sample, encode_readings
from bot.domain.value import epoch_us
from bot.errors import ClaimHeld, DuplicateKey, LedgerBroken
from bot.ports import Head, Verification


class MemoryLedger:
    """The `Ledger` port over two lists. `chain` is open to a test that wants to look, or to break it."""

    def __init__(self) -> None:
        self.chain: list[Entry] = []
        self._samples: list[tuple[str, date, Sample] | None] = []  # None where one is retired: its number stays taken
        self._known: set[tuple[str, date, str]] = set()
        self._closed = False

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Append all drafts, or none."""
        self._refuse_closed()
        chain = list(self.chain)
        for draft in drafts:
            if draft.key is not None and any(entry.key == draft.key for entry in chain):
                raise DuplicateKey(draft.key)
            self._refuse_held(chain, draft)
            entry, _ = linked(draft, Head(len(chain), chain[-1].hash if chain else GENESIS))
            chain.append(entry)
        appended = tuple(chain[len(self.chain) :])
        self.chain = chain
        return appended

    async def entries(
        self,
        *,
        trader: str | None = None,
        day: date | None = None,
        kinds: Sequence[str] = (),
        after: int = 0,
        before: int | None = None,
        newest: int | None = None,
    ) -> tuple[Entry, ...]:
        """Return matching entries, oldest first."""
        self._refuse_closed()
        found = tuple(
            entry
            for entry in self.chain
            if entry.seq > after
            and (before is None or entry.seq < before)
            and trader in (None, entry.trader)
            and day in (None, entry.day)
            and (not kinds or entry.body.kind in kinds)
        )
        return found if newest is None else found[max(0, len(found) - newest) :]

    async def closed_days(self, trader: str) -> tuple[ClosedDay, ...]:
        """Return what of a trader's closed days counts for its streak, the oldest session first."""
        records = day_records(await self.entries(trader=trader, kinds=("day_closed",)))
        told = ({name: getattr(record, name) for name in ClosedDay.model_fields} for record in records)
        return tuple(ClosedDay(**fields) for fields in told)

    async def days_of(self, trader: str, kind: str) -> frozenset[date]:
        """Return the days on which a trader has an entry of a kind."""
        found = await self.entries(trader=trader, kinds=(kind,))
        return frozenset(entry.day for entry in found if entry.day is not None)

    async def by_key(self, key: str) -> Entry | None:
        """Return the entry with a key."""
        return next((entry for entry in self.chain if entry.key == key), None)

    async def running(self, at: datetime, trader: str | None = None) -> tuple[Entry, ...]:
        """Return the intents without an outcome that have not expired at an instant."""
        return tuple(entry for entry in _running(self.chain, at) if trader in (None, entry.trader))

    async def dangling(self, at: datetime) -> tuple[Entry, ...]:
        """Return the intents without an outcome that were written up to an instant."""
        return tuple(entry for entry in _unfinished(self.chain) if entry.at <= at)

    async def unsent(self) -> tuple[Entry, ...]:
        """Return the queued messages that were not sent, oldest first."""
        sent = {entry.body.message for entry in self.chain if isinstance(entry.body, MessageSent)}
        return tuple(
            entry
            for entry in self.chain
            if isinstance(entry.body, MessageQueued) and entry.body.announcement.key not in sent
        )

    async def store_samples(self, trader: str, day: date, samples: Sequence[Sample]) -> None:
        """Store those samples that are not there already."""
        self._refuse_closed()
        for sample in samples:
            if (row := (trader, day, _line(sample))) not in self._known:
                self._known.add(row)
                self._samples.append((trader, day, sample))

    async def seal_samples(self, draft_at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesSealed over the day's samples stored since its last seal; None where there are none."""
        after = await self._last_sealed(trader, day, len(self.chain))
        rows = {number: sample for number, sample in self._numbered(trader, day) if number > after}
        if not rows:
            return None
        body = SamplesSealed(first=min(rows), last=max(rows), count=len(rows), digest=digest_samples(rows.values()))
        (entry,) = await self.append(Draft(at=draft_at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=day))
        return entry

    async def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesRetired over all samples of a day and let go of them; None where there are none."""
        numbers = [number for number, _ in self._numbered(trader, day)]
        if not numbers:
            return None
        body = SamplesRetired(last=max(numbers), count=len(numbers))
        (entry,) = await self.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=day))
        for number in numbers:
            self._samples[number - 1] = None
        self._known = {row for row in self._known if row[:2] != (trader, day)}
        return entry

    async def sample_days(self, before: date) -> tuple[tuple[str, date], ...]:
        """Return whose samples of which days before a date there are, the oldest day first."""
        self._refuse_closed()
        found = {(day, trader) for trader, day, _ in filter(None, self._samples) if day < before}
        return tuple((trader, day) for day, trader in sorted(found))

    async def samples(self, trader: str, day: date, *, sealed_by: int | None = None) -> tuple[Sample, ...]:
        """Return a day's samples in order of time; only those sealed by entries up to a number where one is given."""
        self._refuse_closed()
        last = len(self._samples) if sealed_by is None else await self._last_sealed(trader, day, sealed_by)
        counting = (sample for number, sample in self._numbered(trader, day) if number <= last)
        return tuple(sorted(counting, key=lambda sample: sample.at))

    async def _last_sealed(self, trader: str, day: date, until: int) -> int:
        seals = await self.entries(trader=trader, day=day, kinds=("samples_sealed",))
        bodies = (seal.body for seal in seals if seal.seq <= until)
        return max((body.last for body in bodies if isinstance(body, SamplesSealed)), default=0)

    def fence(self, epoch: int) -> None:
        """Do nothing: nobody else has this ledger."""

    async def head(self) -> Head:
        """Return the end of the chain."""
        self._refuse_closed()
        return Head(self.chain[-1].seq, self.chain[-1].hash) if self.chain else Head(0, GENESIS)

    async def verify(self, samples_of: tuple[str, date] | None = None) -> Verification:
        """Recompute the chain; there is no other hand that could change the samples."""
        self._refuse_closed()
        head = Head(0, GENESIS)
        for seq, entry in enumerate(self.chain, start=1):
            if (entry.seq, entry.prev, entry.hash) != (seq, head.hash, hash_entry(entry, seq, head.hash)):
                return Verification(head.seq, head, broken_at=seq, problem=f"entry {seq} was changed")
            head = Head(seq, entry.hash)
        return Verification(head.seq, head)

    async def close(self) -> None:
        """End its use; what comes after is refused, as a real ledger refuses it."""
        self._closed = True

    def _numbered(self, trader: str, day: date) -> list[tuple[int, Sample]]:
        return [
            (number, row[2])
            for number, row in enumerate(self._samples, start=1)
            if row is not None and row[:2] == (trader, day)
        ]

    def _refuse_closed(self) -> None:
        if self._closed:
            raise LedgerBroken("The ledger is closed; it must be opened again.")

    @staticmethod
    def _refuse_held(chain: Sequence[Entry], draft: Draft) -> None:
        if not isinstance(draft.body, CommandStarted) or draft.body.claim is None:
            return
        for entry in _running(chain, draft.at):
            if isinstance(entry.body, CommandStarted) and entry.body.claim == draft.body.claim:
                raise ClaimHeld(entry)


def _unfinished(chain: Iterable[Entry]) -> list[Entry]:
    entries = list(chain)
    finished = {entry.body.started for entry in entries if isinstance(entry.body, CommandFinished)}
    return [entry for entry in entries if isinstance(entry.body, CommandStarted) and entry.seq not in finished]


def _running(chain: Iterable[Entry], at: datetime) -> list[Entry]:
    return [
        entry for entry in _unfinished(chain) if isinstance(entry.body, CommandStarted) and entry.body.expires_at > at
    ]


def digest_samples(samples: Iterable[Sample]) -> str:
    """Return what a seal over samples must say, worked out without the tables of any ledger."""
    digest = sha256()
    for sample in samples:
        digest.update(f"{_line(sample)}\n".encode())
    return digest.hexdigest()


def _line(sample: Sample) -> str:
    return f"{epoch_us(sample.at)} {sample.source} {encode_readings(sample.readings)}"
