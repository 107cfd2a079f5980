"""`burnin ledger copy` carries a ledger from one database to another; what arrives is the same to the last byte."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from bot.adapters import ledger_copy
from bot.adapters.run_lock import run_lock
from bot.configuration.ledger_address import LedgerAddress, PostgresAddress, SqliteAddress, ledger_address
from bot.domain.entry import BotStopped
from bot.domain.sample import Sample
from bot.errors import LedgerBroken, Refused
from bot.factory import open_ledger
from bot.sandbox.postgres import EmbeddedPostgres
from bot.terminal.ledger_copy import Copied, copy_ledger, open_stored
from tests.support.drafts import AT, DAY, TRADER, ZOO, draft, sample

_ROOT = Path(__file__).parents[3]


def _of(kind: str, folder: Path, postgres: EmbeddedPostgres, name: str) -> LedgerAddress:
    if kind == "sqlite":
        return SqliteAddress(path=folder / f"{name}.db")
    return PostgresAddress(url=SecretStr(postgres.create_database(f"{folder.name}_{name}")))


@pytest.fixture(params=["sqlite-postgres", "postgres-sqlite", "postgres-postgres", "sqlite-sqlite"])
def both(request: pytest.FixtureRequest, tmp_path: Path, postgres: EmbeddedPostgres) -> list[LedgerAddress]:
    """The address of the ledger to copy, and that to copy to."""
    return [_of(kind, tmp_path, postgres, name) for kind, name in zip(request.param.split("-"), "ab", strict=True)]


@pytest.fixture
def there(tmp_path: Path) -> SqliteAddress:
    """The address of a file to copy to."""
    return SqliteAddress(path=tmp_path / "there.db")


@pytest.fixture
def here(tmp_path: Path) -> SqliteAddress:
    """The address of a file to copy."""
    return SqliteAddress(path=tmp_path / "here.db")


async def _fill(address: LedgerAddress, *reasons: str) -> None:
    ledger = await open_ledger(address)
    for reason in reasons:
        await ledger.append(draft(BotStopped(reason=reason)))
        await ledger.store_samples(TRADER, DAY, [sample(float(ord(reason)))])
    await ledger.close()


def _stored(address: LedgerAddress) -> tuple[list[object], list[object]]:
    ledger = open_stored(address)
    try:
        entries = [*map(tuple, ledger.read("chain", after=0, batch=10**6))]
        return [*entries], [*map(tuple, ledger.read("samples_after", after=0, batch=10**6))]
    finally:
        ledger.close()


async def test_a_copy_is_the_same_to_the_last_byte(both: list[LedgerAddress], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of entry, odd samples, seals and gaps where samples were retired; and the copy can be written to."""
    monkeypatch.setattr(ledger_copy, "_BATCH", 3)
    source, target = both
    ledger = await open_ledger(source)
    await ledger.append(*(draft(body, key=f"zoo:{n}") for n, body in enumerate(ZOO) if body.kind != "samples_retired"))
    await ledger.store_samples(TRADER, DAY, [sample(0), sample(1, float("nan")), sample(2, 0.1 + 0.2)])
    await ledger.seal_samples(AT, TRADER, DAY)
    await ledger.store_samples("bank-orb", DAY, [sample(n) for n in range(5)])
    await ledger.seal_samples(AT, "bank-orb", DAY)
    await ledger.retire_samples(AT, "bank-orb", DAY)
    await ledger.close()
    copied = await copy_ledger(source, target)
    head = copied.head_seq, copied.head_hash
    assert copied == Copied(entries=len(ZOO) + 2, samples=3, head_seq=head[0], head_hash=head[1])
    assert _stored(source) == _stored(target)
    copy = await open_ledger(target)
    await copy.store_samples("bank-orb", DAY, [sample(9)])
    seal = await copy.seal_samples(AT, "bank-orb", DAY)
    assert seal is not None
    assert seal.body.first == 9  # type: ignore[union-attr]
    assert (seal.seq, (await copy.verify()).broken_at) == (head[0] + 1, None)
    await copy.close()


async def test_a_second_copy_brings_what_is_new(both: list[LedgerAddress]) -> None:
    """A copy that was cut off, or was made some days ago, is gone on with; what was retired since goes there too."""
    source, target = both
    await _fill(source, "a", "b")
    await copy_ledger(source, target)
    assert await copy_ledger(source, target) == Copied(
        entries=0, samples=0, head_seq=2, head_hash=(await _head(source))
    )
    await _fill(source, "c")
    ledger = await open_ledger(source)
    await ledger.retire_samples(AT, TRADER, DAY)
    await ledger.close()
    await _fill(source, "d")
    copied = await copy_ledger(source, target)
    assert (copied.entries, copied.samples, copied.problem) == (3, 1, "")
    assert _stored(source) == _stored(target)


async def _head(address: LedgerAddress) -> str:
    ledger = await open_ledger(address)
    try:
        return (await ledger.head()).hash
    finally:
        await ledger.close()


async def test_a_ledger_with_something_else_in_it_is_not_written_to(both: list[LedgerAddress]) -> None:
    """Entries of its own, or samples of its own: nothing is copied, nothing is lost."""
    source, target = both
    await _fill(source, "a", "b")
    await _fill(target, "x")
    before = _stored(target)
    with pytest.raises(Refused, match="The ledger to copy to has 1 entries of its own: copy to an empty one"):
        await copy_ledger(source, target)
    assert _stored(target) == before


async def test_samples_of_its_own_are_no_beginning(here: SqliteAddress, there: SqliteAddress) -> None:
    """Also where the entries are the same."""
    await _fill(here, "a", "b")
    other: list[Sample] = [sample(99)]
    ledger = await open_ledger(there)
    await ledger.store_samples(TRADER, DAY, other)
    await ledger.close()
    with pytest.raises(Refused, match="has samples of its own"):
        await copy_ledger(here, there)


async def test_no_bot_may_run_meanwhile(here: SqliteAddress, there: SqliteAddress) -> None:
    """Neither on the ledger that is copied nor on the one that is copied to."""
    await _fill(here, "a")
    for address in (here, there):
        with run_lock(address.path), pytest.raises(Refused, match="Another burnin run uses the ledger"):
            await copy_ledger(here, there)


async def test_no_bot_may_run_on_a_shared_ledger_meanwhile(
    address: PostgresAddress, database: str, there: SqliteAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever renews the lease is a bot that lives; one that died is not waited for without end."""
    await _fill(address, "a")
    monkeypatch.setattr("bot.terminal.ledger_copy._FREE_WITHIN", 1.0)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE lease SET holder = 'desk:1', renewed_at = clock_timestamp()")
    with pytest.raises(Refused, match="A burnin run uses the ledger postgresql:///test_"):
        await copy_ledger(address, there)
    monkeypatch.undo()
    assert (await copy_ledger(address, there)).entries == 1


async def test_a_broken_ledger_makes_no_good_copy(here: SqliteAddress, there: SqliteAddress) -> None:
    """The copy is verified, and what is wrong with it is said."""
    await _fill(here, "a", "b")
    with closing(sqlite3.connect(here.path)) as by_hand:
        by_hand.execute("DROP TRIGGER entries_refuse_update")
        by_hand.execute("UPDATE entries SET at = '2026-11-23T03:45:01Z' WHERE seq = 2")
        by_hand.commit()
    assert "entry 2 was changed after it was written" in (await copy_ledger(here, there)).problem


async def test_a_broken_chain_is_refused_by_a_shared_ledger(here: SqliteAddress, address: PostgresAddress) -> None:
    """PostgreSQL lets in only what follows on the entry before it."""
    await _fill(here, "a", "b")
    with closing(sqlite3.connect(here.path)) as by_hand:
        by_hand.execute("DROP TRIGGER entries_refuse_update")
        by_hand.execute("UPDATE entries SET prev = hash WHERE seq = 2")
        by_hand.commit()
    with pytest.raises(LedgerBroken, match="it refused an entry that would break its chain; run `burnin verify`"):
        await copy_ledger(here, address)


def _burnin(*args: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "bot", "ledger", "copy", *args]
    return subprocess.run(argv, cwd=_ROOT, capture_output=True, text=True, check=False)


async def test_the_command_says_what_it_did_and_what_to_do(here: SqliteAddress, database: str) -> None:
    """In words or in JSON, with the contract's exit codes, and never a password."""
    await _fill(here, "a", "b")
    there = database.replace("postgres:@", "postgres:hunter2@")
    done = _burnin(str(here), there)
    assert done.returncode == 0, done.stderr
    first, second, third, fourth = done.stdout.splitlines()
    shown = str(ledger_address(there))
    assert first == f"Copied 2 entries and 2 samples from {here} to {shown}."
    assert second.startswith("The copy is whole: 2 entries, head ")
    assert third.startswith(
        f"Now write `ledger: {shown}` (with its user and options, and its password as ${{NAME}}) into the config"
    )
    assert fourth == f"{here} stays as it is; nothing should write to it any more."
    assert "hunter2" not in done.stdout + done.stderr
    again = _burnin(str(here), there, "--json")
    assert again.returncode == 0
    told = json.loads(again.stdout)
    assert (told["entries"], told["samples"], told["whole"], told["head"]["seq"]) == (0, 0, True, 2)


@pytest.mark.parametrize(
    ("source", "target", "code", "words"),
    [
        ("mysql://desk", "sqlite:///b.db", 2, "An address cannot be read: this should be sqlite:///var/burnin.db"),
        ("sqlite:////nowhere/a.db", "sqlite:////nowhere/a.db", 4, "is both: name another ledger to copy to"),
        ("sqlite:////nowhere/a.db", "sqlite:////nowhere/b.db", 5, "There is no ledger at /nowhere/a.db"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(source: str, target: str, code: int, words: str) -> None:
    """With the contract's exit code and what to look at."""
    done = _burnin(source, target)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
