"""The ledger's port over blocking rows: whatever the database, the event loop stays free."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TypeVar

from bot.adapters.ledger_rows import Asked, Batch, LedgerRows, still_runs
from bot.domain.day import ClosedDay
from bot.domain.entry import Draft, Entry
from bot.domain.sample import Sample
from bot.ports import Head

T = TypeVar("T")

_TOGETHER = 100  # appends a commit, at most: some milliseconds


class ThreadedLedger(ABC):
    """The `Ledger` port but for how it is opened, fenced, verified and closed."""

    def __init__(self) -> None:
        self._asked: deque[Asked] = deque()
        self._waiting: list[Batch] = []
        self._next_store: asyncio.Task[None] | None = None  # takes everything that waits
        self._storing = asyncio.Lock()

    @abstractmethod
    async def _write(self, work: Callable[[LedgerRows], T]) -> T:
        """Do something with the rows, on a thread."""

    @abstractmethod
    async def _read(self, work: Callable[[LedgerRows], T]) -> T:
        """Ask the rows something, on a thread."""

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Append all drafts, or none. What waits at the same moment shares one commit, which takes longest of all."""
        asked = Asked(drafts)
        self._asked.append(asked)
        try:
            return await self._write(lambda rows: self._served(rows, asked))
        except asyncio.CancelledError:
            with suppress(ValueError):
                self._asked.remove(asked)  # not begun yet: it is not done for somebody else's sake either
            raise

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
        return await self._read(lambda rows: rows.entries(trader, day, kinds, after, newest, before=before))

    async def closed_days(self, trader: str) -> tuple[ClosedDay, ...]:
        """Return what of a trader's closed days counts for its streak, the oldest session first."""
        return await self._read(lambda rows: rows.closed_days(trader))

    async def days_of(self, trader: str, kind: str) -> frozenset[date]:
        """Return the days on which a trader has an entry of a kind."""
        return await self._read(lambda rows: rows.days_of(trader, kind))

    async def by_key(self, key: str) -> Entry | None:
        """Return the entry with a key."""
        return await self._read(lambda rows: rows.by_key(key))

    async def running(self, at: datetime, trader: str | None = None) -> tuple[Entry, ...]:
        """Return the intents without an outcome that have not expired at an instant."""
        intents = await self._read(lambda rows: rows.unsettled("open_commands"))
        return tuple(intent for intent in intents if still_runs(intent, at) and trader in (None, intent.trader))

    async def dangling(self, at: datetime) -> tuple[Entry, ...]:
        """Return the intents without an outcome that were written up to an instant."""
        intents = await self._read(lambda rows: rows.unsettled("open_commands"))
        return tuple(intent for intent in intents if intent.at <= at)

    async def unsent(self) -> tuple[Entry, ...]:
        """Return the queued messages that were not sent, oldest first."""
        return await self._read(lambda rows: rows.unsettled("unsent_messages"))

    async def store_samples(self, trader: str, day: date, samples: Sequence[Sample]) -> None:
        """Store samples durably; what comes for many traders at once shares one transaction."""
        if samples:
            self._waiting.append((trader, day, samples))
            self._next_store = self._next_store or asyncio.create_task(self._store_waiting())
            await asyncio.shield(self._next_store)

    async def seal_samples(self, draft_at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesSealed over the day's samples stored since its last seal; None where there are none."""
        return await self._write(lambda rows: rows.seal_samples(draft_at, trader, day))

    async def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesRetired over all samples of a day and delete them; None where there are none."""
        return await self._write(lambda rows: rows.retire_samples(at, trader, day))

    async def sample_days(self, before: date) -> tuple[tuple[str, date], ...]:
        """Return whose samples of which days before a date there are, the oldest day first."""
        return await self._read(lambda rows: rows.sample_days(before))

    async def samples(self, trader: str, day: date, *, sealed_by: int | None = None) -> tuple[Sample, ...]:
        """Return a day's samples in order of time; only those sealed by entries up to a number where one is given."""
        return await self._read(lambda rows: rows.samples(trader, day, sealed_by))

    async def head(self) -> Head:
        """Return the end of the chain."""
        return await self._read(lambda rows: rows.head())

    def _served(self, rows: LedgerRows, asked: Asked) -> tuple[Entry, ...]:
        """Serve who waits, in order, unless that was done with somebody before; on the thread."""
        while asked.outcome is None and self._asked:
            rows.append_each([self._asked.popleft() for _ in range(min(len(self._asked), _TOGETHER))])
        return asked.appended()

    async def _store_waiting(self) -> None:
        async with self._storing:  # while one transaction is under way, the next one gathers
            batches, self._waiting, self._next_store = self._waiting, [], None
            await self._write(lambda rows: rows.store_samples(batches))
