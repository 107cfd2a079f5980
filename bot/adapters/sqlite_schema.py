"""Opening the embedded ledger's file: its schema is the sum of the migrations, and its troubles are said in words."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sql
from bot.adapters.verification import Read
from bot.errors import LedgerBroken, LedgerDamaged

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_SECONDS: Final = 10.0  # how long a writer waits for another process's transaction
_WAL_TRIES: Final = 200


def connect(path: Path) -> sqlite3.Connection:
    """Open the ledger, making or upgrading it where that is due.

    Raises:
        LedgerBroken: a newer burnin made it.
        sqlite3.Error, OSError: it cannot be opened; `in_words` says what to do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.executescript(sql.read("ledger/connection.sql"))
        _bring_up_to_date(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(path: Path) -> Iterator[Read]:
    """Open a connection that only reads a ledger, beside the one that keeps it open."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    except sqlite3.Error as error:
        raise broken(error, path) from error
    # What is no text any more is to be looked at, not tripped over.
    connection.text_factory = lambda content: content.decode(errors="surrogateescape")

    def read(query: str, **values: Any) -> Sequence[Sequence[Any]]:
        try:
            return connection.execute(sql.read(f"ledger/queries/{query}.sql"), values).fetchall()
        except sqlite3.Error as error:
            raise broken(error, path) from error

    with closing(connection):
        yield read


def migrations() -> list[str]:
    """Return the names of the migrations, oldest first. The schema's version is how many of them were applied."""
    return sql.names("ledger/migrations")


def schema_version(connection: sqlite3.Connection) -> int:
    """Return how many migrations a ledger has seen."""
    (version,) = connection.execute(sql.read("ledger/queries/schema_version.sql")).fetchone()
    return int(version)


def _bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    version, known = schema_version(connection), len(migrations())
    if version > known:
        raise LedgerBroken(
            f"The ledger {path} has schema {version}, and this burnin knows schemas up to {known}: "
            "a newer burnin made it. Install that version, or name another ledger in the configuration."
        )
    if version < known:
        migrate(connection, known)


def migrate(connection: sqlite3.Connection, target: int) -> None:
    """Apply the migrations that are due, up to a version, and make the views; all of it or nothing."""
    from sqlite_utils import Database  # noqa: PLC0415 - it imports pandas, and only a first start has use for it

    database = Database(connection, execute_plugins=False)
    _enable_wal(database)
    connection.execute(sql.read("ledger/queries/begin.sql"))
    try:
        # Read again under the lock: another process may have migrated while this one waited.
        for name in migrations()[schema_version(connection) : target]:
            database.executescript(sql.read(f"ledger/migrations/{name}"))
        database.executescript(sql.read("ledger/views.sql"))
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _enable_wal(database: "Database") -> None:
    """Switch to a write-ahead log. SQLite does not wait for it while another process makes the same ledger."""
    for again in reversed(range(_WAL_TRIES)):
        try:
            database.enable_wal()
        except sqlite3.OperationalError as error:
            if not again or not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise
            time.sleep(BUSY_SECONDS / _WAL_TRIES)
        else:
            return


_REMEDIES: Final = {
    "SQLITE_BUSY": "another program holds it; stop what writes to it for so long, then try again",
    "SQLITE_LOCKED": "another program holds it; stop what writes to it for so long, then try again",
    "SQLITE_FULL": "the disk is full; make room, then try again",
    "SQLITE_IOERR": "the disk cannot be read or written; check the disk and its mount, then try again",
    "SQLITE_READONLY": "it may not be written; give this user write permission to the file and its folder",
    "SQLITE_PERM": "access was refused; give this user permission to the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; check that the path is a file in a folder this user may write to",
    "SQLITE_NOTADB": "it is not a SQLite database, or no longer; name another file under `ledger`, or see what can "
    "still be read (burnin verify --each) and restore the last backup",
    "SQLITE_CORRUPT": "its file is damaged; keep a copy of it, see what can still be read (burnin verify --each, "
    "burnin ledger export), and restore the last backup",
    "SQLITE_CONSTRAINT": "it refused an entry that would break its chain; run `burnin verify`",
}


def broken(error: sqlite3.Error | OSError, path: Path) -> LedgerBroken:
    """Return what went wrong with the ledger, as the error to raise."""
    damaged = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
    return (LedgerDamaged if damaged else LedgerBroken)(in_words(error, path))


def in_words(error: sqlite3.Error | OSError, path: Path) -> str:
    """Return what went wrong with the ledger and what to do next, in one sentence."""
    name = getattr(error, "sqlite_errorname", "")
    remedy = next((words for code, words in _REMEDIES.items() if name.startswith(code)), None)
    if remedy is None:
        remedy = "check the path, its permissions and the disk, then run `burnin doctor`"
    return f"The ledger {path} cannot be used ({error}): {remedy}."
