"""A real PostgreSQL for the tests: one server a test process, a fresh database a test."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bot.sandbox.postgres import EmbeddedPostgres
from sql import read

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that runs until the last test of this process."""
    with EmbeddedPostgres(Path(tmp_path_factory.mktemp("postgres")) / "data") as server:
        yield server


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> str:
    """The URL of an empty database."""
    return postgres.create_database(f"test_{next(_numbers)}")


@pytest.fixture
def orders_database(database: str) -> str:
    """The URL of a database with an empty `orders` table."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(read("sandbox/orders_schema.sql"))
    return database
