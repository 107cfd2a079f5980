"""Whether the trader was started anew between two samples."""

import pytest

from bot.domain.judge import restarted_between
from bot.domain.metrics import PROCESS_START, SCAN_TICKS
from bot.domain.sample import Source
from tests.support.evidence import counter, gauge, sample_at, session_of

SESSION = session_of(60)


@pytest.mark.parametrize(
    ("before", "after", "restarted"),
    [
        ({PROCESS_START: gauge(100.0)}, {PROCESS_START: gauge(100.4)}, False),
        ({PROCESS_START: gauge(100.0)}, {PROCESS_START: gauge(130.0)}, True),
        ({PROCESS_START: gauge(100.0)}, {}, False),
        ({SCAN_TICKS: counter(9.0)}, {SCAN_TICKS: counter(10.0)}, False),
        ({SCAN_TICKS: counter(9.0)}, {SCAN_TICKS: counter(1.0)}, True),
        ({SCAN_TICKS: counter(9.0)}, {}, False),
    ],
)
def test_another_start_time_or_ticks_that_fell_mean_a_restart(before: dict, after: dict, restarted: bool) -> None:  # type: ignore[type-arg]
    """A start time that is off by a little is the same process, and what is absent tells nothing."""
    assert restarted_between(sample_at(SESSION, 1, before), sample_at(SESSION, 2, after)) is restarted


def test_ticks_that_fell_mean_a_restart_whoever_read_them() -> None:
    """Samples of two clocks are only set beside each other where their order is sure."""
    scraped = sample_at(SESSION, 1, {SCAN_TICKS: counter(9.0)})
    filled = sample_at(SESSION, 2, {SCAN_TICKS: counter(8.0)}, Source.PROMETHEUS)
    assert restarted_between(scraped, filled)
