"""One connection to the ledger's database, which finds its server again after a restart."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from time import monotonic, sleep
from typing import Any, Final

import psycopg

import sql
from bot.adapters.postgres_schema import DIALECT, Connection, bring_up_to_date, connect
from bot.adapters.postgres_troubles import Address, in_words, is_permanent
from bot.adapters.sql_parameters import to_driver
from bot.errors import LedgerBroken

ANSWER_SECONDS: Final = 35.0  # a server that ends no statement after its own limit of 30 s is taken for gone
FOUND_AGAIN_SECONDS: Final = 10.0  # how long a server that restarts is looked for
_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8)

Row = tuple[Any, ...]


class LineCut(Exception):
    """The connection broke under a statement; whether the statement took effect is not known."""


class PostgresLine:
    """A connection that one thread uses. `cut` alone may be called from another.

    Raises:
        ConfigurationError: the address cannot be read.
        LedgerBroken: the database cannot be reached or used; the text says what to do.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._asked_at: float | None = None
        self._away = False
        with self._told_in_words():
            self._connection: Connection = connect(address)

    def bring_up_to_date(self) -> None:
        """Make or upgrade the schema where that is due."""
        with self._told_in_words():
            bring_up_to_date(self._connection, self._address)

    def read(self, query: str, values: Mapping[str, Any]) -> list[Row]:
        """Return the rows of a query that changes nothing; it is asked again where the connection breaks.

        Not for ever: what breaks each connection may be the query, and may end the server for everybody else.
        """
        for pause in _PAUSES:
            try:
                return self.execute(query, values).fetchall()
            except LineCut:
                self.mend()
                sleep(pause)
        raise LedgerBroken(
            f"The ledger {self._address} cannot be used: each connection breaks under the query {query}. "
            "See the server's log for why, then try again."
        )

    def execute(self, query: str, values: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        """Execute a statement, once.

        Raises:
            LineCut: the connection broke; after `mend` it may be looked whether the statement took effect.
            psycopg.errors.UniqueViolation: another program was faster.
            LedgerBroken: the database refused it.
        """
        if self._connection.closed:
            self.mend()
        with self._told_in_words():
            self._asked_at = monotonic()
            try:
                return self._connection.execute(_text(query, tuple(values)), values)
            except psycopg.Error as error:
                if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
                    self._connection.close()  # a primary that became a replica: there may be a new one
                if self._connection.closed:
                    raise LineCut from error
                raise
            finally:
                self._asked_at = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let several statements take effect together, or none.

        Raises:
            LineCut: the connection broke; whether they took effect is not known.
        """
        with self._told_in_words():
            self._asked_at = monotonic()  # the begin and the commit wait for an answer, too
            try:
                with self._connection.transaction():
                    yield
                    self._asked_at = monotonic()
            except psycopg.OperationalError as error:
                if self._connection.closed:
                    raise LineCut from error
                raise
            finally:
                self._asked_at = None

    def mend(self) -> None:
        """Connect again, for a while where the server is away; once only where it has been away that long already."""
        self._connection.close()
        pauses = iter(() if self._away else _pauses())
        deadline = monotonic() + FOUND_AGAIN_SECONDS
        self._away = True
        with self._told_in_words():
            while True:
                try:
                    self._connection = connect(self._address)
                    self._away = False
                    return
                except psycopg.OperationalError as error:
                    pause = next(pauses, None)
                    if pause is None or is_permanent(error) or monotonic() + pause > deadline:
                        raise
                    sleep(pause)

    def cut_if_silent(self) -> None:
        """Break the connection where a statement has waited too long for its answer, as under a frozen server."""
        asked_at = self._asked_at
        if asked_at is None or monotonic() - asked_at < ANSWER_SECONDS:
            return
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self._connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()

    @contextmanager
    def _told_in_words(self) -> Iterator[None]:
        try:
            yield
        except psycopg.errors.UniqueViolation:
            raise
        except psycopg.Error as error:
            raise LedgerBroken(in_words(error, self._address)) from None


def _pauses() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield 1.0


@cache
def _text(query: str, names: tuple[str, ...]) -> bytes:
    return to_driver(sql.read(f"ledger/queries/{query}.sql", DIALECT), names).encode()
