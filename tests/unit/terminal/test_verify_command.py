"""`burnin verify` and `burnin ledger export`: what they say of a ledger that somebody changed, and the exit codes."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import sql
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.adapters.stored_entry import StoredEntry
from bot.cli import main
from bot.domain.entry import Entry
from bot.domain.verdict import Verdict
from tests.support.certified import certifying_room, live_day
from tests.support.desk_file import write_desk
from tests.support.recounted import Rewrite, rewritten

Typed = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Entry, ...]]:
    """A ledger with a day that failed and three that cleared, and its entries."""
    path = tmp_path_factory.mktemp("lived") / "burnin.db"

    async def live() -> tuple[Entry, ...]:
        ledger = await SqliteLedger.open(path)
        room = certifying_room(ledger)
        assert await live_day(room, 0, leader=0.0) is Verdict.FAIL
        assert {await live_day(room, day) for day in (1, 2, 3)} == {Verdict.PASS}
        entries = await ledger.entries()
        await ledger.close()
        return entries

    return path, asyncio.run(live())


@pytest.fixture
def burnin(lived: tuple[Path, tuple[Entry, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Runs a line over a copy of that ledger; returns its exit code, and what it prints on standard output."""
    config = write_desk(tmp_path, name="orb")
    shutil.copyfile(lived[0], tmp_path / "burnin.db")

    def typed(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(config), *words])
        return int(ended.value.code or 0), capsys.readouterr().out

    return typed


def by_hand(path: Path, change: Callable[[sqlite3.Connection], object], *, mended: bool = True) -> None:
    """Change a ledger with its triggers taken off; they are put back, or not."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        change(connection)
        for _, text in guards if mended else ():
            connection.execute(text)


@pytest.fixture
def rewriting(
    lived: tuple[Path, tuple[Entry, ...]], tmp_path: Path
) -> Callable[[tuple[str, int], Rewrite], tuple[Entry, ...]]:
    """Rewrites an entry of the ledger, with every hash from there on, and returns the entries as they were."""

    def rewrite(place: tuple[str, int], how: Rewrite) -> tuple[Entry, ...]:
        made = rewritten(lived[1], {_of(lived[1], *place): how})

        def put(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM entries")
            insert = sql.read("ledger/queries/insert_entry.sql")
            connection.executemany(insert, [StoredEntry.of(entry)._asdict() for entry in made])

        by_hand(tmp_path / "burnin.db", put)
        return lived[1]

    return rewrite


def _of(entries: tuple[Entry, ...], kind: str, number: int) -> int:
    return [entry.seq for entry in entries if entry.body.kind == kind][number]


def _passes(entry: dict[str, Any]) -> None:
    entry["body"]["record"]["verdict"] = "PASS"
    for result in entry["body"]["record"]["criteria"]:
        result["verdict"] = "PASS"


def _drops_a_day(entry: dict[str, Any]) -> None:
    streak = entry["body"]["streak"]
    streak |= {"days": streak["days"][1:], "passed": streak["passed"] - 1, "cleared": True}


@pytest.mark.parametrize(
    ("rewritten_entry", "how", "found"),
    [
        (("day_closed", 0), _passes, (("streak_counted", 1), "and the entries before it give 1/3")),
        (("streak_counted", 5), _drops_a_day, (("streak_counted", 5), "it counts 1/3")),
        (("clearance_granted", 0), _drops_a_day, (("clearance_granted", 0), "a clearance is granted at 2/3")),
    ],
)
def test_a_chain_that_was_hashed_anew_from_one_entry_on_is_found(
    burnin: Typed,
    rewriting: Callable[[tuple[str, int], Rewrite], tuple[Entry, ...]],
    rewritten_entry: tuple[str, int],
    how: Rewrite,
    found: tuple[tuple[str, int], str],
) -> None:
    """A FAIL that is a PASS now, a day that counts no more, a clearance at 2/3: the chain holds, its counts do not."""
    entries, (broken_at, words) = rewriting(rewritten_entry, how), found
    code, said = burnin("verify", "--json")
    told = json.loads(said)
    assert (code, told["whole"], told["broken_at"]) == (1, False, _of(entries, *broken_at)), told
    assert told["entries"] == len(entries)
    assert words in told["problem"]
    code, said = burnin("verify", "--each", "--json")
    assert (code, json.loads(said)["problems"][0]["kind"]) == (1, "miscounted")


def test_a_ledger_that_nobody_changed_is_whole(burnin: Typed, lived: tuple[Path, tuple[Entry, ...]]) -> None:
    """By its head, and entry by entry: 0."""
    head = lived[1][-1]
    said = f"The chain is whole: {head.seq} entries, head {head.hash[:16]} at {head.seq}.\n"
    assert burnin("verify") == (0, said)
    assert burnin("verify", "--each") == (0, said)


def test_a_ledger_without_its_triggers_is_not_protected_any_more(burnin: Typed, tmp_path: Path) -> None:
    """Each is named, and the exit code is 1, though no entry was changed."""
    by_hand(tmp_path / "burnin.db", lambda connection: None, mended=False)
    code, said = burnin("verify")
    assert code == 1
    line = "The ledger is not whole: the trigger entries_refuse_update is missing; the ledger is not protected by it"
    assert line in said.splitlines()
    code, said = burnin("verify", "--json")
    assert (code, json.loads(said)["whole"], json.loads(said)["broken_at"]) == (1, False, None)


def test_a_damaged_file_is_told_entry_by_entry_and_what_is_intact_is_saved(burnin: Typed, tmp_path: Path) -> None:
    """`verify` says what to do; `--each` names what is lost; `ledger export` writes the rest, and over no file."""
    path = tmp_path / "burnin.db"
    content = bytearray(path.read_bytes())
    content[: 2 * 4096] = bytes(2 * 4096)
    path.write_bytes(content)
    code, said = burnin("verify")
    assert code == 1
    assert "burnin verify --each" in said
    code, said = burnin("verify", "--each", "--json")
    told = json.loads(said)
    assert (code, told["whole"], told["problems"][0]["kind"]) == (1, False, "damaged")
    assert {each["kind"] for each in told["problems"][1:]} <= {"missing", "altered", "samples"}
    code, said = burnin("ledger", "export", str(tmp_path / "saved.jsonl"), "--intact", "--json")
    done = json.loads(said)
    assert code == 0
    assert done["entries"] == done["intact"] > told["entries"] - len(told["problems"])
    assert burnin("ledger", "export", str(tmp_path / "saved.jsonl"))[0] == 4
    code, said = burnin("ledger", "export", str(tmp_path / "all.jsonl.gz"))
    assert code == 0
    assert "The ledger's file is damaged" in said
