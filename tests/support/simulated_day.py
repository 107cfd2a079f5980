"""A whole day of one trader, simulated: its metrics as text, the real watch, the real commands, the recorded verdict.

Between the trader's HTTP answers and the record on the ledger nothing is a stand-in but the clock, the order book and
the ledger's file. With `prometheus` the adapters that ask it are the real ones, too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.adapters.prometheus_alerts import PrometheusAlerts
from bot.adapters.prometheus_samples import PrometheusSamples
from bot.desk import Desk, TraderDesk
from bot.domain.day import DayRecord
from bot.domain.metrics import Metrics
from bot.domain.policy import Policy
from bot.domain.sample import Sample, decode_readings, encode_readings
from bot.domain.session import Session
from bot.meter import NoMeter
from bot.services.lapse import lapse_forgotten
from bot.services.watch import Watch
from commands.dispatcher import Outcome
from tests.support.clock import ThreadlessClock
from tests.support.evidence import OPENS
from tests.support.fakes import FickleLedger, ListCalendar, World, finish, request, sessions, world
from tests.support.inline_executor import InlineExecutor
from tests.support.scripted_prometheus import ScriptedPrometheus
from tests.support.scripted_trader import ScriptedTrader

CLOSE = 100.0  # the second at which a session closes, unless a test needs more
_LEAD = 10.0  # seconds before the open at which a day begins
_NIGHT = 3600.0  # seconds between two sessions

Deed = Callable[[], Awaitable[Any] | None]


class EncodingLedger(FickleLedger):
    """A ledger in memory that keeps samples as the real ones do: as text."""

    async def store_samples(self, trader: str, day: date, samples: Sequence[Sample]) -> None:
        """Store samples as they read once they were written down."""
        told = [replace(s, readings=decode_readings(encode_readings(s.readings))) for s in samples]
        await super().store_samples(trader, day, told)


@dataclass
class SimulatedDay:
    """One session, from shortly before its open until it was closed. What differs from a clean day is planted first.

    Args:
        length: of the session, seconds.
        policy: what it is judged by.
        metrics: which of the trader's metrics play which part.
        prometheus: a folder for its rules file; without one, alerts come from a fake that is always well.
        drills: seconds at which a drill is run.
        closes: seconds after the session at which somebody closes the day; None leaves it to lapse.
    """

    length: float = CLOSE
    policy: Policy = field(default_factory=Policy)
    metrics: Metrics = field(default_factory=Metrics)
    prometheus: Path | None = None
    drills: Sequence[float] = (20.0,)
    closes: float | None = 2.0

    def __post_init__(self) -> None:
        self.clock = ThreadlessClock(OPENS - timedelta(seconds=_LEAD))
        self._began = self.clock.monotonic() + _LEAD
        self.days = sessions(2, seconds=self.length, apart=self.length + _NIGHT)
        self.room: World = world(self.clock, ListCalendar(self.days), policy=self.policy, prometheus=True)
        self.room.ledger = EncodingLedger()
        self.trader = ScriptedTrader(self.seconds)
        self.server = ScriptedPrometheus(self.seconds, self.trader)
        self.outcomes: list[Outcome] = []
        self._deeds: list[tuple[float, Deed]] = []
        self._under_way: list[asyncio.Task[Outcome]] = []
        self._watch: asyncio.Task[None] | None = None
        self._refits: list[Callable[[TraderDesk], TraderDesk]] = []
        self.room.runner.effects["inject_plan"] = self.take_plan

    @property
    def session(self) -> Session:
        """The session that is simulated."""
        return self.days[0]

    def seconds(self) -> float:
        """Return the true seconds since the open, whatever the wall clock shows."""
        return self.clock.monotonic() - self._began

    def at(self, seconds: float, do: Deed) -> None:
        """Do something at a second of the session."""
        self._deeds.append((seconds, do))

    def refit(self, change: Callable[[TraderDesk], TraderDesk]) -> None:
        """Give the trader another port or none, once the day begins."""
        self._refits.append(change)

    async def take_plan(self) -> None:
        """Do what an injected plan does to the trader and to its database; the script takes a moment."""
        await self.clock.sleep(0.5)
        self.trader.take_plan()
        self.room.book.take_plan()

    def begin(self, line: str) -> None:
        """Have an operator type a command, and go on while it runs."""
        self._under_way.append(asyncio.ensure_future(self.room.dispatcher.run(request(line))))

    def start_bot(self) -> None:
        """Start the watch, as the bot's process does."""
        watch = Watch(self.room.desk, self.room.trader_desk, self._before_open, NoMeter())
        self._watch = asyncio.ensure_future(watch.run())

    async def stop_bot(self, *, killed: bool = False) -> None:
        """End the bot's process; killed, it stores nothing more."""
        self.room.ledger.away = killed
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        self.room.ledger.away = False

    async def run(self) -> DayRecord:
        """Let the day pass, close it, and return its record."""
        asyncio.get_running_loop().set_default_executor(InlineExecutor())
        self._connect()
        self.start_bot()
        drills = [(at, lambda: self.begin("drill")) for at in self.drills]
        for seconds, do in sorted([*drills, *self._deeds], key=lambda deed: deed[0]):
            await self._until(seconds)
            done = do()
            if done is not None:
                await done
        await self._until(self.length + (self.closes or _NIGHT + 5.0))
        self.outcomes += [await finish(self.clock, _end_of(task)) for task in self._under_way]
        if self.closes is not None:
            self.outcomes.append(await self.room.ask("close"))
        await self.stop_bot()
        return self.record

    @property
    def record(self) -> DayRecord:
        """The day as it stands on record."""
        (closed,) = self.room.ledger.of_kind("day_closed")
        return closed.record

    def _connect(self) -> None:
        """Put what is scripted in the places of what is fake."""
        desk = replace(self.room.trader_desk, trader=self.trader.port(self.metrics))
        if self.prometheus is not None:
            desk = self._with_prometheus(desk, self.prometheus)
        for change in self._refits:
            desk = change(desk)
        self.room.desk = Desk(traders={desk.name: desk}, ledger=self.room.ledger, clock=self.clock)

    def _with_prometheus(self, desk: TraderDesk, folder: Path) -> TraderDesk:
        url = "http://prometheus"
        asking = {"headers": {}, "clock": self.clock, "client": self.server.client()}
        alerts = PrometheusAlerts(url, rules_file=self.server.rules_file(folder), **asking)
        history = PrometheusSamples(url, roles=self.metrics.roles(), select={}, **asking)
        return replace(desk, alerts=alerts, history=history)

    async def _before_open(self, trader: Any, session: Session) -> None:
        await lapse_forgotten(self.room.desk, trader, session)

    async def _until(self, seconds: float) -> None:
        await self.clock.advance(seconds - self.seconds())


async def _end_of(task: asyncio.Task[Outcome]) -> Outcome:
    return await task
