"""A real PostgreSQL for the tests: one server a test process, a fresh database a test."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
from pydantic import SecretStr

from bot.configuration.ledger_address import PostgresAddress
from bot.sandbox.postgres import EmbeddedPostgres
from sql import read

_numbers = count(1)


@contextmanager
def server_folder() -> Iterator[Path]:
    """A place for a server's data. Not pytest's own: another run of it shuts those to the user the server runs as."""
    with TemporaryDirectory(prefix="burnin-postgres-") as folder:
        yield Path(folder) / "data"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server that runs until the last test of this process."""
    with server_folder() as folder, EmbeddedPostgres(folder) as server:
        yield server


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> str:
    """The URL of an empty database."""
    return postgres.create_database(f"test_{next(_numbers)}")


@pytest.fixture
def address(database: str) -> PostgresAddress:
    """The address of an empty database, as a ledger has it."""
    return PostgresAddress(url=SecretStr(database))


class BrittlePostgres(EmbeddedPostgres):
    """A server that a test may crash and start again, at the same place."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def crash(self) -> None:
        """End it at once, every connection with it; what was committed must be there when it is started again."""
        pid = int((self.folder / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 20
        while not _has_ended(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.__exit__(None, None, None)

    def start(self) -> None:
        """Start it again."""
        self.__enter__()


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def brittle_postgres() -> Iterator[BrittlePostgres]:
    """A server of the test's own."""
    with server_folder() as folder, BrittlePostgres(folder) as server:
        yield server


@pytest.fixture
def orders_database(database: str) -> str:
    """The URL of a database with an empty `orders` table."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(read("sandbox/orders_schema.sql"))
    return database
