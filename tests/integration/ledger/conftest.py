"""The ledgers that the contract is held against, and what the tests of the SQLite file share."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bot.adapters.diagnosis import diagnosed
from bot.adapters.ledger_guards import unguarded
from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.configuration.ledger_address import LedgerAddress, PostgresAddress, SqliteAddress
from bot.ports import Ledger
from bot.terminal.stored_rows import with_rows
from tests.support.memory_ledger import MemoryLedger


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    """An empty ledger of each implementation."""
    made: Ledger
    match request.param:
        case "memory":
            made = MemoryLedger()
        case "sqlite":
            made = await SqliteLedger.open(tmp_path / "burnin.db")
        case _:
            made = await PostgresLedger.open(request.getfixturevalue("address"))
    yield made
    await made.close()


@pytest.fixture
async def sqlite_ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    """An empty ledger in a file."""
    made = await SqliteLedger.open(tmp_path / "burnin.db")
    yield made
    await made.close()


@pytest.fixture
async def postgres_ledger(address: PostgresAddress) -> AsyncIterator[PostgresLedger]:
    """An empty ledger in a PostgreSQL."""
    made = await PostgresLedger.open(address)
    yield made
    await made.close()


@pytest.fixture
def in_psql(postgres_ledger: PostgresLedger, database: str) -> Iterator[psycopg.Connection]:
    """The same database as a person opens it, with psql for example."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def by_hand(sqlite_ledger: SqliteLedger, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The same file as a person opens it, with the sqlite3 shell for example."""
    with closing(sqlite3.connect(tmp_path / "burnin.db", isolation_level=None)) as connection:
        yield connection


@dataclass
class Tampered:
    """A ledger, and a hand that changes it behind the program's back."""

    address: LedgerAddress
    ledger: SqliteLedger | PostgresLedger
    execute: Callable[[str], object]

    async def diagnosed(self) -> list[tuple[int, int, str]]:
        """Return what a look at each entry finds: from which to which, and of what kind."""
        found = await with_rows(self.address, lambda read, damage: diagnosed(read, damaged=bool(damage)))
        return [(trouble.first, trouble.last, trouble.kind) for trouble in found.troubles]

    async def unguarded(self) -> list[str]:
        """Return which triggers do not protect it."""
        dialect = "" if isinstance(self.address, SqliteAddress) else "postgres"
        return await with_rows(self.address, lambda read, _: unguarded(read, dialect))


@pytest.fixture(params=["sqlite", "postgres"])
async def tampered(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Tampered]:
    """An empty ledger of each database."""
    if request.param == "sqlite":
        path = tmp_path / "burnin.db"
        ledger = await SqliteLedger.open(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as by_hand:
            yield Tampered(SqliteAddress(path=path), ledger, by_hand.execute)
        await ledger.close()
        return
    address = request.getfixturevalue("address")
    shared = await PostgresLedger.open(address)
    with psycopg.connect(request.getfixturevalue("database"), autocommit=True) as in_psql:
        yield Tampered(address, shared, lambda statement: in_psql.execute(statement.encode()))
    await shared.close()
