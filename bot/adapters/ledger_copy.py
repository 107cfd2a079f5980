"""Carries a ledger from one database to another, row by row as it is stored: every number and every hash stays.

Blocking, in one thread. What was cut off goes on where it stopped.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import psycopg

import sql
from bot.adapters.postgres_line import LineCut, PostgresLine
from bot.adapters.postgres_troubles import Address
from bot.adapters.sqlite_schema import broken, connect
from bot.adapters.stored_entry import StoredEntry
from bot.domain.entry import SamplesRetired
from bot.errors import LedgerBroken, Refused

_BATCH: Final = 2000  # rows a transaction
_CUT_OFF: Final = "The copy was cut off. Run the same command again: it goes on where it stopped."

Tell = Callable[[int], None]


class NumberedSample(NamedTuple):
    """A whole row of `samples`."""

    id: int
    trader: str
    day: str
    at_us: int
    source: str
    readings: str


class StoredLedger(Protocol):
    """A ledger's rows. Raises `LedgerBroken` with what to do."""

    def read(self, query: str, **values: Any) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query."""
        ...

    def put_entries(self, rows: Sequence[StoredEntry]) -> None:
        """Store entries as they are."""
        ...

    def put_samples(self, rows: Sequence[NumberedSample]) -> None:
        """Store samples as they are."""
        ...

    def delete_samples(self, whose: Mapping[str, Any]) -> None:
        """Let go of samples that an entry says are retired: of a trader and a day, up to a number."""
        ...

    def number_on(self, last: int) -> None:
        """Give no sample a number up to this one any more."""
        ...

    def close(self) -> None:
        """Release the database."""
        ...


def rows_to_copy(source: StoredLedger, target: StoredLedger) -> int:
    """Return how many rows are left to copy, at most, once it is sure that the target is the beginning of the source.

    Raises:
        Refused: it holds something else.
    """
    seq = _number(target, "head")
    ours, theirs = (ledger.read("chain", after=seq - 1, batch=1)[:1] if seq else () for ledger in (target, source))
    if ours != theirs:
        raise Refused("not_a_prefix", f"The ledger to copy to has {seq} entries of its own: copy to an empty one.")
    samples = _number(source, "last_sample") - _number(target, "last_sample")  # some of them may be retired
    return _number(source, "head") - seq + max(0, samples)


def copy_rows(source: StoredLedger, target: StoredLedger, tell: Tell) -> tuple[int, int]:
    """Copy what is missing, also what comes meanwhile, and return how many entries and samples that were.

    Raises:
        Refused: the target holds samples of its own.
    """
    entries = samples = 0
    while True:
        more_entries = _copy_entries(source, target, tell)
        _retire(target)
        _compare_samples(source, target)
        more_samples = _copy_samples(source, target, tell)
        if not more_entries and not more_samples:
            return entries, samples
        entries, samples = entries + more_entries, samples + more_samples


def _copy_entries(source: StoredLedger, target: StoredLedger, tell: Tell) -> int:
    copied, seq = 0, _number(target, "head")
    while rows := [StoredEntry(*row) for row in source.read("chain", after=seq, batch=_BATCH)]:
        target.put_entries(rows)
        tell(len(rows))
        copied, seq = copied + len(rows), rows[-1].seq
    return copied


def _copy_samples(source: StoredLedger, target: StoredLedger, tell: Tell) -> int:
    copied, last = 0, _number(target, "last_sample")
    while rows := [NumberedSample(*row) for row in source.read("samples_after", after=last, batch=_BATCH)]:
        target.put_samples(rows)
        tell(len(rows))
        copied, last = copied + len(rows), rows[-1].id
    return copied


def _retire(target: StoredLedger) -> None:
    """Let the target, too, go of what the source let go of since the copy began."""
    last = 0
    for row in (StoredEntry(*found) for found in target.read("retired")):
        last = max(last, retired := SamplesRetired.model_validate_json(row.body).last)
        whose = {"trader": row.trader, "day": row.day, "last": retired}
        if _number(target, "samples_left", **whose):
            target.delete_samples(whose)
    target.number_on(last)


def _compare_samples(source: StoredLedger, target: StoredLedger) -> None:
    """Refuse samples that come from elsewhere; that all of them are as they were, their seals tell at the end."""
    last = _number(target, "last_sample")
    ours, theirs = ([*ledger.read("samples_after", after=last - 1, batch=1)] for ledger in (target, source))
    if last and ours != theirs:
        raise Refused("not_a_prefix", "The ledger to copy to has samples of its own: copy to an empty one.")


def _number(ledger: StoredLedger, query: str, **values: Any) -> int:
    return next((int(row[0]) for row in ledger.read(query, **values)), 0)


class StoredInSqlite:
    """The rows of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told_in_words():
            self._connection = connect(path)
            self._execute("begin_numbers")

    def read(self, query: str, **values: Any) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._told_in_words():
            return self._execute(query, values).fetchall()

    def put_entries(self, rows: Sequence[StoredEntry]) -> None:
        """Store entries as they are, all or none."""
        with self._writing():
            for row in rows:
                self._execute("insert_entry", row._asdict())

    def put_samples(self, rows: Sequence[NumberedSample]) -> None:
        """Store samples as they are, all or none."""
        with self._writing():
            for row in rows:
                self._execute("put_sample", row._asdict())

    def delete_samples(self, whose: Mapping[str, Any]) -> None:
        """Let go of retired samples."""
        with self._writing():
            self._execute("delete_samples", whose)

    def number_on(self, last: int) -> None:
        """Count on from a number."""
        with self._writing():
            self._execute("number_on", {"last": last})

    def close(self) -> None:
        """Release the database."""
        self._connection.close()

    def _execute(self, query: str, values: Mapping[str, Any] | None = None) -> sqlite3.Cursor:
        return self._connection.execute(sql.read(f"ledger/queries/{query}.sql"), values or {})

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._told_in_words():
            self._execute("begin")
            with self._connection:
                yield

    @contextmanager
    def _told_in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise broken(error, self._path) from error


class StoredInPostgres:
    """The rows of a database that bots share."""

    def __init__(self, address: Address) -> None:
        self._line = PostgresLine(address)
        self._line.bring_up_to_date()

    def read(self, query: str, **values: Any) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._line.read(query, values)

    def put_entries(self, rows: Sequence[StoredEntry]) -> None:
        """Store entries as they are, all or none."""
        self._execute("append_entries", entries=json.dumps([row._asdict() for row in rows]), epoch=None)

    def put_samples(self, rows: Sequence[NumberedSample]) -> None:
        """Store samples as they are, all or none."""
        self._execute("put_samples", samples=json.dumps([row._asdict() for row in rows]))

    def delete_samples(self, whose: Mapping[str, Any]) -> None:
        """Let go of retired samples."""
        self._execute("delete_samples", **whose)

    def number_on(self, last: int) -> None:
        """Do nothing: whoever stores samples looks into the entries for it."""

    def close(self) -> None:
        """Release the database."""
        self._line.close()

    def _execute(self, query: str, **values: Any) -> None:
        try:
            self._line.execute(query, values)
        except (LineCut, psycopg.errors.UniqueViolation):
            raise LedgerBroken(_CUT_OFF) from None
