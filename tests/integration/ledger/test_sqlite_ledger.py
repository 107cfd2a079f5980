"""What the SQLite file adds to the contract: refusing triggers, migrations, errors in words, speed through indexes."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import sql
from bot.adapters import sqlite_schema
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.domain.entry import BotStopped, CommandStarted
from bot.errors import ClaimHeld, LedgerBroken
from tests.support.clock import settle
from tests.support.drafts import AT, DAY, TRADER, draft, intent, outcome, sample


async def test_the_ledger_survives_its_process(tmp_path: Path) -> None:
    """What was appended is there after the file is opened again, in a folder that was made for it."""
    path = tmp_path / "var" / "lib" / "burnin.db"
    first = await SqliteLedger.open(path)
    written = await first.append(intent(claim="drill:nifty-orb"))
    await first.close()
    second = await SqliteLedger.open(path)
    assert await second.entries() == written
    with pytest.raises(ClaimHeld):
        await second.append(intent(claim="drill:nifty-orb"))
    await second.close()


@pytest.mark.parametrize("table", ["entries", "samples"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET trader = 'another'",
        "DELETE FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "REPLACE INTO {table} SELECT * FROM {table}",
    ],
)
async def test_the_past_cannot_be_changed_by_accident(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, table: str, statement: str
) -> None:
    """A person with the file open is refused whatever would change or remove a row, in words."""
    await sqlite_ledger.append(draft(BotStopped(reason="a"), key="a"))
    await sqlite_ledger.store_samples(TRADER, DAY, [sample()])
    with pytest.raises(sqlite3.IntegrityError, match="burnin: the ledger is append-only"):
        by_hand.execute(statement.format(table=table))


async def test_a_key_cannot_be_taken_over(sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection) -> None:
    """REPLACE removes the row that holds a unique key without asking the DELETE trigger; it is refused before that."""
    await sqlite_ledger.append(draft(BotStopped(reason="a"), key="a"))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        by_hand.execute(
            "REPLACE INTO entries (seq, at, kind, actor, origin, key, body, prev, hash)"
            " SELECT 2, at, kind, actor, origin, key, body, prev, hash FROM entries"
        )


async def test_only_what_is_retired_may_be_deleted(sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection) -> None:
    """By its trader, its day and its number: what came later, or belongs to another, stays."""
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(0)])
    await sqlite_ledger.retire_samples(AT, TRADER, DAY)
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(1)])
    await sqlite_ledger.store_samples("bank-orb", DAY, [sample(2)])
    for number in (2, 3):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            by_hand.execute("DELETE FROM samples WHERE id = ?", (number,))
    by_hand.execute("DELETE FROM samples WHERE id = 1")


async def test_commits_are_durable_and_readers_do_not_wait(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection
) -> None:
    """The file is in WAL mode, where a reader sees the last commit while another writes."""
    await sqlite_ledger.append(draft(BotStopped(reason="a")))
    assert by_hand.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    by_hand.execute("BEGIN IMMEDIATE")
    assert (await sqlite_ledger.head()).seq == 1
    by_hand.execute("ROLLBACK")


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    return set(connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty SQLite file."""
    with closing(sqlite3.connect(tmp_path / "older.db", isolation_level=None)) as connection:
        yield connection


@pytest.mark.parametrize("version", range(len(sqlite_schema.migrations())))
async def test_a_ledger_of_any_age_becomes_like_a_new_one(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, bare: sqlite3.Connection, tmp_path: Path, version: int
) -> None:
    """The schema is the sum of the migrations: whoever is behind gets the rest, and the same result."""
    sqlite_schema.migrate(bare, version)
    assert sqlite_schema.schema_version(bare) == version
    upgraded = await SqliteLedger.open(tmp_path / "older.db")
    await upgraded.close()
    assert _schema(bare) == _schema(by_hand)
    assert sqlite_schema.schema_version(bare) == len(sqlite_schema.migrations())


def test_each_migration_raises_the_version_by_one() -> None:
    """A migration's file is numbered as the version it leads to, and ends by saying so."""
    for version, name in enumerate(sqlite_schema.migrations(), start=1):
        assert name.startswith(f"{version:04d}_")
        assert sql.read(f"ledger/migrations/{name}").endswith(f"PRAGMA user_version = {version};\n")


async def test_a_newer_schema_is_refused(bare: sqlite3.Connection, tmp_path: Path) -> None:
    """An older program keeps its hands off a ledger that it does not understand."""
    bare.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerBroken, match=r"has schema 99.*a newer burnin made it\. Install that version"):
        await SqliteLedger.open(tmp_path / "older.db")


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """The error names the file and says what to do."""
    path = tmp_path / "burnin.db"
    path.write_text("these are notes, not a ledger\n" * 50)
    with pytest.raises(LedgerBroken, match=r"burnin\.db cannot be used .*it is not a SQLite database.*name another"):
        await SqliteLedger.open(path)


async def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A folder in the file's place, or a file in the folder's place, is said so with what to check."""
    with pytest.raises(LedgerBroken, match="it cannot be opened; check that the path is a file"):
        await SqliteLedger.open(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(LedgerBroken, match="check the path, its permissions and the disk"):
        await SqliteLedger.open(tmp_path / "file" / "burnin.db")


async def test_a_full_disk_loses_nothing_and_says_so(sqlite_ledger: SqliteLedger) -> None:
    """Where the disk has no room the append is undone as a whole, and the ledger works on when there is room again."""
    (first,) = await sqlite_ledger.append(draft(BotStopped(reason="a")))
    await sqlite_ledger._run(lambda rows: rows._connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(LedgerBroken, match="the disk is full; make room, then try again"):
        await sqlite_ledger.append(draft(BotStopped(reason="b")), draft(BotStopped(reason="long" * 100_000)))
    await sqlite_ledger._run(lambda rows: rows._connection.execute("PRAGMA max_page_count = 1000000"))
    assert await sqlite_ledger.entries() == (first,)
    await sqlite_ledger.append(draft(BotStopped(reason="b")))
    assert (await sqlite_ledger.verify()).entries == 2


async def test_samples_of_many_traders_go_to_disk_together(sqlite_ledger: SqliteLedger) -> None:
    """A hundred traders do not wait for the disk a hundred times a second, and everybody's samples are there."""
    statements: list[str] = []
    await sqlite_ledger._run(lambda rows: rows._connection.set_trace_callback(statements.append))
    names = [f"trader-{number}" for number in range(100)]
    await asyncio.gather(*(sqlite_ledger.store_samples(name, DAY, [sample()]) for name in names))
    assert sum(statement.startswith("COMMIT") for statement in statements) == 1
    assert [await sqlite_ledger.samples(name, DAY) for name in names] == [(sample(),)] * 100


async def test_samples_that_come_meanwhile_are_stored_next(sqlite_ledger: SqliteLedger) -> None:
    """Who comes while a transaction is under way is not told of its end, but of the next one's."""
    gate = threading.Event()
    at_work = asyncio.create_task(sqlite_ledger._run(lambda rows: gate.wait()))
    first = asyncio.create_task(sqlite_ledger.store_samples(TRADER, DAY, [sample(1)]))
    await settle()
    second = asyncio.create_task(sqlite_ledger.store_samples(TRADER, DAY, [sample(2)]))
    await settle()
    gate.set()
    await asyncio.gather(at_work, first, second)
    assert await sqlite_ledger.samples(TRADER, DAY) == (sample(1), sample(2))


async def test_samples_that_do_not_fit_are_nobodys(sqlite_ledger: SqliteLedger) -> None:
    """Where a shared transaction fails everybody is told so, and can store the same samples again."""
    await sqlite_ledger._run(lambda rows: rows._connection.execute("PRAGMA max_page_count = 1"))
    many = [sample(second) for second in range(1000)]
    both = [sqlite_ledger.store_samples(name, DAY, many) for name in ("one", "other")]
    told = await asyncio.gather(*both, return_exceptions=True)
    assert [type(each) for each in told] == [LedgerBroken, LedgerBroken]
    await sqlite_ledger._run(lambda rows: rows._connection.execute("PRAGMA max_page_count = 1000000"))
    for name in ("one", "other"):
        await sqlite_ledger.store_samples(name, DAY, many)
        assert await sqlite_ledger.samples(name, DAY) == tuple(many)


async def test_a_held_lock_is_waited_for_and_then_named(
    by_hand: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program's endless transaction ends in an error that says so."""
    monkeypatch.setattr(sqlite_schema, "BUSY_SECONDS", 0.01)
    impatient = await SqliteLedger.open(tmp_path / "burnin.db")
    by_hand.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerBroken, match="another program holds it"):
        await impatient.append(draft(BotStopped(reason="a")))
    by_hand.execute("ROLLBACK")
    await impatient.append(draft(BotStopped(reason="a")))
    await impatient.close()


async def test_a_body_of_a_newer_burnin_is_named(sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection) -> None:
    """An entry that this program cannot read is not passed over in silence."""
    await sqlite_ledger.append(draft(BotStopped(reason="a")))
    by_hand.execute("DROP TRIGGER entries_refuse_update")
    by_hand.execute("UPDATE entries SET body = json_set(body, '$.v', 2)")
    with pytest.raises(LedgerBroken, match="Entry 1 of the ledger cannot be read: a newer burnin wrote it, or a hand"):
        await sqlite_ledger.entries()


async def test_a_number_that_json_does_not_have_is_refused(sqlite_ledger: SqliteLedger) -> None:
    """A number that would not come back as it was is not stored; nothing of its append is."""
    body = CommandStarted(command="drill", args={"id": 2**60}, expires_at=AT)
    with pytest.raises(LedgerBroken, match="A command_started cannot be written, for JSON has no such number"):
        await sqlite_ledger.append(draft(BotStopped(reason="a")), draft(body))
    assert await sqlite_ledger.entries() == ()


_LIGHT = """
import asyncio, sys
from pathlib import Path
from bot.adapters.sqlite_ledger import SqliteLedger
from tests.support.drafts import ZOO, draft

async def main():
    ledger = await SqliteLedger.open(Path(sys.argv[1]))
    await ledger.append(draft(ZOO[0]))
    await ledger.entries()
    await ledger.close()

asyncio.run(main())
print(sorted({"pandas", "sqlite_utils", "numpy"} & set(sys.modules)))
"""


def test_reading_loads_nothing_heavy(sqlite_ledger: SqliteLedger, tmp_path: Path) -> None:
    """A command that only reads, such as status, or appends, does without sqlite-utils and its pandas."""
    argv = [sys.executable, "-c", _LIGHT, str(tmp_path / "burnin.db")]
    done = subprocess.run(argv, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("entries_of_day", "entries_by_day"),
        ("entries_of_kinds", "entries_by_kind"),
        ("entry_by_key", "sqlite_autoindex_entries_1"),
        ("entries_of_trader", "entries_by_trader"),
        ("closed_days", "entries_by_trader"),
        ("days_of_kind", "COVERING INDEX entries_by_trader"),
        ("open_commands", "unsettled_by_name"),
        ("unsent_messages", "unsettled_by_name"),
        ("sealing", "entries_by_kind"),
        ("sealing_of_day", "entries_by_day"),
        ("stretch", "PRIMARY KEY"),
        ("samples_of_day", "samples_by_time"),
        ("samples_to_seal", "samples_by_number"),
        ("sealed_samples", "samples_by_number"),
    ],
)
async def test_questions_are_answered_through_indexes(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, query: str, index: str
) -> None:
    """No frequent question reads the whole table, however long the ledger has grown."""
    names = ("trader", "day", "kind", "kinds", "after", "before", "until", "size", "newest", "key", "first", "last")
    values = dict.fromkeys(names)
    text = sql.read(f"ledger/queries/{query}.sql")
    plan = [row[3] for row in by_hand.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    assert any(index in step for step in plan), plan
    assert not any(step.startswith(("SCAN entries", "SCAN samples")) for step in plan), plan


async def test_what_is_settled_is_seen_across_processes(sqlite_ledger: SqliteLedger, tmp_path: Path) -> None:
    """What one process remembers as settled never hides what another process began."""
    other = await SqliteLedger.open(tmp_path / "burnin.db")
    (first,) = await sqlite_ledger.append(intent(lasts=3600))
    assert await sqlite_ledger.running(AT) == (first,)
    await other.append(outcome(first.seq))
    assert await sqlite_ledger.running(AT) == ()
    (second,) = await other.append(intent(at=AT + timedelta(seconds=1)))
    assert await sqlite_ledger.running(AT) == await other.running(AT) == (second,)
    await other.close()
