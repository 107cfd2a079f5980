"""Everything one trader's use cases work with, put together once by the factory."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.metrics import Metrics
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.value import Value
from bot.errors import UsageError
from bot.ports import Calendar, Clock, Ledger, MetricsHistory, OrderBook, Runner, Trader


class DrillPlan(Value):
    """The synthetic plan that a drill injects, unless the operator says otherwise."""

    symbol: str = "NIFTY"
    side: str = "LONG"
    qty: int = 50
    strategy: str = "ORB"


class LatestSamples:
    """The newest sample of each trader that this process watches: what a quick check compares with at once."""

    def __init__(self) -> None:
        self._samples: dict[str, Sample] = {}

    def put(self, trader: str, sample: Sample) -> None:
        """Remember a trader's newest sample."""
        self._samples[trader] = sample

    def get(self, trader: str) -> Sample | None:
        """Return a trader's newest sample; None where this process does not watch it."""
        return self._samples.get(trader)


@dataclass(frozen=True, slots=True)
class TraderDesk:
    """One trader with the ports to it. `order_book` and `history` are None where not configured."""

    name: str
    channel: str  # Slack channel id of its announcements; empty without Slack
    policy: Policy
    metrics: Metrics
    plan: DrillPlan
    trader: Trader
    calendar: Calendar
    runner: Runner
    order_book: OrderBook | None = None
    history: MetricsHistory | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """All traders of this bot, and what they share."""

    traders: Mapping[str, TraderDesk]
    ledger: Ledger
    clock: Clock
    latest: LatestSamples = field(default_factory=LatestSamples)

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
        raise UsageError(f"Which trader? There are {names}.", hint=next(iter(self.traders)))

    def _named(self, name: str) -> TraderDesk:
        if name in self.traders:
            return self.traders[name]
        raise UsageError(f"No trader is called {name!r}; there are {', '.join(self.traders)}.")
