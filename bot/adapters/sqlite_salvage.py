"""What can be read of a damaged ledger, put into a database of its own for as long as somebody looks at it."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import sql
from bot.adapters.sqlite_pages import Row, rows_in
from bot.adapters.sqlite_schema import reading
from bot.adapters.stored_entry import StoredEntry, problem_within
from bot.adapters.verification import Read
from bot.errors import LedgerBroken, LedgerDamaged

_SAMPLE: Final = ("id", "trader", "day", "at_us", "source", "readings")
_ENTRY: Final = StoredEntry._fields


@contextmanager
def readable(path: Path) -> Iterator[tuple[Read, str]]:
    """Open a ledger's file to be read, or what can still be read of it; and what is wrong with it, if anything.

    Raises:
        LedgerBroken: nothing can be read.
    """
    try:
        with reading(path) as read:
            problems = [str(said) for (said,) in read("quick_check")]
            damage = "" if problems == ["ok"] else "; ".join(problems)
    except LedgerDamaged as error:
        damage = str(error.__cause__)
    if not damage:
        with reading(path) as read:
            yield read, ""
        return
    with tempfile.TemporaryDirectory(prefix="burnin-") as folder:
        salvage = Path(folder) / "salvage.db"
        _salvage(path, salvage)
        with reading(salvage) as read:
            yield read, damage


def _salvage(path: Path, into: Path) -> None:
    with closing(sqlite3.connect(into, isolation_level=None)) as connection:
        connection.executescript(sql.read("ledger/salvage.sql"))
        put_entry, put_sample = (sql.read(f"ledger/queries/salvage_{what}.sql") for what in ("entry", "sample"))
        doubtful: list[dict[str, object]] = []  # those that are whole come first: of two, theirs is the place
        connection.execute(sql.read("ledger/queries/begin.sql"))
        try:
            for row in rows_in(path):
                if (sample := _named(row, _SAMPLE)) is not None:
                    connection.execute(put_sample, _bytes(sample))
                elif (entry := _named(row, _ENTRY)) is not None:
                    if problem_within(StoredEntry(**entry)):  # type: ignore[arg-type]
                        doubtful.append(entry)
                    else:
                        connection.execute(put_entry, _bytes(entry))
        except OSError as error:
            raise LedgerBroken(
                f"The ledger {path} cannot be read ({error}); check the disk, then try again."
            ) from error
        connection.executemany(put_entry, map(_bytes, doubtful))
        connection.commit()


def _named(row: Row, names: tuple[str, ...]) -> dict[str, object] | None:
    """Return a row's columns by name; None where it is of another table. The first is the row's number."""
    number, columns = row
    if len(columns) != len(names) or columns[0] is not None:
        return None
    return dict(zip(names, [number, *columns[1:]], strict=True))


def _bytes(columns: dict[str, object]) -> dict[str, object]:
    """Return columns as SQLite takes them: what is no text any more, as bytes."""
    return {
        name: value.encode(errors="surrogateescape") if isinstance(value, str) and not _is_text(value) else value
        for name, value in columns.items()
    }


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
