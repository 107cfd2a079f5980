"""A ledger whose file is damaged: what is lost is named, and every row that the damage does not touch is saved."""

import asyncio
import gzip
import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.diagnosis import Diagnosis, diagnosed, entries_in
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.adapters.sqlite_salvage import readable
from bot.errors import LedgerBroken
from bot.terminal.ledger_export import export
from tests.support.certified import cleared_room

PAGE = 4096


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a burn-in up to its clearance, closed."""

    async def live(path: Path) -> Path:
        ledger = await SqliteLedger.open(path)
        await cleared_room(ledger)
        await ledger.close()
        return path

    return asyncio.run(live(tmp_path_factory.mktemp("whole") / "burnin.db"))


@pytest.fixture
def damage(whole: Path, tmp_path: Path) -> Callable[[int, int | None], Path]:
    """Puts noise in the place of a page, or cuts the file off."""

    def damaged(page: int, cut: int | None) -> Path:
        content = bytearray(whole.read_bytes())
        noise = random.Random(page).randbytes(PAGE)  # noqa: S311 - the same at every run
        content[(page - 1) * PAGE : page * PAGE] = noise
        path = tmp_path / "damaged.db"
        path.write_bytes(content if cut is None else content[:cut])
        return path

    return damaged


def _look(path: Path) -> tuple[Diagnosis, int, str]:
    """Return what is found, and how many entries are intact."""
    with readable(path) as (read, said):
        found = diagnosed(read, damaged=bool(said))
        return found, sum(found.is_intact(row.seq) for row in entries_in(read)), said


def _pages_of(path: Path) -> int:
    return path.stat().st_size // PAGE


def test_whatever_page_is_lost_all_that_does_not_stand_on_it_is_intact(
    whole: Path, damage: Callable[[int, int | None], Path]
) -> None:
    """Also the first one, with which SQLite takes the file for none of its own, and those that lead to others."""
    _, entries, _ = _look(whole)
    for page in range(1, _pages_of(whole) + 1):
        found, intact, said = _look(damage(page, None))
        assert said or found.troubles, page
        assert entries - intact <= 8, page  # as many entries as ever stand on one page


def test_what_stands_before_the_place_where_a_file_was_cut_off_is_intact(
    whole: Path, damage: Callable[[int, int | None], Path]
) -> None:
    """More and more of it, the later that is; and it says that the file is damaged."""
    saved = []
    for cut in range(PAGE, whole.stat().st_size, 5 * PAGE + 100):
        _, intact, said = _look(damage(10**6, cut))
        assert said
        saved.append(intact)
    assert saved == sorted(saved)
    assert saved[0] == 0 < saved[-1]


def test_what_was_committed_to_the_log_beside_a_damaged_file_is_found(whole: Path, tmp_path: Path) -> None:
    """The write-ahead log holds what was written last, as a bot that was killed leaves it."""
    path, left = tmp_path / "burnin.db", tmp_path / "left.db"
    path.write_bytes(whole.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("DROP TRIGGER entries_refuse_delete")
        connection.execute("DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)")
        for suffix in ("", "-wal"):
            Path(f"{left}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
    content = bytearray(left.read_bytes())
    content[:100] = bytes(100)
    left.write_bytes(content)
    Path(f"{left}-wal").rename(tmp_path / "log")
    before = _look(left)[1]
    (tmp_path / "log").rename(Path(f"{left}-wal"))
    assert _look(left)[1] == before - 1 == _look(whole)[1] - 1


def test_a_file_of_something_else_is_read_and_holds_nothing(tmp_path: Path) -> None:
    """No entry, and no crash."""
    path = tmp_path / "burnin.db"
    path.write_bytes(b"\r" * PAGE * 5 + b"not a ledger")
    found, intact, said = _look(path)
    assert (found.entries, intact, said) == (0, 0, "file is not a database")


def test_a_ledger_that_is_not_there_is_not_diagnosed(tmp_path: Path) -> None:
    """Nothing is made in its place."""
    with pytest.raises(LedgerBroken), readable(tmp_path / "burnin.db"):
        pass
    assert not (tmp_path / "burnin.db").exists()


@pytest.mark.parametrize("name", ["saved.jsonl", "saved.jsonl.gz"])
def test_what_is_intact_is_exported(whole: Path, tmp_path: Path, name: str) -> None:
    """Each row as it is stored, and whether it is intact; with `only_intact`, nothing else."""
    path = tmp_path / "burnin.db"
    path.write_bytes(whole.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as by_hand:
        for table in ("entries", "samples"):
            by_hand.execute(f"DROP TRIGGER {table}_refuse_update")
        by_hand.execute("UPDATE entries SET trader = x'ff' WHERE seq = 2")
        by_hand.execute("UPDATE samples SET at_us = at_us + 1 WHERE id = 1")
        (samples,) = by_hand.execute("SELECT count(*) FROM samples").fetchone()
        (entries,) = by_hand.execute("SELECT count(*) FROM entries").fetchone()
        (sealed,) = by_hand.execute("SELECT count(*) FROM samples WHERE day = '2026-11-23'").fetchone()
    with readable(path) as (read, said):
        done = export(read, said, tmp_path / name, only_intact=False)
        few = export(read, said, tmp_path / f"few-{name}", only_intact=True)
    lines = _lines(tmp_path / name)
    rows = {table: [line for line in lines if line["table"] == table] for table in ("entries", "samples")}
    assert (done.entries, done.samples) == (entries, samples) == (len(rows["entries"]), len(rows["samples"]))
    assert [line["row"]["seq"] for line in rows["entries"] if not line["intact"]] == [2]
    assert done.samples_intact == samples - sealed
    assert (few.entries, few.samples) == (entries - 1, samples - sealed)
    assert all(line["intact"] for line in _lines(tmp_path / f"few-{name}"))


def _lines(path: Path) -> list[dict[str, Any]]:
    content = path.read_bytes()
    return [json.loads(line) for line in (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()]
