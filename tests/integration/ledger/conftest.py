"""The ledgers that the contract is held against, and what the tests of the SQLite file share."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.configuration.ledger_address import PostgresAddress
from bot.ports import Ledger
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
