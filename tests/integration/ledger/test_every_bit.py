"""Every bit of a stored entry and of a sealed sample counts: thousands of single changes, each found by `verified`.

All in one process, each change in a transaction that is rolled back, so that thousands take seconds.
"""

import asyncio
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

import sql
from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.sql_parameters import to_driver
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.adapters.stored_entry import StoredEntry
from bot.adapters.verification import OpenReader, Read, verified
from bot.configuration.ledger_address import PostgresAddress
from bot.errors import LedgerBroken
from tests.support.certified import cleared_room

CHANGES = 2000
FEW = 300
ENTRY = [name for name in StoredEntry._fields if name != "seq"]
SAMPLE = ("trader", "day", "at_us", "source", "readings")
Change = tuple[str, str, int, bytes | None]  # the table, the column, the row's number, and what stands there instead


def _changes(rows: dict[str, list[dict[str, Any]]], count: int, *, text_only: bool) -> Iterator[Change]:
    """Yield single changes: a bit of a column flipped, a column emptied, or its neighbour's value in it."""
    chance = random.Random(6)  # noqa: S311 - the same at every run
    while count:
        table = chance.choice(("entries", "entries", "samples"))
        row = chance.choice(rows[table])
        column = chance.choice(ENTRY if table == "entries" else SAMPLE)
        number = row["seq" if table == "entries" else "id"]
        before = None if row[column] is None else str(row[column]).encode()
        after = _changed(chance, before, [other[column] for other in rows[table]])
        if after == before or (text_only and not _is_text(after)):
            continue
        count -= 1
        yield table, column, number, after


def _changed(chance: random.Random, before: bytes | None, others: Sequence[Any]) -> bytes | None:
    if before and chance.random() < 0.8:
        bit = chance.randrange(8 * len(before))
        flipped = bytearray(before)
        flipped[bit // 8] ^= 1 << bit % 8
        return bytes(flipped)
    other = chance.choice([*others, "x"])
    return None if other is None else str(other).encode()


def _is_text(content: bytes | None) -> bool:
    try:
        return content is None or "\x00" not in content.decode()
    except UnicodeDecodeError:
        return False


def _hold(open_reader: OpenReader, change: Change) -> None:
    """See that a change is found, where it belongs: at the entry, or at the one that sealed the sample."""
    table, _, number, _ = change
    found = verified(open_reader, None, readers=1)
    assert found.broken_at is not None, change
    assert table == "samples" or found.broken_at == number, (change, found)


@pytest.fixture
def sqlite_rows(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A burn-in in a file whose tables take anything."""

    async def live() -> None:
        ledger = await SqliteLedger.open(tmp_path / "burnin.db")
        await cleared_room(ledger)
        await ledger.close()

    asyncio.run(live())
    with closing(sqlite3.connect(tmp_path / "burnin.db", isolation_level=None, check_same_thread=False)) as connection:
        connection.text_factory = lambda content: content.decode(errors="surrogateescape")
        connection.row_factory = None
        dropped = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql IS NOT NULL"
        for kind, name in connection.execute(dropped).fetchall():
            connection.execute(f"DROP {kind} {name}")
        for table, columns in (
            ("entries", ("seq INTEGER PRIMARY KEY", *ENTRY)),
            ("samples", ("id INTEGER PRIMARY KEY", *SAMPLE)),
        ):
            connection.execute(f"ALTER TABLE {table} RENAME TO strict_{table}")
            connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            names = ", ".join(column.split()[0] for column in columns)
            connection.execute(f"INSERT INTO {table} SELECT {names} FROM strict_{table}")  # noqa: S608
        connection.execute("CREATE INDEX samples_by_number ON samples (trader, day)")
        yield connection


def _reader(read: Read) -> Callable[[], AbstractContextManager[Read]]:
    @contextmanager
    def opened() -> Iterator[Read]:
        yield read

    return opened


def test_every_single_change_of_a_file_is_found(sqlite_rows: sqlite3.Connection) -> None:
    """Also to what is no text any more; and where nothing was changed, nothing is found."""
    turn = threading.Lock()

    def read(query: str, **values: Any) -> Sequence[Sequence[Any]]:
        try:
            with turn:
                return sqlite_rows.execute(sql.read(f"ledger/queries/{query}.sql"), values).fetchall()
        except sqlite3.Error as error:
            raise LedgerBroken(str(error)) from error

    rows = {
        "entries": [StoredEntry(*row)._asdict() for row in read("chain", after=0, batch=10**6)],
        "samples": [
            dict(zip(("id", *SAMPLE), row, strict=True))
            for row in sqlite_rows.execute("SELECT id, trader, day, at_us, source, readings FROM samples")
        ],
    }
    assert verified(_reader(read), None, readers=1).broken_at is None
    for change in _changes(rows, CHANGES, text_only=False):
        table, column, number, after = change
        key = "seq" if table == "entries" else "id"
        sqlite_rows.execute("BEGIN")
        value = "CAST(:after AS TEXT)" if column != "at_us" else ":after"
        statement = f"UPDATE {table} SET {column} = {value} WHERE {key} = :number"  # noqa: S608 - of this file
        sqlite_rows.execute(statement, {"after": after, "number": number})
        _hold(_reader(read), change)
        sqlite_rows.execute("ROLLBACK")
    assert verified(_reader(read), None, readers=1).broken_at is None


def test_every_single_change_of_a_database_is_found(address: PostgresAddress, database: str) -> None:
    """As far as PostgreSQL takes it; it keeps no bytes that are no text."""

    async def live() -> None:
        ledger = await PostgresLedger.open(address)
        await cleared_room(ledger)
        await ledger.close()

    asyncio.run(live())
    with psycopg.connect(database) as connection:
        connection.execute("SET session_replication_role = replica")
        for column in ("actor", "origin", "body"):
            connection.execute(f"ALTER TABLE entries DROP CONSTRAINT entries_{column}_check".encode())
        for index in ("outcomes_by_intent", "sent_by_message", "retired_by_number"):
            connection.execute(f"DROP INDEX {index}".encode())
        connection.execute("ALTER TABLE entries DROP CONSTRAINT entries_key_key")
        connection.commit()

        def read(query: str, **values: Any) -> Sequence[Sequence[Any]]:
            text = to_driver(sql.read(f"ledger/queries/{query}.sql", "postgres"), tuple(values)).encode()
            try:
                with connection.transaction():
                    return connection.execute(text, values).fetchall()
            except psycopg.Error as error:
                raise LedgerBroken(str(error)) from error

        entries = [StoredEntry(*row)._asdict() for row in read("chain", after=0, batch=10**6)]
        found = connection.execute("SELECT id, trader, day, at_us, source, readings FROM samples").fetchall()
        rows = {"entries": entries, "samples": [dict(zip(("id", *SAMPLE), row, strict=True)) for row in found]}
        assert verified(_reader(read), None, readers=1).broken_at is None
        for change in _changes(rows, FEW, text_only=True):
            table, column, number, after = change
            value: Any = None if after is None else after.decode()
            if column == "at_us" and not (value or "").isdigit():
                continue
            key, casted = "seq" if table == "entries" else "id", "%s::bigint" if column == "at_us" else "%s"
            statement = f"UPDATE {table} SET {column} = {casted} WHERE {key} = {number}"  # noqa: S608 - of this file
            connection.execute("SAVEPOINT before")
            try:
                connection.execute(statement.encode(), (value,))
            except psycopg.errors.NotNullViolation:
                connection.execute("ROLLBACK TO before")
                continue
            _hold(_reader(read), change)
            connection.execute("ROLLBACK TO before")
