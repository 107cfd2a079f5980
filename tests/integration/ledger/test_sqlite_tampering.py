"""Whoever changes the file behind the triggers' back is found out: `verify` names the first entry that does not fit."""

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sql
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.adapters.stored_entry import StoredEntry, problem_with, sample_columns
from bot.domain.entry import BotStopped, CommandStarted, Draft
from bot.ports import Verification
from tests.support.any_drafts import DRAFTS, JSON, TEXT
from tests.support.drafts import AT, DAY, TRADER, draft, intent, queued, sample

TOMORROW = date(2026, 11, 24)

_COLUMNS = [name for name in StoredEntry._fields if name != "seq"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=6))
def test_any_drafts_form_a_chain_that_verifies(drafts: list[Draft]) -> None:
    """Whatever is appended is read back the same, and its chain holds."""

    async def play(path: Path) -> None:
        ledger = await SqliteLedger.open(path)
        try:
            written = [entry for draft in drafts for entry in await ledger.append(draft)]
            assert await ledger.entries() == tuple(written)
            assert await ledger.verify() == Verification(len(drafts), await ledger.head())
        finally:
            await ledger.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder) / "burnin.db"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=4), data=st.data())
def test_any_changed_column_of_any_entry_is_found(drafts: list[Draft], data: st.DataObject) -> None:
    """One column of one entry changed by hand, to any other value: that entry is named."""
    seq = data.draw(st.integers(1, len(drafts)), label="seq")
    column = data.draw(st.sampled_from(_COLUMNS), label="column")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "burnin.db"
        asyncio.run(_write(path, drafts))
        with closing(sqlite3.connect(path, isolation_level=None)) as by_hand:
            _loosen(by_hand)
            (before,) = by_hand.execute(f"SELECT {column} FROM entries WHERE seq = {seq}").fetchone()  # noqa: S608
            after = data.draw(_OTHER_VALUES.filter(lambda value: value != before), label="value")
            by_hand.execute(f"UPDATE entries SET {column} = ? WHERE seq = {seq}", (after,))  # noqa: S608
        assert asyncio.run(_verified(path)).broken_at == seq


_OTHER_VALUES = (
    st.none()
    | st.integers(0, 9)
    | TEXT
    | st.binary(max_size=4)
    | JSON.map(str)
    | st.sampled_from(["bot_stopped", "2026-11-23", "0" * 64])
)


def _unlock(by_hand: sqlite3.Connection) -> None:
    by_hand.execute("PRAGMA ignore_check_constraints = ON")
    guards = by_hand.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql IS NOT NULL"
    )
    for kind, name in guards.fetchall():
        by_hand.execute(f"DROP {kind} {name}")


def _loosen(by_hand: sqlite3.Connection) -> None:
    """Let a column hold whatever SQLite can: of any type, or nothing."""
    _unlock(by_hand)
    columns = ", ".join(_COLUMNS)
    by_hand.execute("ALTER TABLE entries RENAME TO strict")
    by_hand.execute(f"CREATE TABLE entries (seq INTEGER PRIMARY KEY, {columns})")
    by_hand.execute(f"INSERT INTO entries SELECT seq, {columns} FROM strict")  # noqa: S608


async def _write(path: Path, drafts: list[Draft]) -> None:
    ledger = await SqliteLedger.open(path)
    await ledger.append(*drafts)
    await ledger.close()


async def _verified(path: Path) -> Verification:
    ledger = await SqliteLedger.open(path)
    try:
        return await ledger.verify()
    finally:
        await ledger.close()


@pytest.mark.parametrize(
    ("statement", "broken_at", "problem"),
    [
        ("UPDATE entries SET body = body || ' ' WHERE seq = 2", 2, "entry 2 was changed after it was written"),
        ("UPDATE entries SET at = '2026-11-23T03:45:00+00:00' WHERE seq = 2", 2, "entry 2 was changed"),
        ("UPDATE entries SET trader = NULL WHERE seq = 2", 2, "entry 2 was changed"),
        ("UPDATE entries SET kind = 'day_closed' WHERE seq = 3", 3, "under the kind day_closed, but it is bot_stopped"),
        ("UPDATE entries SET seq = 1000 WHERE seq = 4", 4, "entry 4 is missing; what follows is numbered 1000"),
        ("UPDATE entries SET seq = -5 WHERE seq = 4", 1, "entry 1 is missing; what follows is numbered -5"),
        ("DELETE FROM entries WHERE seq = 2", 2, "entry 2 is missing; what follows is numbered 3"),
        ("UPDATE entries SET prev = hash WHERE seq = 2", 2, "entry 2 does not follow the entry before it"),
        ("UPDATE entries SET hash = prev WHERE seq = 2", 2, "entry 2 was changed"),
        ("UPDATE samples SET readings = replace(readings, '1.0', '2.0') WHERE id = 2", 4, "the samples 1 to 3 of"),
        ("UPDATE samples SET at_us = at_us + 1 WHERE id = 1", 4, "are not those that were sealed"),
        ("UPDATE samples SET source = 'prometheus' WHERE id = 1", 4, "are not those that were sealed"),
        ("UPDATE samples SET trader = 'another' WHERE id = 3", 4, "are not those that were sealed"),
        ("UPDATE samples SET day = '2026-11-24' WHERE id = 3", 4, "are not those that were sealed"),
        ("UPDATE samples SET id = 9 WHERE id = 3", 4, "are not those that were sealed"),
        ("DELETE FROM samples WHERE id = 2", 4, "the samples 1 to 3 of nifty-orb on 2026-11-23 are not those"),
    ],
)
async def test_tampering_is_named_in_words(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, statement: str, broken_at: int, problem: str
) -> None:
    """Verification names the first broken entry and says what is wrong with it; the good part before it is counted."""
    await sqlite_ledger.append(*(draft(BotStopped(reason=reason)) for reason in "abc"))
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(0), sample(1), sample(2)])
    await sqlite_ledger.seal_samples(AT, TRADER, DAY)
    assert (await sqlite_ledger.verify()).entries == 4
    _unlock(by_hand)
    by_hand.execute(statement)
    found = await sqlite_ledger.verify()
    assert (found.broken_at, found.entries) == (broken_at, broken_at - 1)
    assert problem in found.problem


_NESTED = draft(CommandStarted(command="check", args={"a": "b", "body": {"kind": "day_closed"}}, expires_at=AT))
_MOVED = """
UPDATE entries SET
    at = at || '","body":' || substr(body, 1, instr(body, '","body":') - 1),
    body = substr(body, instr(body, '","body":') + length('","body":'))
WHERE seq = 2
"""


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        (_MOVED, 2),
        ("UPDATE entries SET kind = 'day_closed' WHERE seq = 2", 2),
        ("UPDATE entries SET body = body || char(0) || 'more' WHERE seq = 2", 2),
        ("UPDATE entries SET origin = origin || char(10) WHERE seq = 2", 2),
        ("UPDATE entries SET hash = hash || char(10) || hash WHERE seq = 3", 3),
        ("UPDATE entries SET prev = NULL WHERE seq = 2", 2),
        ("UPDATE entries SET body = NULL WHERE seq = 2", 2),
        ("UPDATE entries SET hash = NULL WHERE seq = 3", 3),
        ("UPDATE entries SET hash = CAST(hash AS BLOB) WHERE seq = 2", 2),
        ("UPDATE entries SET body = CAST(body AS BLOB) WHERE seq = 2", 2),
        (
            "UPDATE entries SET seq = 9 WHERE seq = 2;"
            "UPDATE entries SET seq = 2 WHERE seq = 3;"
            "UPDATE entries SET seq = 3 WHERE seq = 9",
            2,
        ),
        (
            "UPDATE entries SET hash = substr(hash, 1, 63) WHERE seq = 2;"
            "UPDATE entries SET hash = (SELECT substr(prev, 64) FROM entries WHERE seq = 3) || hash WHERE seq = 3",
            2,
        ),
    ],
)
async def test_what_looks_the_same_put_together_is_told_apart(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, statement: str, broken_at: int
) -> None:
    """A byte moved into the next column or row, a kind that stands deeper in the body too, nothing where text was."""
    await sqlite_ledger.append(draft(BotStopped(reason="a")), _NESTED, *(draft(BotStopped(reason=r)) for r in "bc"))
    assert (await sqlite_ledger.verify()).entries == 4
    _loosen(by_hand)
    by_hand.executescript(statement)
    assert (await sqlite_ledger.verify()).broken_at == broken_at


def _two_lines(row: StoredEntry) -> StoredEntry:
    """Return an entry whose predecessor's hash and whose own have two lines, each of which fits."""
    first = row._replace(prev=f"{row.prev}\n")
    head, _, _ = _as_put_together(first).partition("\n")
    row = row._replace(prev=f"{row.prev}\n{_digest(head)}")
    return row._replace(hash="\n".join(map(_digest, _as_put_together(row).split("\n"))))


def _quoted_time(row: StoredEntry) -> StoredEntry:
    """Return an entry with a quotation mark in its time, which would end that text."""
    row = row._replace(at=f'{row.at}","zone":"UTC')
    return row._replace(hash=_digest(_as_put_together(row)))


def _as_put_together(row: StoredEntry) -> str:
    return row.content.replace(json.dumps(row.prev)[1:-1], row.prev).replace(json.dumps(row.at)[1:-1], row.at)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("forge", [_two_lines, _quoted_time])
async def test_what_is_hashed_as_it_should_not_be_written_is_found(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, forge: Callable[[StoredEntry], StoredEntry]
) -> None:
    """A row that was never an entry is found also where its hash, and the row after it, were made to fit."""
    await sqlite_ledger.append(*(draft(BotStopped(reason=reason)) for reason in "abcd"))
    _unlock(by_hand)
    rows = [
        StoredEntry(*row) for row in by_hand.execute(sql.read("ledger/queries/chain.sql"), {"after": 1, "batch": 3})
    ]
    forged = [forge(rows[0])]
    for row in rows[1:]:
        follows = row._replace(prev=forged[-1].hash.rpartition("\n")[2])
        forged.append(follows._replace(hash=_digest(follows.content)))
    for row in forged:
        by_hand.execute(
            "UPDATE entries SET at = ?, prev = ?, hash = ? WHERE seq = ?", (row.at, row.prev, row.hash, row.seq)
        )
    assert (await sqlite_ledger.verify()).broken_at == 2


async def test_any_character_may_stand_in_a_key(sqlite_ledger: SqliteLedger) -> None:
    """Control characters, quotes and separators of lines are text like any other."""
    odd = ["".join(map(chr, range(128))), "\\n\u2028\u2029\x85", "\U0001f525", '"},{"', "\x00"]
    await sqlite_ledger.append(*(draft(BotStopped(reason=key), key=key, trader=key) for key in odd))
    assert await sqlite_ledger.verify() == Verification(len(odd), await sqlite_ledger.head())


async def test_appends_do_not_wait_for_a_verification(sqlite_ledger: SqliteLedger) -> None:
    """What is appended while the chain is walked is in the ledger at once."""
    await sqlite_ledger.append(*(draft(BotStopped(reason=str(n))) for n in range(5000)))
    walking = asyncio.create_task(sqlite_ledger.verify())
    appended = 0
    while not walking.done():
        await sqlite_ledger.append(draft(BotStopped(reason="meanwhile")))
        appended += 1
    assert appended > 3
    assert 5000 <= (await walking).entries <= 5000 + appended


async def test_a_changed_sample_is_found_by_whoever_asks_for_its_day(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection
) -> None:
    """The close of a day looks at its own samples only; a broken chain it finds wherever that is."""
    for day in (DAY, TOMORROW):
        await sqlite_ledger.store_samples(TRADER, day, [sample(0)])
        await sqlite_ledger.seal_samples(AT, TRADER, day)
    _unlock(by_hand)
    by_hand.execute("UPDATE samples SET readings = replace(readings, '1.0', '2.0') WHERE id = 2")
    assert (await sqlite_ledger.verify((TRADER, DAY))).entries == 2
    assert (await sqlite_ledger.verify(("bank-orb", TOMORROW))).entries == 2
    assert (await sqlite_ledger.verify((TRADER, TOMORROW))).broken_at == 2
    by_hand.execute("UPDATE entries SET body = body || ' ' WHERE seq = 2")
    assert (await sqlite_ledger.verify((TRADER, DAY))).broken_at == 2


@pytest.mark.parametrize("number", [-7, 0, 4])
async def test_a_sample_that_no_seal_vouches_for_is_no_evidence(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, number: int
) -> None:
    """A row put before the sealed ones, or between two seals, fills no hole."""
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(0), sample(1), sample(2)])
    await sqlite_ledger.seal_samples(AT, TRADER, DAY)
    await sqlite_ledger.store_samples("another", DAY, [sample(3)])  # takes number 4
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(4)])
    last = await sqlite_ledger.seal_samples(AT, TRADER, DAY)
    assert last is not None
    _unlock(by_hand)
    by_hand.execute("DELETE FROM samples WHERE id = 4")
    by_hand.execute(
        "INSERT INTO samples (id, trader, day, at_us, source, readings) "
        "VALUES (:id, :trader, :day, :at_us, :source, :readings)",
        {**sample_columns(sample(9)), "id": number, "trader": TRADER, "day": DAY.isoformat()},
    )
    assert await sqlite_ledger.samples(TRADER, DAY, sealed_by=last.seq) == (*map(sample, (0, 1, 2, 4)),)


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_sample_that_came_back_after_its_retirement_is_found(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, number: int
) -> None:
    """Where it was let go of only in part, or a hand put one back, sealed or not."""
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(0), sample(1)])
    await sqlite_ledger.seal_samples(AT, TRADER, DAY)
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(2)])
    await sqlite_ledger.retire_samples(AT, TRADER, DAY)
    by_hand.execute(
        "INSERT INTO samples (id, trader, day, at_us, source, readings) "
        "VALUES (:id, :trader, :day, :at_us, :source, :readings)",
        {**sample_columns(sample(number - 1)), "id": number, "trader": TRADER, "day": DAY.isoformat()},
    )
    found = await sqlite_ledger.verify()
    assert found.broken_at == 2
    assert found.problem == "the samples of nifty-orb on 2026-11-23 up to 3 were retired, but not all are gone"


async def test_only_a_retirement_that_covers_it_explains_a_sample_that_is_missing(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection
) -> None:
    """One of an earlier part of the day does not."""
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(0)])
    await sqlite_ledger.retire_samples(AT, TRADER, DAY)
    await sqlite_ledger.store_samples(TRADER, DAY, [sample(1)])
    seal = await sqlite_ledger.seal_samples(AT, TRADER, DAY)
    assert seal is not None
    _unlock(by_hand)
    by_hand.execute("DELETE FROM samples")
    assert (await sqlite_ledger.verify()).broken_at == seal.seq


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("DELETE FROM unsettled WHERE kind = 'command_started'", 1),
        ("DELETE FROM unsettled WHERE kind = 'message_queued'", 3),
        ("INSERT INTO unsettled (seq, kind, name) VALUES (2, 'command_finished', '1')", 2),
    ],
)
async def test_what_is_hidden_from_the_recovery_or_the_outbox_is_found(
    sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection, statement: str, broken_at: int
) -> None:
    """What awaits something is kept in a table beside the chain; a row gone from there would be forgotten work."""
    await sqlite_ledger.append(intent(), draft(BotStopped(reason="a")), queued("a"))
    assert (await sqlite_ledger.verify()).broken_at is None
    by_hand.execute(statement)
    found = await sqlite_ledger.verify()
    assert (found.broken_at, found.head.seq) == (broken_at, broken_at - 1)
    assert found.problem == (
        f"entry {broken_at} is whole, but the table `unsettled` does not say whether it awaits something"
    )


async def test_a_long_chain_is_walked_to_its_end(sqlite_ledger: SqliteLedger, by_hand: sqlite3.Connection) -> None:
    """The walk goes on from batch to batch, and finds what is broken far from the beginning."""
    entries = await sqlite_ledger.append(*(draft(BotStopped(reason=str(n))) for n in range(1201)))
    assert (await sqlite_ledger.verify()).head.hash == entries[-1].hash
    _unlock(by_hand)
    by_hand.execute("UPDATE entries SET actor = json_set(actor, '$.id', 'U99') WHERE seq = 1100")
    assert (await sqlite_ledger.verify()).broken_at == 1100


def test_a_row_of_any_types_is_judged_not_tripped_over() -> None:
    """A column that no longer holds text makes a broken entry, never a crash."""
    row: dict[str, Any] = dict.fromkeys(StoredEntry._fields, b"\xff") | {"seq": 1, "prev": "0" * 64}
    assert problem_with(StoredEntry(**row), 1, "0" * 64) == (
        "entry 1 is not what an entry looks like: a column cannot be read"
    )
