"""A paper trader of its own process: what the bot watches in the sandbox, with faults to switch on."""

from collections.abc import Mapping
from types import MappingProxyType

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "leader-flap": "loses the leader lock for a second, every few seconds",
        "stalled-heartbeat": "market data stops arriving, so that its heartbeat age grows",
        "slow-flatten": "takes three seconds to close its positions",
        "orphan-child": "writes an OCO child whose parent does not exist",
        "duplicate-id": "writes two orders with the same client_order_id",
        "token-refresh-spike": "retries a token refresh twenty times within a second",
        "firing-alert": "reports a breached risk limit, on which an alert fires",
    }
)
"""The faults this trader can be told to have, each with what it does."""

__all__ = ["FAULTS"]
