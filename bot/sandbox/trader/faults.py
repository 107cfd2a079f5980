"""What can go wrong with the paper trader on request, so that a reader sees the burn-in fail a day."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.sandbox.trader import FAULTS
from bot.sandbox.trader.desk import PaperDesk
from bot.sandbox.trader.gauges import Gauges
from bot.sandbox.trader.market import Market
from bot.sandbox.trader.orders import Orders, Plan
from bot.sandbox.trader.supervisor import Supervisor

SECONDS_WITHOUT_LEADER = 1.0
SECONDS_WITH_LEADER = 3.0
SPIKE = 20
SECONDS_BETWEEN_RETRIES = 0.04
PLANTED = Plan(symbol="NIFTY", side="LONG", qty=50, strategy="FAULT")


class UnknownFaultError(LookupError):
    """There is no fault of that name."""


class Faults:
    """Switches faults on and off; the one-shot ones act once when switched on and are off again."""

    def __init__(
        self, *, gauges: Gauges, market: Market, desk: PaperDesk, orders: Orders, supervisor: Supervisor
    ) -> None:
        self._gauges = gauges
        self._market = market
        self._desk = desk
        self._orders = orders
        self._supervisor = supervisor
        self._active: set[str] = set()
        self._switches: dict[str, Callable[[bool], Awaitable[None]]] = {
            "leader-flap": self._leader_flap,
            "stalled-heartbeat": self._stalled_heartbeat,
            "slow-flatten": self._slow_flatten,
            "firing-alert": self._firing_alert,
        }
        self._shots: dict[str, Callable[[], Awaitable[None]]] = {
            "orphan-child": lambda: orders.plant_orphan(PLANTED),
            "duplicate-id": lambda: orders.plant_duplicate(PLANTED),
            "token-refresh-spike": self._token_refresh_spike,
        }

    def listing(self) -> list[dict[str, object]]:
        """Return every fault: its name, what it does, and whether it is active."""
        return [
            {"name": name, "does": does, "one_shot": name in self._shots, "active": name in self._active}
            for name, does in FAULTS.items()
        ]

    async def switch(self, name: str, *, active: bool) -> None:
        """Switch one fault on or off; to switch it to what it is does nothing.

        Raises:
            UnknownFaultError: no such fault.
            psycopg.Error: the database did not take the planted orders.
        """
        if name in self._shots:
            if active:
                await self._shots[name]()
        elif name not in self._switches:
            raise UnknownFaultError(f"no fault {name!r}; there are: {', '.join(FAULTS)}")
        elif active != (name in self._active):
            (self._active.add if active else self._active.discard)(name)
            await self._switches[name](active)

    async def _leader_flap(self, active: bool) -> None:
        if active:
            self._supervisor.start("leader-flap", self._flap())
        else:
            await self._supervisor.stop("leader-flap")

    async def _flap(self) -> None:
        try:
            while True:
                self._gauges.is_leader.set(0)
                await asyncio.sleep(SECONDS_WITHOUT_LEADER)
                self._gauges.is_leader.set(1)
                await asyncio.sleep(SECONDS_WITH_LEADER)
        finally:
            self._gauges.is_leader.set(1)

    async def _stalled_heartbeat(self, active: bool) -> None:
        self._market.stalled = active

    async def _slow_flatten(self, active: bool) -> None:
        self._desk.slow = active

    async def _firing_alert(self, active: bool) -> None:
        self._gauges.risk_limit_breached.set(int(active))

    async def _token_refresh_spike(self) -> None:
        self._supervisor.start("token-refresh-spike", self._spike())

    async def _spike(self) -> None:
        for _ in range(SPIKE):
            self._gauges.retries.labels(type="token_refresh").inc()
            await asyncio.sleep(SECONDS_BETWEEN_RETRIES)
