"""The shared ledger: a PostgreSQL that several bots and command lines append to side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date
from typing import Final, Self, TypeVar

from bot.adapters.ledger_rows import LedgerRows
from bot.adapters.postgres_line import PostgresLine
from bot.adapters.postgres_rows import PostgresRows
from bot.adapters.postgres_troubles import Address
from bot.adapters.threaded_ledger import ThreadedLedger
from bot.adapters.verification import OpenReader, Read, verified
from bot.errors import LedgerBroken
from bot.ports import Verification

LOOK_SECONDS: Final = 5.0  # between two looks whether a call waits for a server that is silent

T = TypeVar("T")


class PostgresLedger(ThreadedLedger):
    """The `Ledger` port over PostgreSQL, made by `open`.

    What is written and what is read have a connection each, on a thread each: a long reading holds up no append, and
    neither holds up the event loop.
    """

    def __init__(self, address: Address) -> None:
        super().__init__()
        self._address = address
        self._writing = _Desk(address, "ledger-writing")
        self._reading = _Desk(address, "ledger-reading")

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

    async def verify(self, samples_of: tuple[str, date] | None = None) -> Verification:
        """Verify the chain and the sealed samples; what is appended meanwhile is walked too."""
        return await self.beside(lambda open_reader: verified(open_reader, samples_of, readers=2))

    async def beside(self, work: Callable[[OpenReader], T]) -> T:
        """Do something that reads on connections of its own, on another thread, so that no other call waits."""
        await self.head()  # a ledger that is closed is not read either
        lines: list[PostgresLine] = []

        @contextmanager
        def reading() -> Iterator[Read]:
            line = PostgresLine(self._address)
            lines.append(line)
            with closing(line):
                yield lambda query, **values: line.read(query, values)

        return await _unless_silent(asyncio.to_thread(work, reading), lines)

    async def close(self) -> None:
        """Wait for the calls under way, then release the connections. Closing twice is fine."""
        await self._writing.close()
        await self._reading.close()

    async def _write(self, work: Callable[[LedgerRows], T]) -> T:
        return await self._writing.run(work)

    async def _read(self, work: Callable[[LedgerRows], T]) -> T:
        return await self._reading.run(work)


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
