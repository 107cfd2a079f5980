"""The shared ledger: a PostgreSQL that several bots and command lines append to side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date, datetime
from typing import Final, Self, TypeVar

from bot.adapters.postgres_line import PostgresLine
from bot.adapters.postgres_rows import PostgresRows
from bot.adapters.postgres_troubles import Address
from bot.adapters.sqlite_rows import Batch, still_runs
from bot.adapters.verification import Read, verified
from bot.domain.day import ClosedDay
from bot.domain.entry import Draft, Entry
from bot.domain.sample import Sample
from bot.errors import LedgerBroken
from bot.ports import Head, Verification

LOOK_SECONDS: Final = 5.0  # between two looks whether a call waits for a server that is silent

T = TypeVar("T")


class PostgresLedger:
    """The `Ledger` port over PostgreSQL, made by `open`.

    What is written and what is read have a connection each, on a thread each: a long reading holds up no append, and
    neither holds up the event loop.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._writing = _Desk(address, "ledger-writing")
        self._reading = _Desk(address, "ledger-reading")
        self._waiting: list[Batch] = []
        self._next_store: asyncio.Task[None] | None = None  # takes everything that waits
        self._storing = asyncio.Lock()

    @classmethod
    async def open(cls, address: Address) -> Self:
        """Open a ledger; its tables are made where they are missing.

        Raises:
            ConfigurationError: the address cannot be read.
            LedgerBroken: it cannot be reached, or a newer burnin made it. The text says what to do.
        """
        ledger = cls(address)
        try:
            await ledger._writing.open()
        except BaseException:
            await ledger.close()
            raise
        return ledger

    def fence(self, epoch: int) -> None:
        """Let nothing be written from here on but under a number of the lease; else `LeaseLost` is raised."""
        self._writing.epoch = epoch

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Append all drafts in one transaction, or none."""
        return await self._writing.run(lambda rows: rows.append(drafts))

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
        return await self._reading.run(lambda rows: rows.entries(trader, day, kinds, after, newest))

    async def closed_days(self, trader: str) -> tuple[ClosedDay, ...]:
        """Return what of a trader's closed days counts for its streak, the oldest session first."""
        return await self._reading.run(lambda rows: rows.closed_days(trader))

    async def days_of(self, trader: str, kind: str) -> frozenset[date]:
        """Return the days on which a trader has an entry of a kind."""
        return await self._reading.run(lambda rows: rows.days_of(trader, kind))

    async def by_key(self, key: str) -> Entry | None:
        """Return the entry with a key."""
        return await self._reading.run(lambda rows: rows.by_key(key))

    async def running(self, at: datetime, trader: str | None = None) -> tuple[Entry, ...]:
        """Return the intents without an outcome that have not expired at an instant."""
        intents = await self._reading.run(lambda rows: rows.unsettled("open_commands"))
        return tuple(intent for intent in intents if still_runs(intent, at) and trader in (None, intent.trader))

    async def dangling(self, at: datetime) -> tuple[Entry, ...]:
        """Return the intents without an outcome that were written up to an instant."""
        intents = await self._reading.run(lambda rows: rows.unsettled("open_commands"))
        return tuple(intent for intent in intents if intent.at <= at)

    async def unsent(self) -> tuple[Entry, ...]:
        """Return the queued messages that were not sent, oldest first."""
        return await self._reading.run(lambda rows: rows.unsettled("unsent_messages"))

    async def store_samples(self, trader: str, day: date, samples: Sequence[Sample]) -> None:
        """Store samples durably; what comes for many traders at once shares one transaction."""
        if samples:
            self._waiting.append((trader, day, samples))
            self._next_store = self._next_store or asyncio.create_task(self._store_waiting())
            await asyncio.shield(self._next_store)

    async def seal_samples(self, draft_at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesSealed over the day's samples stored since its last seal; None where there are none."""
        return await self._writing.run(lambda rows: rows.seal_samples(draft_at, trader, day))

    async def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesRetired over all samples of a day and delete them; None where there are none."""
        return await self._writing.run(lambda rows: rows.retire_samples(at, trader, day))

    async def sample_days(self, before: date) -> tuple[tuple[str, date], ...]:
        """Return whose samples of which days before a date there are, the oldest day first."""
        return await self._reading.run(lambda rows: rows.sample_days(before))

    async def samples(self, trader: str, day: date, *, sealed_by: int | None = None) -> tuple[Sample, ...]:
        """Return a day's samples in order of time; only those sealed by entries up to a number where one is given."""
        return await self._reading.run(lambda rows: rows.samples(trader, day, sealed_by))

    async def head(self) -> Head:
        """Return the end of the chain."""
        return await self._reading.run(lambda rows: rows.head())

    async def verify(self, samples_of: tuple[str, date] | None = None) -> Verification:
        """Verify on connections of its own, so that no other call waits; what is appended meanwhile is walked too."""
        await self.head()  # a ledger that is closed is not read either
        lines: list[PostgresLine] = []

        @contextmanager
        def reading() -> Iterator[Read]:
            line = PostgresLine(self._address)
            lines.append(line)
            with closing(line):
                yield lambda query, **values: line.read(query, values)

        return await _unless_silent(asyncio.to_thread(verified, reading, samples_of, readers=2), lines)

    async def close(self) -> None:
        """Wait for the calls under way, then release the connections. Closing twice is fine."""
        await self._writing.close()
        await self._reading.close()

    async def _store_waiting(self) -> None:
        async with self._storing:  # while one transaction is under way, the next one gathers
            batches, self._waiting, self._next_store = self._waiting, [], None
            await self._writing.run(lambda rows: rows.store_samples(batches))


class _Desk:
    """A thread with a connection of its own, opened by its first call."""

    def __init__(self, address: Address, name: str) -> None:
        self.epoch: int | None = None
        self._address = address
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._lines: list[PostgresLine] = []  # one, from the first call on
        self._rows: PostgresRows | None = None
        self._closed = False

    async def open(self) -> None:
        """Connect, and bring the schema up to date."""
        await self.run(lambda rows: rows.bring_up_to_date())

    async def run(self, work: Callable[[PostgresRows], T]) -> T:
        """Do something on the thread, with its connection."""
        if self._closed:
            raise LedgerBroken(f"The ledger {self._address} is closed; it must be opened again.")
        loop = asyncio.get_running_loop()
        return await _unless_silent(loop.run_in_executor(self._thread, lambda: work(self._connected())), self._lines)

    async def close(self) -> None:
        """Wait for the calls under way, then release the connection."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._release)
        self._thread.shutdown()

    def _connected(self) -> PostgresRows:
        if self._rows is None:
            line = PostgresLine(self._address)
            self._lines.append(line)
            self._rows = PostgresRows(line)
        self._rows.epoch = self.epoch
        return self._rows

    def _release(self) -> None:
        for line in self._lines:
            line.close()


async def _unless_silent(calls: Awaitable[T], lines: Sequence[PostgresLine]) -> T:
    """Wait for calls over some connections; look now and then whether one waits for a server that is silent."""
    loop = asyncio.get_running_loop()
    look: asyncio.TimerHandle

    def look_again() -> None:
        nonlocal look
        for line in lines:
            line.cut_if_silent()
        look = loop.call_later(LOOK_SECONDS, look_again)

    look = loop.call_later(LOOK_SECONDS, look_again)
    try:
        return await calls
    finally:
        look.cancel()
