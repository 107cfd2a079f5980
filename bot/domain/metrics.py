"""Which metric plays which part. Names are configuration; the parts ("roles") are fixed."""

from typing import Final

from pydantic import Field

from bot.domain.selector import Selector, Selectors, parse_selector
from bot.domain.value import Value

LEADER: Final = "leader"
SCAN_TICKS: Final = "scan_ticks"
ORDERS_PLACED: Final = "orders_placed"
OCO_CHILDREN: Final = "oco_children_created"
BUILD: Final = "build"
PROCESS_START: Final = "process_start"
HEARTBEATS: Final = ("marketdata", "order_stream", "scan")
RETRIES: Final = ("token_refresh", "rate_limit")


def heartbeat(name: str) -> str:
    """Return the role of one heartbeat gauge, for example `heartbeat.scan`."""
    return f"heartbeat.{name}"


def retries(kind: str) -> str:
    """Return the role of one retry counter, for example `retries.rate_limit`."""
    return f"retries.{kind}"


def _default(*texts: str) -> Selectors:
    return tuple(parse_selector(text) for text in texts)


class HeartbeatMetrics(Value):
    """The three heartbeat ages, gauges in seconds."""

    marketdata: Selectors = _default("trader_marketdata_heartbeat_seconds")
    order_stream: Selectors = _default("trader_order_stream_heartbeat_seconds")
    scan: Selectors = _default("trader_scan_heartbeat_seconds")


class RetryMetrics(Value):
    """The two retry counters, labelled by type."""

    token_refresh: Selectors = _default(
        'trader_retries_total{type="token_refresh"}', 'retries_total{type="token_refresh"}'
    )
    rate_limit: Selectors = _default('trader_retries_total{type="rate_limit"}', 'retries_total{type="rate_limit"}')


class Metrics(Value):
    """The trader's metric names, with the protocol's as defaults."""

    leader: Selectors = _default("trader_is_leader")
    heartbeats: HeartbeatMetrics = Field(default_factory=HeartbeatMetrics)
    scan_ticks: Selectors = _default("trader_scan_ticks_total")
    orders_placed: Selectors = _default("trader_orders_placed_total")
    oco_children_created: Selectors = _default("trader_oco_children_created_total")
    retries: RetryMetrics = Field(default_factory=RetryMetrics)
    build: Selectors = _default("trader_build_info")
    process_start: Selectors = _default("process_start_time_seconds")

    def roles(self) -> dict[str, tuple[Selector, ...]]:
        """Return every role with the selectors it may be read from, best first."""
        return {
            LEADER: self.leader,
            **{heartbeat(name): getattr(self.heartbeats, name) for name in HEARTBEATS},
            SCAN_TICKS: self.scan_ticks,
            ORDERS_PLACED: self.orders_placed,
            OCO_CHILDREN: self.oco_children_created,
            **{retries(kind): getattr(self.retries, kind) for kind in RETRIES},
            BUILD: self.build,
            PROCESS_START: self.process_start,
        }
