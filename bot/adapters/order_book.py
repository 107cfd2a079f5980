"""The trader's orders in its own PostgreSQL: read only, in one snapshot, and never for longer than allowed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

import sql
from bot.adapters.check_controls import try_check
from bot.adapters.reconcile_checks import (
    Check,
    Connection,
    Values,
    first_line,
    query,
    read_checks,
    read_text,
    run_check,
)
from bot.domain.duration import spoken
from bot.domain.evidence import ControlRun, PlantedRows, ReconcileRun
from bot.errors import ConfigurationError, DatabaseUnreachable
from bot.ports import Clock, Found, OrderRow

_CONNECT = 5  # seconds
_MOST_ORDERS = 10_000  # of the minutes that a drill looks back

T = TypeVar("T")


class PostgresOrderBook:
    """The order book behind a database URL. Each call opens a connection of its own, so that none can go stale.

    Args:
        url: `postgresql://…`.
        clock: for the time of a reconcile.
        checks_folder: the desk's own checks; a file with a shipped check's name takes its place, and so do
            `order_book/orders_in_session.sql` and `order_book/rows_of_plan.sql` in it.
        statement_timeout: how long one statement may take, and a whole call three times as long.

    Raises:
        ConfigurationError: the URL cannot be read.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        checks_folder: Path | None = None,
        statement_timeout: timedelta = timedelta(seconds=15),
    ) -> None:
        self._url = url
        try:
            self._parts = conninfo_to_dict(url)
        except psycopg.Error:
            # Its text may quote the URL, and with it the password.
            raise ConfigurationError("database: write postgresql://user:password@host:port/name") from None
        self._clock = clock
        self._checks_folder = checks_folder
        self._statement_timeout = statement_timeout

    async def recent_orders(self, since: datetime) -> tuple[OrderRow, ...]:
        """Return the orders of plans created at or after an instant."""
        name = "rows_of_plan.sql"
        async with self._transaction() as connection, connection.cursor(name="orders") as cursor:
            await cursor.execute(*query(self._text(name), {"since": since}))
            rows = await cursor.fetchmany(_MOST_ORDERS + 1)
        if len(rows) > _MOST_ORDERS:
            raise ConfigurationError(
                f"order_book/{name} gives more than {_MOST_ORDERS} orders since {since:%H:%M:%S} UTC: "
                "see in reconcile_dir whether it heeds :since"
            )
        return tuple(_shaped(_order, row, name) for row in rows)

    async def reconcile(self, opened: datetime, closed: datetime, found: Found | None = None) -> ReconcileRun:
        """Run every check over the orders of a window, all in one snapshot."""
        at, window = self._clock.now(), {"opened": opened, "closed": closed}
        try:
            checks = read_checks(self._checks_folder)
            async with self._transaction() as connection:
                ran = [await run_check(connection, check, window, found) for check in checks]
                orders = await _count_orders(connection, self._text("orders_in_session.sql"), window)
        except (DatabaseUnreachable, ConfigurationError) as error:
            return ReconcileRun(at=at, opened=opened, closed=closed, orders=None, error=str(error))
        return ReconcileRun(at=at, opened=opened, closed=closed, orders=orders, checks=tuple(ran))

    async def self_test(self) -> ControlRun:
        """Try every check that has a control on the rows which that plants, each in a transaction of its own."""
        try:
            checks = read_checks(self._checks_folder)
            tried = [await self._try(check, check.control) for check in checks if check.control is not None]
        except (DatabaseUnreachable, ConfigurationError) as error:
            return ControlRun(error=str(error))
        return ControlRun(checks=tuple(tried), uncontrolled=tuple(c.name for c in checks if c.control is None))

    async def _try(self, check: Check, control: str) -> PlantedRows:
        async with self._transaction(planting=True) as connection:
            try:
                return await try_check(connection, check, control)
            finally:
                await connection.rollback()

    async def describe(self) -> str:
        """Return one line on the database for `burnin doctor`."""
        now = self._clock.now()
        checks = read_checks(self._checks_folder)
        async with self._transaction() as connection:
            day = {"opened": now - timedelta(days=1), "closed": now}
            orders = await _count_orders(connection, self._text("orders_in_session.sql"), day)
            version = connection.info.server_version // 10_000
        without = sum(check.control is None for check in checks)
        return (
            f"PostgreSQL {version} at {self._place}: {orders} orders in the last 24 h, {len(checks)} reconcile checks"
            + (f", {without} of them without a control" if without else "")
        )

    @property
    def _place(self) -> str:
        host = self._parts.get("host") or "localhost"
        return f"{host}:{self._parts.get('port') or 5432}/{self._parts.get('dbname') or ''}"

    def _text(self, name: str) -> str:
        """Return a query over the orders table: the desk's own where it has one, for its table may be another."""
        own = self._checks_folder / "order_book" / name if self._checks_folder is not None else None
        return read_text(own) if own is not None and own.is_file() else sql.read(f"order_book/{name}")

    @asynccontextmanager
    async def _transaction(self, *, planting: bool = False) -> AsyncIterator[Connection]:
        allowed = self._statement_timeout * 3
        try:
            async with asyncio.timeout(allowed.total_seconds()), await self._connect() as connection:
                if planting:
                    await self._allow_planting(connection)
                milliseconds = str(int(self._statement_timeout.total_seconds() * 1000))
                await connection.execute(
                    *query(sql.read("order_book/statement_timeout.sql"), {"milliseconds": milliseconds})
                )
                yield connection
        except TimeoutError as error:
            raise DatabaseUnreachable(
                f"the trader's database ({self._place}) took longer than {spoken(allowed)}; see what it is busy with"
            ) from error
        except psycopg.Error as error:
            raise DatabaseUnreachable(self._in_words(error)) from None

    async def _allow_planting(self, connection: Connection) -> None:
        try:
            await connection.execute(*query(sql.read("order_book/may_plant.sql"), {}))
        except psycopg.errors.FeatureNotSupported as error:
            raise DatabaseUnreachable(
                f"{self._place} is a replica, where no temporary table can be made ({first_line(error)}); "
                "name its primary in `database`"
            ) from error

    async def _connect(self) -> Connection:
        connection = await psycopg.AsyncConnection.connect(
            self._url, connect_timeout=_CONNECT, application_name="burnin", row_factory=dict_row
        )
        await connection.set_read_only(True)
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        return connection

    def _in_words(self, error: psycopg.Error) -> str:
        said = first_line(error)
        if password := self._parts.get("password"):
            said = said.replace(str(password), "•••")
        if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
            return f"the trader's database ({self._place}) lacks what is asked for: {said}; see `reconcile_dir`"
        return f"the trader's database ({self._place}) did not answer: {said}; see whether it runs and the url is right"


async def _count_orders(connection: Connection, text: str, window: Values) -> int:
    cursor = await connection.execute(*query(text, window))
    row = await cursor.fetchone()
    return _shaped(lambda found: int(found["orders"]), row, "orders_in_session.sql") if row is not None else 0


def _shaped(read: Callable[[Mapping[str, Any]], T], row: Mapping[str, Any], query: str) -> T:
    """Read a row of a query that may be the desk's own."""
    try:
        return read(row)
    except (KeyError, TypeError, ValueError) as error:
        columns = ", ".join(row)
        raise ConfigurationError(
            f"order_book/{query}: its columns ({columns}) are not those of the shipped query; mend it in reconcile_dir"
        ) from error


def _order(row: Mapping[str, Any]) -> OrderRow:
    return OrderRow(
        id=str(row["id"]),
        parent_id=None if row["parent_id"] is None else str(row["parent_id"]),
    )
