"""The embedded ledger: one SQLite file that the bot and the command line append to side by side."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Self, TypeVar

from bot.adapters.sqlite_rows import Batch, SqliteRows, still_runs
from bot.adapters.sqlite_schema import connect, in_words, reading
from bot.adapters.verification import verified
from bot.domain.day import ClosedDay
from bot.domain.entry import Draft, Entry
from bot.domain.sample import Sample
from bot.errors import LedgerBroken
from bot.ports import Head, Verification

T = TypeVar("T")


class SqliteLedger:
    """The `Ledger` port over one SQLite file, made by `open`. A thread of its own keeps the event loop free."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._rows: SqliteRows | None = None
        self._waiting: list[Batch] = []
        self._next_store: asyncio.Task[None] | None = None  # takes everything that waits
        self._storing = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open a ledger; its folder, file and tables are made where they are missing.

        Raises:
            LedgerBroken: it cannot be opened, or a newer burnin made it. The text says what to do.
        """
        ledger = cls(path)
        try:
            ledger._rows = await ledger._on_thread(lambda: SqliteRows(connect(path)))
        except BaseException:
            ledger._thread.shutdown(wait=False)
            raise
        return ledger

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Append all drafts in one transaction, or none."""
        return await self._run(lambda rows: rows.append(drafts))

    async def entries(
        self,
        *,
        trader: str | None = None,
        day: date | None = None,
        kinds: Sequence[str] = (),
        after: int = 0,
        newest: int | None = None,
    ) -> tuple[Entry, ...]:
        """Return matching entries, oldest first."""
        return await self._run(lambda rows: rows.entries(trader, day, kinds, after, newest))

    async def closed_days(self, trader: str) -> tuple[ClosedDay, ...]:
        """Return what of a trader's closed days counts for its streak, the oldest session first."""
        return await self._run(lambda rows: rows.closed_days(trader))

    async def days_of(self, trader: str, kind: str) -> frozenset[date]:
        """Return the days on which a trader has an entry of a kind."""
        return await self._run(lambda rows: rows.days_of(trader, kind))

    async def by_key(self, key: str) -> Entry | None:
        """Return the entry with a key."""
        return await self._run(lambda rows: rows.by_key(key))

    async def running(self, at: datetime, trader: str | None = None) -> tuple[Entry, ...]:
        """Return the intents without an outcome that have not expired at an instant."""
        intents = await self._run(lambda rows: rows.unsettled("open_commands"))
        return tuple(intent for intent in intents if still_runs(intent, at) and trader in (None, intent.trader))

    async def dangling(self, at: datetime) -> tuple[Entry, ...]:
        """Return the intents without an outcome that were written up to an instant."""
        intents = await self._run(lambda rows: rows.unsettled("open_commands"))
        return tuple(intent for intent in intents if intent.at <= at)

    async def unsent(self) -> tuple[Entry, ...]:
        """Return the queued messages that were not sent, oldest first."""
        return await self._run(lambda rows: rows.unsettled("unsent_messages"))

    async def store_samples(self, trader: str, day: date, samples: Sequence[Sample]) -> None:
        """Store samples durably; what comes for many traders at once shares one transaction."""
        if samples:
            self._waiting.append((trader, day, samples))
            self._next_store = self._next_store or asyncio.create_task(self._store_waiting())
            await asyncio.shield(self._next_store)

    async def seal_samples(self, draft_at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesSealed over the day's samples stored since its last seal; None where there are none."""
        return await self._run(lambda rows: rows.seal_samples(draft_at, trader, day))

    async def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesRetired over all samples of a day and delete them; None where there are none."""
        return await self._run(lambda rows: rows.retire_samples(at, trader, day))

    async def sample_days(self, before: date) -> tuple[tuple[str, date], ...]:
        """Return whose samples of which days before a date there are, the oldest day first."""
        return await self._run(lambda rows: rows.sample_days(before))

    async def samples(self, trader: str, day: date, *, sealed_by: int | None = None) -> tuple[Sample, ...]:
        """Return a day's samples in order of time; only those sealed by entries up to a number where one is given."""
        return await self._run(lambda rows: rows.samples(trader, day, sealed_by))

    def fence(self, epoch: int) -> None:
        """Do nothing: the run lock lets nobody else act."""

    async def head(self) -> Head:
        """Return the end of the chain."""
        return await self._run(lambda rows: rows.head())

    async def verify(self, samples_of: tuple[str, date] | None = None) -> Verification:
        """Verify on connections of its own, so that appends do not wait; what is appended meanwhile is walked too."""
        await self.head()  # a ledger that is closed is not read either
        return await asyncio.to_thread(verified, lambda: reading(self._path), samples_of, readers=1)

    async def close(self) -> None:
        """Wait for the calls under way, then release the file. Closing twice is fine."""
        rows, self._rows = self._rows, None
        if rows is not None:
            await self._on_thread(rows.close)
            self._thread.shutdown()

    async def _store_waiting(self) -> None:
        async with self._storing:  # while one transaction is under way, the next one gathers
            batches, self._waiting, self._next_store = self._waiting, [], None
            await self._run(lambda rows: rows.store_samples(batches))

    async def _run(self, work: Callable[[SqliteRows], T]) -> T:
        rows = self._rows
        if rows is None:
            raise LedgerBroken(f"The ledger {self._path} is closed; it must be opened again.")
        return await self._on_thread(lambda: work(rows))

    async def _on_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise LedgerBroken(in_words(error, self._path)) from error
