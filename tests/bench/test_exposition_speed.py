"""Reading what the roles need beside the library's parser reading everything."""

import random
import time
from collections.abc import Callable, Iterable

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from bot.adapters.exposition import read_roles
from bot.domain.metrics import Metrics
from bot.domain.selector import parse_selector
from bot.sandbox.trader.gauges import Gauges
from tests.support.side_by_side import Comparison

pytestmark = pytest.mark.bench

PAIRS = 7
WARM_UP = 1
NEEDED = {**Metrics().roles(), "risk_limit": (parse_selector("trader_risk_limit_breached"),)}
LABELS, EXPIRY = ("symbol", "exchange", "expiry"), "2026-11-26"
KINDS = {
    "text": ("text/plain; version=0.0.4", generate_latest, text_families),
    "OpenMetrics": ("application/openmetrics-text; version=1.0.0", generate_openmetrics, openmetrics_families),
}


def _registry() -> CollectorRegistry:
    """A trader's gauges among those of a whole options chain: about 10,000 series."""
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    gauges = Gauges(version="1.4.2", revision="9f2c1ab")
    registry = gauges.registry
    price = Gauge("trader_quote_last_price", "Last traded price.", LABELS, registry=registry)
    ticks = Counter("trader_quote_ticks", "Quotes taken.", LABELS, registry=registry)
    latency = Histogram("trader_order_latency_seconds", "Order to ack.", ["strategy", "venue"], registry=registry)
    for strike in range(20_000, 145_000, 50):
        for kind in ("CE", "PE"):
            price.labels(f"NIFTY26NOV{strike}{kind}", "NSE", EXPIRY).set(round(chance.uniform(0.05, 4_000), 2))
        ticks.labels(f"NIFTY26NOV{strike}CE", "NSE", EXPIRY).inc(chance.randrange(10**6))
    for strategy in range(8):
        latency.labels(f"ORB-{strategy}", "NSE").observe(chance.uniform(0.005, 0.5))
    for kind in ("token_refresh", "rate_limit"):
        gauges.retries.labels(kind).inc()
    return registry


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@pytest.mark.parametrize("kind", KINDS)
def test_reading_12_of_10_000_series_is_20_times_as_fast_as_reading_all(
    kind: str, hold: Callable[[Comparison], None]
) -> None:
    """An exposition of about 1 MB costs a twentieth at most of what the library's full parse of it takes."""
    content_type, generate, families = KINDS[kind]
    text = generate(_registry()).decode()
    assert 10_000 <= sum(not line.startswith("#") for line in text.splitlines()) <= 10_200
    assert 0.8 <= len(text) / 2**20 <= 1.2

    def ours() -> object:
        return read_roles(text, content_type, NEEDED)

    def theirs() -> list[Metric]:
        found: Iterable[Metric] = families(text)
        return list(found)

    assert sum(len(reading.series) for reading in read_roles(text, content_type, NEEDED).values()) == 12
    for _ in range(WARM_UP):
        _seconds(ours), _seconds(theirs)
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(PAIRS)]
    hold(Comparison(f"12 of 10,000 series, {kind}", "the library's full parse", pairs, allowed=1 / 20))
