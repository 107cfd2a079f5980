"""What the paper trader exports, by the same client library and under the names a real one would use."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Info

from bot.sandbox import wallclock


class Heartbeat:
    """When something last happened; its age grows with the monotonic clock until the next beat."""

    def __init__(self) -> None:
        self._beaten = time.monotonic()

    def beat(self) -> None:
        """Start the age from zero."""
        self._beaten = time.monotonic()

    def age(self) -> float:
        """Seconds since the last beat, computed when asked."""
        return time.monotonic() - self._beaten


class Gauges:
    """Every metric of one paper trader, in a registry of its own.

    Args:
        version: of the program, a label of `trader_build_info`.
        revision: of its build, the other label.
    """

    def __init__(self, *, version: str, revision: str) -> None:
        self.registry = CollectorRegistry()
        self.marketdata = self._heartbeat("marketdata", "the last market data tick")
        self.order_stream = self._heartbeat("order_stream", "the last message of the order stream")
        self.scan = self._heartbeat("scan", "the last scan for setups")
        self.is_leader = self._gauge("trader_is_leader", "1 while this process holds the leader lock")
        self.is_leader.set(1)
        self.risk_limit_breached = self._gauge("trader_risk_limit_breached", "1 while a risk limit is breached")
        self.scan_ticks = self._counter("trader_scan_ticks_total", "Scans for setups")
        self.orders_placed = self._counter("trader_orders_placed_total", "Parent orders placed")
        self.oco_children = self._counter("trader_oco_children_created_total", "Targets and stops created")
        self.retries = Counter("trader_retries", "Retried calls to the broker", ["type"], registry=self.registry)
        Info("trader_build", "What is running", registry=self.registry).info({"version": version, "revision": revision})
        self._gauge("process_start_time_seconds", "Start of the process, Unix time").set(wallclock.unix())

    def _heartbeat(self, name: str, event: str) -> Heartbeat:
        heartbeat = Heartbeat()
        self._gauge(f"trader_{name}_heartbeat_seconds", f"Seconds since {event}").set_function(heartbeat.age)
        return heartbeat

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, registry=self.registry)
