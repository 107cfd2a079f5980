"""A stand-in for the few things the bot asks of a Prometheus, in the words of the real one."""

from bot.sandbox.prometheus.stand_in import PrometheusStandIn

__all__ = ["PrometheusStandIn"]
