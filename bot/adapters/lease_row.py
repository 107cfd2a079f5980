"""The lease's row in the ledger's PostgreSQL, and the lock beside it, over a connection that serves nothing else."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

import sql
from bot.domain.lease import Standing
from bot.errors import LedgerBroken

log = logging.getLogger(__name__)

_CONNECT_WITHIN = 2  # seconds a host
_REACH_WITHIN = 10.0  # seconds for all hosts of the address, the search for their names among them
_ANSWER_WITHIN = 2.0  # seconds; the server gives up earlier, where it can be heard
_PATIENCE: Mapping[str, Any] = {  # with a network that swallows everything
    "tcp_user_timeout": 2000,  # milliseconds
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 2,
}
_PRIMARY: Mapping[str, Any] = {"target_session_attrs": "read-write"}  # of several hosts, unless the address says other

Row = dict[str, Any]


class LedgerAway(LedgerBroken):
    """The ledger's PostgreSQL does not answer at the moment. It is asked again."""


class LeaseRow:
    """Asks and changes the row, each call in one statement. A connection that broke is opened anew by the next call.

    Every method raises `LedgerAway` where the database does not answer, and `LedgerBroken` where it refuses.

    Args:
        url: of the database.
        place: the url as it may be shown.
        holder: what this bot is called in the row.
    """

    def __init__(self, url: str, *, place: str, holder: str) -> None:
        self._url = url
        self._place = place
        self._holder = holder
        self._connection: psycopg.AsyncConnection[Row] | None = None
        self._locked = False

    async def look(self) -> Standing:
        """Return the lease as it stands."""
        row = await self._ask("look")
        if row is None:
            raise LedgerBroken(f"{self._place} has no row in its table `lease`; restore it from a backup.")
        return Standing(row["epoch"], row["holder"], row["renewed_at"])

    async def take(self, seen: Standing) -> int | None:
        """Take the lease if it still stands as it was seen, and return its new epoch; None where it does not.

        What a silent holder has left open is ended first, also where it let go of the row and went silent then.
        """
        await self._ask("end_silent")
        if not await self._lock():
            return None
        row = await self._ask("take", holder=self._holder, epoch=seen.epoch, renewed_at=seen.renewed_at)
        if row is None:
            await self._unlock()
        return int(row["epoch"]) if row else None

    async def renew(self, epoch: int) -> bool:
        """Renew the lease; tell whether it was still this bot's. After a lost connection the lock is had again."""
        renewed = await self._ask("renew", epoch=epoch) is not None
        if renewed:
            await self._lock()
        return renewed

    async def release(self, epoch: int) -> None:
        """Let go of it, if it is still this bot's."""
        await self._ask("release", epoch=epoch)
        await self._unlock()

    async def close(self) -> None:
        """Close the connection, and with it the lock."""
        connection, self._connection, self._locked = self._connection, None, False
        if connection is not None:
            await connection.close()

    async def _lock(self) -> bool:
        if not self._locked:
            row = await self._ask("lock")
            self._locked = row is not None and bool(row["locked"])
        return self._locked

    async def _unlock(self) -> None:
        await self._ask("unlock")
        self._locked = False

    async def _ask(self, name: str, **values: Any) -> Row | None:
        """Run one query of `sql/ledger/lease/`, and return its first row."""
        try:
            async with asyncio.timeout(_REACH_WITHIN):
                connection = await self._connected()
            async with asyncio.timeout(_ANSWER_WITHIN):
                cursor = await connection.execute(sql.read(f"ledger/lease/{name}.sql"), values or None)
                return await cursor.fetchone() if cursor.description else None
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:  # TimeoutError is an OSError
            await self._drop_broken()
            said = str(error).partition("\n")[0] or "no answer in time"
            raise LedgerAway(f"{self._place} does not answer: {said}") from None
        except psycopg.errors.ReadOnlySqlTransaction:
            await self.close()  # a primary that became a replica: the next call looks for the new one
            raise LedgerAway(
                f"{self._place} is a replica now; name its primary, or several hosts of which it is one"
            ) from None
        except psycopg.Error as error:
            said = str(error).partition("\n")[0]
            raise LedgerBroken(
                f"{self._place} refuses the lease ({said}). Run every bot with this version and the same role."
            ) from None

    async def _connected(self) -> psycopg.AsyncConnection[Row]:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(
                make_conninfo("", **{**_PRIMARY, **conninfo_to_dict(self._url)}),
                autocommit=True,
                connect_timeout=_CONNECT_WITHIN,
                application_name="burnin lease",
                row_factory=dict_row,
                **_PATIENCE,
            )
            await self._connection.execute(sql.read("ledger/lease/session.sql"))
        return self._connection

    async def _drop_broken(self) -> None:
        """Drop a connection that cannot be used any more; a statement that only took too long leaves it as it was."""
        if self._connection is not None and self._connection.pgconn.transaction_status != TransactionStatus.IDLE:
            await self.close()
