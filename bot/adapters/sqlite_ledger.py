"""The embedded ledger: one SQLite file that the bot and the command line append to side by side."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Self, TypeVar

from bot.adapters.ledger_rows import LedgerRows
from bot.adapters.sqlite_rows import SqliteRows
from bot.adapters.sqlite_schema import broken, connect, reading
from bot.adapters.threaded_ledger import ThreadedLedger
from bot.adapters.verification import OpenReader, verified
from bot.errors import LedgerBroken
from bot.ports import Verification

T = TypeVar("T")


class SqliteLedger(ThreadedLedger):
    """The `Ledger` port over one SQLite file, made by `open`. A thread of its own keeps the event loop free."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._rows: SqliteRows | None = None

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

    def fence(self, epoch: int) -> None:
        """Do nothing: the run lock lets nobody else act."""

    async def verify(self, samples_of: tuple[str, date] | None = None) -> Verification:
        """Verify the chain and the sealed samples; what is appended meanwhile is walked too."""
        return await self.beside(lambda open_reader: verified(open_reader, samples_of, readers=1))

    async def beside(self, work: Callable[[OpenReader], T]) -> T:
        """Do something that reads on connections of its own, on another thread, so that appends do not wait."""
        await self.head()  # a ledger that is closed is not read either
        return await asyncio.to_thread(work, lambda: reading(self._path))

    async def close(self) -> None:
        """Wait for the calls under way, then release the file. Closing twice is fine."""
        rows, self._rows = self._rows, None
        if rows is not None:
            await self._on_thread(rows.close)
            self._thread.shutdown()

    async def _write(self, work: Callable[[LedgerRows], T]) -> T:
        return await self._run(work)

    async def _read(self, work: Callable[[LedgerRows], T]) -> T:
        return await self._run(work)

    async def _run(self, work: Callable[[SqliteRows], T]) -> T:
        rows = self._rows
        if rows is None:
            raise LedgerBroken(f"The ledger {self._path} is closed; it must be opened again.")
        return await self._on_thread(lambda: work(rows))

    async def _on_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise broken(error, self._path) from error
