"""The fault table, counters: spikes, resets, series that come and go, a scan loop that stands still."""

from pathlib import Path

import pytest

from bot.domain.metrics import Metrics
from tests.support.faults import ALWAYS, counts, restarts, says, stands_still
from tests.support.scenario import Scenario, fault, harmless, hold
from tests.support.simulated_day import CLOSE

_LONG = {"length": 700.0}  # seconds; two rolling windows and more
_RESET = {"retries": "INCONCLUSIVE counter_reset"}
_UNLABELLED = {"metrics": Metrics.model_validate({"retries": {"rate_limit": "broker_throttled_total"}})}


def _two(kind: str, a: str, b: str) -> str:
    """Return a retry counter as two instances have it."""
    name = "trader_retries_total"
    return "".join(f'{name}{{instance="{n}",type="{kind}"}} {value}\n' for n, value in (("a", a), ("b", b)))


def _ticks(a: float, b: float) -> str:
    return f'trader_scan_ticks_total{{worker="a"}} {a:.0f}\ntrader_scan_ticks_total{{worker="b"}} {b:.0f}\n'


TABLE = [
    # scan ticks
    fault("the scan loop stands still for 65 s", stands_still(25, 90), ticks="FAIL no_increase"),
    fault("the scan loop stands still until the close", stands_still(30, CLOSE + 9), ticks="FAIL no_increase"),
    fault("the scan loop never ran", says(*ALWAYS, ticks="0"), ticks="FAIL no_increase"),
    harmless("the scan loop stands still for 30 s, twice", stands_still(25, 55), stands_still(65, 95)),
    harmless("one tick in 40 s", says(*ALWAYS, ticks=lambda t: f"{(t + 1000) // 40}")),
    harmless("ticks in bursts", says(*ALWAYS, ticks=lambda t: f"{(t + 1000) // 20 * 500}")),
    fault("scan ticks gone for one scrape", says(60, 61, ticks=None), ticks="INCONCLUSIVE missing"),
    fault("scan ticks gone all day", says(*ALWAYS, ticks=None), ticks="INCONCLUSIVE missing"),
    fault("scan ticks fall", says(60, CLOSE + 9, ticks=lambda t: f"{t - 60:.0f}"), **_RESET),
    fault("scan ticks fall by one", says(60, 61, ticks="1058"), **_RESET),
    fault(
        "a restart in the middle of a standstill", stands_still(15, 50), restarts(50, away=1), says(50, 85, ticks="0"),
        ticks="INCONCLUSIVE counter_reset", **_RESET,
    ),
    fault(
        "a restart after a standstill", stands_still(5, 75), restarts(75, away=1),
        says(75, CLOSE + 9, ticks="0"),
        ticks="FAIL no_increase", **_RESET,
    ),
    fault("two workers stand still", says(30, 95, ticks=_ticks(5, 9)), ticks="FAIL no_increase", **_RESET),
    harmless("two workers, one stands still", says(*ALWAYS, ticks=lambda t: _ticks(5, 1000 + t))),
    # retries
    harmless("a labelled counter that never comes"),
    harmless("a labelled counter appears with the first retry", counts("token_refresh", 60)),
    harmless("three token refreshes", counts("token_refresh", 40, 70, 90)),
    fault("four token refreshes", counts("token_refresh", 40, 60, 70, 90), token_refresh="FAIL exceeded"),
    harmless("ten rate limits at once", counts("rate_limit", 60, by=10)),
    fault("eleven rate limits at once", counts("rate_limit", 60, by=11), rate_limit="FAIL exceeded"),
    fault("eleven rate limits, one by one", counts("rate_limit", *range(60, 71)), rate_limit="FAIL exceeded"),
    fault("both pile up", counts("rate_limit", 60, by=50), counts("token_refresh", 60, by=50), retries="FAIL exceeded"),
    harmless("a pile before the open", counts("rate_limit", -7, by=50)),
    harmless("a pile after the close", counts("rate_limit", CLOSE + 1, by=50)),
    fault(
        "a pile just before the open, or just after", counts("rate_limit", -0.2, by=50),
        rate_limit="INCONCLUSIVE window_edge",
    ),
    fault(
        "a pile just after the close, or just before", counts("rate_limit", CLOSE + 0.2, by=50),
        rate_limit="INCONCLUSIVE window_edge",
    ),
    fault(
        "a pile that comes and goes between two scrapes of a restart", counts("rate_limit", 59.6, by=50),
        restarts(59.7, away=0.7), **_RESET,
    ),
    fault("a reset hides what was counted", counts("token_refresh", 30, 59.7, by=2), restarts(60, away=0.3), **_RESET),
    fault(
        "a pile after a reset", restarts(60, away=1), counts("token_refresh", 80, by=4),
        token_refresh="FAIL exceeded", rate_limit="INCONCLUSIVE counter_reset",
    ),
    fault(
        "a pile on both sides of a reset", counts("token_refresh", 50, by=2), restarts(60, away=1),
        counts("token_refresh", 80, by=2), token_refresh="FAIL exceeded", rate_limit="INCONCLUSIVE counter_reset",
    ),
    fault(
        "a counter falls without a restart", says(40, 60, rate_limit="5"), says(60, CLOSE + 9, rate_limit="3"),
        rate_limit="INCONCLUSIVE counter_reset",
    ),
    fault("a labelled counter vanishes", says(40, 60, token_refresh="2"), token_refresh="INCONCLUSIVE counter_reset"),
    fault(
        "one of two series is reset", says(-9, 60, token_refresh=_two("token_refresh", "7", "0")),
        says(60, CLOSE + 9, token_refresh=_two("token_refresh", "0", "0")), token_refresh="INCONCLUSIVE counter_reset",
    ),
    fault(
        "one series falls by as much as another rises", says(-9, 60, token_refresh=_two("token_refresh", "2", "0")),
        says(60, CLOSE + 9, token_refresh=_two("token_refresh", "0", "2")), token_refresh="INCONCLUSIVE counter_reset",
    ),
    fault(
        "one series falls, and another rises by too much", says(-9, 60, token_refresh=_two("token_refresh", "7", "0")),
        says(60, CLOSE + 9, token_refresh=_two("token_refresh", "0", "7")), token_refresh="FAIL exceeded",
    ),
    fault(
        "two series pile up together", says(-9, 60, token_refresh=_two("token_refresh", "0", "0")),
        says(60, CLOSE + 9, token_refresh=_two("token_refresh", "2", "2")), token_refresh="FAIL exceeded",
    ),
    fault("a counter without labels is absent", day=_UNLABELLED, rate_limit="INCONCLUSIVE missing"),
    # rolling windows
    harmless("three in every five minutes", counts("token_refresh", 10, 11, 12, 313, 314, 315, 616, 617), day=_LONG),
    fault(
        "four across the edge of two windows", counts("token_refresh", 290, 295, 305, 310), day=_LONG,
        token_refresh="FAIL exceeded",
    ),
    fault("a slow leak", counts("rate_limit", *range(5, 700, 27)), day=_LONG, rate_limit="FAIL exceeded"),
]  # fmt: skip


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
async def test_the_table_holds(scenario: Scenario, tmp_path: Path) -> None:
    """Each row's day comes to the verdicts and reasons that it names, and no fault passes."""
    await hold(scenario, tmp_path)
