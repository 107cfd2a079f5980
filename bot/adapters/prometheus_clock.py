"""Whether a Prometheus's times mean what they say: they are set beside the bot's own, on one line of time."""

from datetime import timedelta
from typing import Final

from bot.adapters.prometheus_api import PrometheusApi
from bot.domain.sample import CLOCKS_AGREE_WITHIN
from bot.errors import BadAnswer
from bot.ports import Clock

_TRIES: Final = 3  # the first answer may be slow only because the connection was new


async def compare_clocks(api: PrometheusApi, clock: Clock) -> None:
    """Make sure that a server's clock agrees with the bot's.

    Raises:
        PrometheusUnreachable: it did not answer.
        BadAnswer: the clocks may differ by more than the judge reckons with.
    """
    apart = timedelta.max
    for _ in range(_TRIES):
        apart = min(apart, await _apart(api, clock))
        if apart <= CLOCKS_AGREE_WITHIN:
            return
    allowed = CLOCKS_AGREE_WITHIN.total_seconds()
    raise BadAnswer(
        f"Prometheus's clock may differ from this host's by {apart.total_seconds():.1f} s, and its samples can be "
        f"laid beside the bot's only within {allowed:g} s; let both hosts keep their time by NTP"
    )


async def _apart(api: PrometheusApi, clock: Clock) -> timedelta:
    """Return by how much the clocks differ at most: what the answer was under way counts as a difference."""
    before = clock.now()
    told = await api.clock()
    return max(abs(told - before), abs(told - clock.now()))
