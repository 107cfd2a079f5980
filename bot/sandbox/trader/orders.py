"""The paper trader's orders in PostgreSQL, where the bot's drill and reconcile look for them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal
from uuid import uuid4

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, ConfigDict, Field

from sql import read

Side = Literal["LONG", "SHORT"]
Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]

NO_SUCH_ORDER = 0  # identity columns count from 1


class Plan(BaseModel):
    """What to trade: one entry, which a target and a stop then protect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    symbol: str = Field(min_length=1)
    side: Side
    qty: int = Field(gt=0)
    strategy: str = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One row of the orders table, before it has an id."""

    client_order_id: str
    role: Literal["entry", "target", "stop"]
    status: Literal["OPEN", "FILLED", "CANCELLED"]
    symbol: str
    side: Side
    qty: int
    parent_id: int | None = None
    oco_group: str | None = None


class Orders:
    """Writes orders; every method raises `psycopg.Error` when the database does not take them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def prepare(self) -> None:
        """Make the orders table where it is not there yet."""
        async with self._pool.connection() as connection:
            await connection.execute(read("sandbox/orders_schema.sql"))

    async def place(self, plan: Plan) -> int:
        """Write a filled entry with its open target and stop in one transaction, and return the entry's id."""
        entry, key = _entry(plan)
        exit_side: Side = "SHORT" if plan.side == "LONG" else "LONG"
        async with self._pool.connection() as connection:
            parent_id = await _insert(connection, entry)
            for role in ("target", "stop"):
                child = Order(
                    client_order_id=f"{key}-{role}",
                    role=role,
                    status="OPEN",
                    symbol=plan.symbol,
                    side=exit_side,
                    qty=plan.qty,
                    parent_id=parent_id,
                    oco_group=f"{key}-oco",
                )
                await _insert(connection, child)
        return parent_id

    async def cancel_children(self, parents: Iterable[int]) -> None:
        """End the OCO children that still work under these entries."""
        async with self._pool.connection() as connection:
            await connection.execute(read("sandbox/cancel_children.sql"), {"parents": list(parents)})

    async def plant_orphan(self, plan: Plan) -> None:
        """Write a stop whose parent is not in the table."""
        entry, key = _entry(plan)
        orphan = replace(entry, role="stop", status="OPEN", parent_id=NO_SUCH_ORDER, oco_group=f"{key}-oco")
        async with self._pool.connection() as connection:
            await _insert(connection, orphan)

    async def plant_duplicate(self, plan: Plan) -> None:
        """Write two entries with the same client_order_id."""
        entry, _ = _entry(plan)
        async with self._pool.connection() as connection:
            await _insert(connection, entry)
            await _insert(connection, entry)


def _entry(plan: Plan) -> tuple[Order, str]:
    key = f"{plan.strategy}-{plan.symbol}-{uuid4().hex[:8]}"
    entry = Order(
        client_order_id=f"{key}-entry",
        role="entry",
        status="FILLED",
        symbol=plan.symbol,
        side=plan.side,
        qty=plan.qty,
    )
    return entry, key


async def _insert(connection: AsyncConnection[TupleRow], order: Order) -> int:
    cursor = await connection.execute(read("sandbox/insert_order.sql"), asdict(order))
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError("INSERT … RETURNING gave no row")
    return int(row[0])
