"""The paper trader's positions: what a plan opens and a flatten closes."""

import asyncio
from dataclasses import dataclass

from bot.sandbox.trader.gauges import Gauges
from bot.sandbox.trader.orders import Orders, Plan

SECONDS_TO_FLATTEN = 0.2
SECONDS_TO_FLATTEN_SLOWLY = 3.0


@dataclass(frozen=True, slots=True)
class Position:
    """One open position, named by the id of its entry order."""

    order_id: int
    symbol: str
    side: str
    qty: int
    strategy: str


class PaperDesk:
    """Opens and closes positions; every order it implies is in the database before the position shows it.

    Attributes:
        slow: while true, a flatten takes longer than the burn-in allows.
    """

    def __init__(self, *, gauges: Gauges, orders: Orders) -> None:
        self._gauges = gauges
        self._orders = orders
        self._positions: dict[int, Position] = {}
        self.slow = False

    @property
    def positions(self) -> tuple[Position, ...]:
        """The open positions, oldest first."""
        return tuple(self._positions.values())

    async def place(self, plan: Plan) -> Position:
        """Fill the plan's entry, create its target and stop, and return the position.

        Raises:
            psycopg.Error: the database did not take the orders; nothing was placed.
        """
        order_id = await self._orders.place(plan)
        self._gauges.orders_placed.inc()
        self._gauges.oco_children.inc(2)
        position = Position(order_id, plan.symbol, plan.side, plan.qty, plan.strategy)
        self._positions[order_id] = position
        return position

    async def flatten(self) -> None:
        """Close the positions open now, and cancel their targets and stops.

        Raises:
            psycopg.Error: the orders could not be cancelled; the positions stay open.
        """
        closing = list(self._positions)
        await asyncio.sleep(SECONDS_TO_FLATTEN_SLOWLY if self.slow else SECONDS_TO_FLATTEN)
        await self._orders.cancel_children(closing)
        for order_id in closing:
            self._positions.pop(order_id, None)
