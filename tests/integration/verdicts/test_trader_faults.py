"""The fault table, the trader: leader lock, heartbeats, a process that dies, hangs, answers errors or starts anew."""

from pathlib import Path

import pytest

from bot.domain.metrics import Metrics
from tests.support.faults import ALWAYS, answers, down, hangs, refuses, restarts, says, slow
from tests.support.scenario import Scenario, fault, harmless, hold
from tests.support.simulated_day import CLOSE

_TWO = 'trader_is_leader{instance="a"} 1\ntrader_is_leader{instance="b"} 0\n'
_ONE_OF_TWO = {"metrics": Metrics.model_validate({"leader": 'trader_is_leader{instance="a"}'})}
_OTHER_OF_TWO = {"metrics": Metrics.model_validate({"leader": 'trader_is_leader{instance="b"}'})}
_NOT_DRILLED = {"drill": "INCONCLUSIVE not_run", "flatten": "INCONCLUSIVE not_run"}
_UNSEEN = {"sampled": "INCONCLUSIVE gap"}


def _frozen(at: float) -> str:
    """Return the age of a feed whose last message came at 59.5 s."""
    return f"{at - 59.5}"


def _stalled(at: float) -> str:
    """Return the age of a feed that was still from 57.2 s to 62.4 s."""
    return f"{at - 57.2 if at < 62.4 else at - 62.4:.3f}"


TABLE = [
    harmless("nothing is planted"),
    # the leader lock
    fault("leader lost for one scrape", says(60, 61, leader="0"), leader="FAIL not_leader"),
    fault("leader lost for half a minute", says(60, 90, leader="0"), leader="FAIL not_leader"),
    fault("leader lost until the close", says(70, CLOSE + 9, leader="0"), leader="FAIL not_leader"),
    fault("leader flaps", *(says(at, at + 1, leader="0") for at in range(40, 90, 7)), leader="FAIL not_leader"),
    fault("leader lost in the first scrape", says(0, 1, leader="0"), leader="FAIL not_leader"),
    fault("leader lost in the last scrape", says(CLOSE - 1, CLOSE, leader="0"), leader="FAIL not_leader"),
    harmless("leader lost before the open only", says(-10, 0, leader="0")),
    harmless("leader lost after the close only", says(CLOSE + 0.1, CLOSE + 90, leader="0")),
    fault("leader is neither 0 nor 1", says(60, 61, leader="2"), leader="FAIL not_leader"),
    fault("leader gauge gone for one scrape", says(60, 61, leader=None), leader="INCONCLUSIVE missing"),
    fault("leader gauge gone all day", says(*ALWAYS, leader=None), leader="INCONCLUSIVE missing", **_NOT_DRILLED),
    fault("two traders in one exposition", says(60, 61, leader=_TWO), leader="INCONCLUSIVE several_series"),
    harmless("two traders, the selector names the leader", says(*ALWAYS, leader=_TWO), day=_ONE_OF_TWO),
    fault(
        "two traders, the selector names the other", says(30, CLOSE + 1, leader=_TWO),
        day=_OTHER_OF_TWO, leader="FAIL not_leader", **_NOT_DRILLED,
    ),
    # heartbeats
    fault("market data stale for one scrape", says(60, 61, marketdata="5.5"), marketdata="FAIL stale"),
    fault("order stream stale for one scrape", says(60, 61, order_stream="7"), order_stream="FAIL stale"),
    fault("scan stale for one scrape", says(60, 61, scan="1e3"), scan="FAIL stale"),
    fault("market data dies", says(60, CLOSE + 9, marketdata=lambda t: f"{t - 59.75}"), marketdata="FAIL stale"),
    fault("market data never came", says(*ALWAYS, marketdata="+Inf"), marketdata="FAIL stale"),
    fault("a heartbeat gauge gone for one scrape", says(60, 61, scan=None), scan="INCONCLUSIVE missing"),
    fault(
        "all heartbeats gone and back", says(60, 90, marketdata=None, order_stream=None, scan=None),
        heartbeats="INCONCLUSIVE missing",
    ),
    fault(
        "every feed freezes for 12 s", says(60, 72, marketdata=_frozen, order_stream=_frozen, scan=_frozen),
        heartbeats="FAIL stale",
    ),
    # the process
    fault("it starts anew at once", restarts(60, away=0.1), retries="INCONCLUSIVE counter_reset"),
    fault("it starts anew within 3 s", restarts(60, away=3), retries="INCONCLUSIVE counter_reset"),
    fault("it starts anew and was away for 20 s", restarts(60, away=20), **_UNSEEN),
    fault(
        "it crashes in a loop", *(restarts(at, away=1.2) for at in range(40, 80, 5)),
        retries="INCONCLUSIVE counter_reset",
    ),
    fault(
        "it starts anew and names no start time", says(*ALWAYS, started=None), restarts(60, away=0.1),
        retries="INCONCLUSIVE counter_reset",
    ),
    harmless("it starts anew before the open", restarts(-8, away=2)),
    fault("it starts anew on the open", restarts(-1, away=1), retries="INCONCLUSIVE counter_reset"),
    harmless("it is down for one scrape", down(60, 61)),
    harmless("it is down for one scrape, now and then", *(down(at, at + 1) for at in range(30, 90, 9))),
    fault("it is down for 10 s", down(60, 70), **_UNSEEN),
    fault("it is down over the open", down(-10, 7), sampled="INCONCLUSIVE edge_uncovered"),
    fault("it is down over the close", down(CLOSE - 10, CLOSE + 20), sampled="INCONCLUSIVE edge_uncovered"),
    harmless("it is down at the close, and soon seen again", down(CLOSE - 2, CLOSE + 5)),
    fault(
        "it is down at the close, and not seen again", down(CLOSE - 2, CLOSE + 90),
        retries="INCONCLUSIVE edge_uncovered",
    ),
    fault(
        "it comes 3 s after the open", down(-10, 3), heartbeats="INCONCLUSIVE edge_uncovered",
        retries="INCONCLUSIVE edge_uncovered",
    ),
    fault("it is down all day", down(*ALWAYS), sampled="INCONCLUSIVE no_samples", **_NOT_DRILLED),
    fault("it hangs for 10 s", hangs(60, 70), **_UNSEEN),
    harmless("it hangs for one scrape", hangs(60, 61)),
    harmless("it answers after 0.9 s", slow(40, 60, 0.9)),
    fault(
        "it stalls for 1.95 s, and answers once a heartbeat is young again",
        slow(60.5, 61, 1.95), says(57, 64, scan=_stalled), scan="INCONCLUSIVE hidden_age",
    ),
    fault("it answers 500 for 10 s", refuses(60, 70, "/metrics"), **_UNSEEN),
    harmless("it answers 500 once", refuses(60, 61, "/metrics")),
    fault(
        "it answers 404 from the open on", refuses(21.5, CLOSE + 1, "/metrics", status=404),
        sampled="INCONCLUSIVE edge_uncovered",
    ),
    fault("it redirects for 10 s", answers(60, 70, str, status=302), **_UNSEEN),
    fault("a proxy answers 503 with metrics", answers(60, 70, str, status=503), **_UNSEEN),
]  # fmt: skip


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
async def test_the_table_holds(scenario: Scenario, tmp_path: Path) -> None:
    """Each row's day comes to the verdicts and reasons that it names, and no fault passes."""
    await hold(scenario, tmp_path)
