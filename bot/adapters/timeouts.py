"""How long anything outside may take: one value for the configuration and for the adapters that keep to it."""

from datetime import timedelta

from bot.domain.duration import Duration
from bot.domain.value import Value


class Timeouts(Value):
    """How long an answer may take before it counts as none; `database` is the limit of each statement."""

    connect: Duration = timedelta(seconds=2)
    scrape: Duration = timedelta(seconds=2)
    status: Duration = timedelta(seconds=5)
    positions: Duration = timedelta(seconds=2)
    flatten: Duration = timedelta(seconds=10)
    database: Duration = timedelta(seconds=15)
    prometheus: Duration = timedelta(seconds=10)
