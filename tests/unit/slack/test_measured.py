"""A criterion's worst value beside its limit: as a person reads numbers, and never as the limit where it is below."""

import pytest

from bot.domain.measures import Measure
from bot.slack.cards.criteria import measured


@pytest.mark.parametrize(
    ("worst", "told"),
    [
        (0.8, "0.8"),
        (4.96, "4.96"),
        (5.0, "5"),
        (12.34, "12.34"),
        (123.4, "123.4"),
        (86_400.0, "86400"),
        (1e308, "1e+308"),
    ],
)
def test_an_age_reads_as_a_number_of_seconds(worst: float, told: str) -> None:
    """However far beyond the limit."""
    assert measured(Measure(id="heartbeat.scan", worst=worst, limit=5)).replace("\u00a0", " ") == f"{told} s of 5 s"


def test_a_count_reads_in_full() -> None:
    """And names its window."""
    told = measured(Measure(id="retries.rate_limit", worst=123_456, limit=10, window=300))
    assert told.replace("\u00a0", " ") == "123456 of 10 in 5 min"
