"""Appending a day's entries, asked for at once, beside bare commits of the same rows in the same database."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

import sql
from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.sql_parameters import to_driver
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.adapters.stored_entry import StoredEntry
from bot.configuration.ledger_address import PostgresAddress
from bot.domain.entry import CommandFinished, CommandStarted, Draft, PlanInjecting
from bot.ports import Ledger
from bot.sandbox.postgres import EmbeddedPostgres
from tests.support.long_ledger import real_day
from tests.support.side_by_side import Comparison

pytestmark = pytest.mark.bench

PAIRS = 9
INSERT = sql.read("ledger/queries/insert_entry.sql")

Commit = Callable[[StoredEntry], Any]


@pytest.fixture
async def day() -> Sequence[Draft]:
    """What a bot and its operators write on a day."""
    return [Draft(**{name: getattr(entry, name) for name in Draft.model_fields}) for entry in await real_day()]


@asynccontextmanager
async def _in_sqlite(tmp_path: Path) -> AsyncIterator[tuple[Ledger, Commit]]:
    """A ledger in a file, and bare commits to a file like it."""
    ours, theirs = [await SqliteLedger.open(tmp_path / name) for name in ("ours.db", "theirs.db")]
    with closing(sqlite3.connect(tmp_path / "theirs.db", isolation_level=None)) as bare:
        bare.executescript(sql.read("ledger/connection.sql"))
        yield ours, lambda row: bare.execute(INSERT, row._asdict())
    await ours.close()
    await theirs.close()


@asynccontextmanager
async def _in_postgres(tmp_path: Path) -> AsyncIterator[tuple[Ledger, Commit]]:
    """A ledger in a database, and bare commits to a database like it."""
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        urls = [server.create_database(name) for name in ("ours", "theirs")]
        ours, theirs = [await PostgresLedger.open(PostgresAddress(url=SecretStr(url))) for url in urls]
        insert = to_driver(INSERT, StoredEntry._fields).encode()
        with psycopg.connect(urls[1], autocommit=True, prepare_threshold=1) as bare:
            yield ours, lambda row: bare.execute(insert, row._asdict())
        await ours.close()
        await theirs.close()


@pytest.fixture(params=[_in_sqlite, _in_postgres], ids=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Ledger, Commit]]:
    """A ledger, and what commits a row to a database like its own."""
    async with request.param(tmp_path) as made:
        yield made


async def test_an_append_takes_at_most_twice_as_long_as_a_bare_commit(
    database: tuple[Ledger, Commit], day: Sequence[Draft], hold: Callable[[Comparison], None]
) -> None:
    """Half as many entries a second as the database takes rows: canonical JSON, the hash, the checks and the thread."""
    ledger, commit = database
    pairs = []
    for number in range(PAIRS):
        drafts = [_later(draft, number, len(day)) for draft in day]
        began = time.perf_counter()
        entries = [entry for (entry,) in await asyncio.gather(*(ledger.append(draft) for draft in drafts))]
        appended = time.perf_counter()
        rows = [StoredEntry.of(entry) for entry in entries]
        made = time.perf_counter()
        for row in rows:
            commit(row)
        pairs.append((appended - began, time.perf_counter() - made))
    hold(Comparison(f"{len(day)} appends", "bare commits of the same rows", pairs, allowed=2))


def _later(draft: Draft, round_: int, length: int) -> Draft:
    """Return a draft as a later day has it: with a key and a claim of its own, and about commands of that day."""
    changed: dict[str, Any] = {"key": draft.key and f"{draft.key}:{round_}"}
    if isinstance(draft.body, CommandStarted):
        changed["body"] = draft.body.model_copy(update={"claim": draft.body.claim and f"{draft.body.claim}:{round_}"})
    elif isinstance(draft.body, CommandFinished | PlanInjecting):
        changed["body"] = draft.body.model_copy(update={"started": draft.body.started + round_ * length})
    return draft.model_copy(update=changed)
