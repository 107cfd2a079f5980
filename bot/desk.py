"""Everything one trader's use cases work with, put together once by the factory."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from bot.domain.measures import SessionSoFar
from bot.domain.metrics import Metrics
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.value import Value
from bot.errors import UsageError
from bot.ports import AlertSource, Calendar, Clock, Ledger, MetricsHistory, OrderBook, Runner, Signatory, Trader

_SHOWN = 60  # characters of a name that is none
_STEPS = 12  # samples remembered of a window


class DrillPlan(Value):
    """The synthetic plan that a drill injects, unless the operator says otherwise."""

    symbol: str = Field("NIFTY", min_length=1)
    side: Literal["LONG", "SHORT"] = "LONG"
    qty: int = Field(50, gt=0)
    strategy: str = Field("ORB", min_length=1)


class RecentSamples:
    """Some samples of the last scan-ticks window of each trader that this process watches.

    A quick check compares with the oldest of them at once, instead of waiting for ticks to come. Every sample of many
    traders would be so much to look through for Python's garbage collector that scrapes would wait for it.
    """

    def __init__(self) -> None:
        self._samples: dict[str, deque[Sample]] = {}

    def put(self, trader: str, sample: Sample, keep: timedelta) -> None:
        """Remember a sample where the last one is old enough; forget those for which a younger one spans the window."""
        samples = self._samples.setdefault(trader, deque())
        if samples and sample.at - samples[-1].at < keep / _STEPS:
            return
        samples.append(sample)
        while len(samples) > 1 and sample.at - samples[1].at >= keep:
            samples.popleft()

    def oldest(self, trader: str, since: datetime) -> Sample | None:
        """Return a trader's oldest sample of the window; None where this process has not watched it since then."""
        samples = self._samples.get(trader, ())
        return next((sample for sample in samples if sample.at >= since), None)


@dataclass(frozen=True, slots=True)
class TraderDesk:
    """One trader with the ports to it. `order_book`, `history` and `alerts` are None where not configured."""

    name: str
    channel: str  # Slack channel id of its announcements; empty without Slack
    policy: Policy
    metrics: Metrics
    plan: DrillPlan
    trader: Trader
    calendar: Calendar
    runner: Runner
    order_book: OrderBook | None = None
    history: MetricsHistory | None = None  # fills holes
    alerts: AlertSource | None = None  # proves that none fired
    environment: str = ""  # where it is burnt in, as its certificate names it
    calendar_name: str = ""  # the exchange's code, or "listed"


@dataclass(frozen=True, slots=True)
class Desk:
    """All traders of this bot, and what they share."""

    traders: Mapping[str, TraderDesk]
    ledger: Ledger
    clock: Clock
    signatory: Signatory | None = None  # signs certificates; None in tests and where nothing is signed
    void_expires: timedelta = timedelta(hours=4)  # how long a request to void a day waits for its answer
    recent: RecentSamples = field(default_factory=RecentSamples)
    so_far: dict[str, SessionSoFar] = field(default_factory=dict)  # each watched trader's last session, in numbers
    testing: asyncio.Lock = field(default_factory=asyncio.Lock)  # held by the one self-test that has the processor
    under_way: set[int] = field(default_factory=set)  # the intents whose work runs in this process, by number

    def trader(self, name: str | None, channel: str = "") -> TraderDesk:
        """Return the trader that is meant: by name, else by its own channel, else the only one there is.

        Raises:
            UsageError: no trader of that name, or several could be meant; the text lists them.
        """
        if name is not None:
            return self._named(name)
        if len(self.traders) == 1:
            return next(iter(self.traders.values()))
        here = [trader for trader in self.traders.values() if channel and trader.channel == channel]
        if len(here) == 1:
            return here[0]
        names = ", ".join(self.traders)
        raise UsageError(f"Which trader? There are {names}.")

    def _named(self, name: str) -> TraderDesk:
        if name in self.traders:
            return self.traders[name]
        alike = [trader for known, trader in self.traders.items() if known.casefold() == name.casefold()]
        if len(alike) == 1:
            return alike[0]
        there = "there is" if len(self.traders) == 1 else "there are"
        raise UsageError(f"No trader is called {name[:_SHOWN]!r}; {there} {', '.join(self.traders)}.")
