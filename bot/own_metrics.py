"""The bot's own numbers for a Prometheus: counters of this process, and gauges read when they are asked for."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from bot.health import HealthReading


class BotMetrics:
    """The bot's own metrics in a registry of their own; a `bot.meter.Meter`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        trader = ("trader",)
        self._samples = Counter("burnin_samples", "Scrapes that were read.", trader, registry=self.registry)
        self._missed = Counter(
            "burnin_samples_missed", "Scrapes that were due, not read.", trader, registry=self.registry
        )
        self._breaches = Counter(
            "burnin_breaches", "Targets that were lost.", ("trader", "criterion"), registry=self.registry
        )
        self._commands = Counter(
            "burnin_commands", "Commands that ended.", ("command", "outcome"), registry=self.registry
        )
        self._ready = Gauge("burnin_ready", "1 where a part of the bot is well.", ("part",), registry=self.registry)
        self._value = Gauge(
            "burnin_part_value", "What a part measures of itself.", ("part", "name"), registry=self.registry
        )
        self._entries = Gauge("burnin_ledger_entries", "Entries in the ledger.", registry=self.registry)
        self._unsent = Gauge("burnin_messages_unsent", "Messages that wait to be said.", registry=self.registry)
        self._lease_held = Gauge("burnin_lease_held", "1 where this bot may act.", registry=self.registry)
        self._lease_epoch = Gauge(
            "burnin_lease_epoch", "The number of this bot's lease; 0 where it stands by.", registry=self.registry
        )
        self._cleared = Gauge("burnin_cleared", "1 where a trader is cleared.", trader, registry=self.registry)
        self._streak = Gauge("burnin_streak_days", "PASS days in a row that count.", trader, registry=self.registry)

    def sampled(self, trader: str) -> None:
        """Count a scrape that was read."""
        self._samples.labels(trader).inc()

    def missed(self, trader: str) -> None:
        """Count a scrape that was due and was not read."""
        self._missed.labels(trader).inc()

    def breached(self, trader: str, criterion: str) -> None:
        """Count a target that was lost."""
        self._breaches.labels(trader, criterion).inc()

    def commanded(self, command: str, outcome: str) -> None:
        """Count a command that ended."""
        self._commands.labels(command, outcome).inc()

    def exposition(self, readings: Mapping[str, HealthReading]) -> bytes:
        """Return the metrics in Prometheus's text format, with each part's health as it is now."""
        for part, reading in readings.items():
            self._ready.labels(part).set(reading.ok)
            for name, value in reading.values.items():
                self._value.labels(part, name).set(value)
        return generate_latest(self.registry)

    def ledger_is(self, *, entries: int, unsent: int) -> None:
        """Note how long the ledger and its outbox are."""
        self._entries.set(entries)
        self._unsent.set(unsent)

    def lease_is(self, *, held: bool, epoch: float) -> None:
        """Note whether this bot may act, and under which lease."""
        self._lease_held.set(held)
        self._lease_epoch.set(epoch)

    def standings_are(self, standings: Iterable[tuple[str, bool, int]]) -> None:
        """Note each trader's clearance and streak."""
        for trader, cleared, passed in standings:
            self._cleared.labels(trader).set(cleared)
            self._streak.labels(trader).set(passed)
