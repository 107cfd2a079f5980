"""The embedded ledger's transactions, blocking: what `SqliteLedger` runs on its own thread."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import sql
from bot.adapters.ledger_rows import Asked, Batch, LedgerRows, claim_of, linked, still_runs
from bot.adapters.stored_entry import sample_columns
from bot.domain.entry import CommandStarted, Draft, Entry, SamplesRetired
from bot.errors import ClaimHeld, DuplicateKey, LedgerError
from bot.ports import Head


class SqliteRows(LedgerRows):
    """One connection to the ledger's file. Only the thread that made the connection may call."""

    no_limit = -1

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append all drafts in one transaction, or none."""
        with self._writing():
            return self._append(drafts)

    def append_each(self, several: Sequence[Asked]) -> None:
        """Append what several ask for, in order and each as a whole or not at all, and commit once for all of them."""
        try:
            with self._writing():
                for asked in several:
                    asked.outcome = self._append_one(asked.drafts)
        except Exception as error:  # noqa: BLE001 - nothing was committed, and each who waits is told why
            for asked in several:
                asked.outcome = error

    def store_samples(self, batches: Iterable[Batch]) -> None:
        """Store the samples of all batches in one transaction."""
        rows = (
            {"trader": trader, "day": day.isoformat(), **sample_columns(sample)}
            for trader, day, samples in batches
            for sample in samples
        )
        with self._writing():
            self._connection.executemany(sql.read("ledger/queries/insert_sample.sql"), rows)

    def seal_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append a seal over the day's samples stored since its last one; None where there are none."""
        with self._writing():
            return next(iter(self._append(self._seal(at, trader, day))), None)

    def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append that a day's samples are retired and delete them; None where there are none."""
        with self._writing():
            for entry in self._append(self._retirement(at, trader, day)):
                last = entry.body.last if isinstance(entry.body, SamplesRetired) else 0
                self._execute("delete_samples", trader=trader, day=day.isoformat(), last=last)
                return entry
            return None

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._execute("begin")
        try:
            yield
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise

    def _append_one(self, drafts: Sequence[Draft]) -> tuple[Entry, ...] | LedgerError:
        outcome: tuple[Entry, ...] | LedgerError
        self._execute("begin_one")
        try:
            outcome = self._append(drafts)
        except LedgerError as refused:
            self._execute("undo_one")
            outcome = refused
        self._execute("end_one")
        return outcome

    def _append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        head, appended = self.head(), []
        for draft in drafts:
            self._refuse_duplicate(draft)
            self._refuse_held(draft)
            entry, row = linked(draft, head)
            self._execute("insert_entry", **row._asdict())
            head = Head(entry.seq, entry.hash)
            appended.append(entry)
        return tuple(appended)

    def _refuse_duplicate(self, draft: Draft) -> None:
        if draft.key is not None and self._rows("entry_by_key", key=draft.key):
            raise DuplicateKey(draft.key)

    def _refuse_held(self, draft: Draft) -> None:
        if not isinstance(draft.body, CommandStarted) or draft.body.claim is None:
            return
        for holder in self.unsettled("open_commands"):
            if claim_of(holder) == draft.body.claim and still_runs(holder, draft.at):
                raise ClaimHeld(holder)

    def _all(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._execute(query, **values).fetchall()

    def _execute(self, query: str, **values: Any) -> sqlite3.Cursor:
        return self._connection.execute(sql.read(f"ledger/queries/{query}.sql"), values)
