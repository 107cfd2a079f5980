"""The fault table, times at which nobody looked: a bot that is away, a clock that steps, a day that nobody closes."""

from pathlib import Path

import pytest

from bot.domain.policy import Policy
from tests.support.faults import (
    bot_away,
    counts,
    down,
    prometheus,
    restarts,
    says,
    stands_still,
    typed,
    wall_steps,
)
from tests.support.scenario import Scenario, asking_prometheus, fault, harmless, hold
from tests.support.simulated_day import CLOSE

_GAP = {"sampled": "INCONCLUSIVE gap"}
_EDGE = {"sampled": "INCONCLUSIVE edge_uncovered"}
_LATE = {"closes": 700.0}
_WITHOUT_ALERTS = Policy(excluded={"alerts": "no Prometheus on this host"})
_STEPS = (0.4, 2, 61, 600, -0.4, -2, -61, -600)  # seconds

TABLE = [
    # the bot is away, and nobody fills its hole
    harmless("away for 3 s", bot_away(60, 63)),
    harmless("away for 3 s, again and again", *(bot_away(at, at + 3) for at in range(30, 90, 15))),
    harmless("killed for 2 s, and a second of samples lost", bot_away(60, 62, killed=True)),
    fault("away for 6 s", bot_away(60, 66), **_GAP),
    fault("away for 65 s", bot_away(25, 90), **_GAP, alerts="INCONCLUSIVE not_watched"),
    fault("killed for 4.6 s", bot_away(60, 64.6, killed=True), **_GAP),
    fault("away from before the open", bot_away(-5, 8), **_EDGE),
    harmless("away over the open, for 4.5 s", bot_away(-2, 2)),
    fault(
        "away until just after the open", bot_away(-5, 2), heartbeats="INCONCLUSIVE edge_uncovered",
        retries="INCONCLUSIVE edge_uncovered",
    ),
    fault("away over the close", bot_away(CLOSE - 10, CLOSE + 250), **_EDGE),
    fault("away from just before the close", bot_away(CLOSE - 1, CLOSE + 250), retries="INCONCLUSIVE edge_uncovered"),
    fault("away all day, but for a moment", bot_away(3, CLOSE - 1), **_GAP, alerts="INCONCLUSIVE not_watched"),
    fault("away while the leader is lost, and back after", bot_away(60, 90), says(62, 88, leader="0"), **_GAP),
    fault(
        "away while the leader is lost, and back before", bot_away(60, 90), says(62, 92, leader="0"), **_GAP,
        leader="FAIL not_leader",
    ),
    fault(
        "away while retries pile up", bot_away(60, 63), counts("token_refresh", 61, by=9),
        token_refresh="FAIL exceeded",
    ),
    fault(
        "away while the trader starts anew", bot_away(60, 63), restarts(61, away=0.5),
        retries="INCONCLUSIVE counter_reset",
    ),
    # Prometheus fills the hole
    *asking_prometheus(
        harmless("a minute is filled", bot_away(35, 90)),
        harmless("killed, and filled", bot_away(60, 90, killed=True)),
        harmless("the open is filled", bot_away(-5, 8)),
        harmless("the close is filled", bot_away(CLOSE - 10, CLOSE + 250), day=_LATE),
        harmless("two holes are filled", bot_away(30, 50), bot_away(70, 90)),
        fault("filled: the leader was lost", bot_away(60, 90), says(70, 72, leader="0"), leader="FAIL not_leader"),
        fault("filled: a heartbeat was stale", bot_away(60, 90), says(70, 72, scan="8"), scan="FAIL stale"),
        fault("filled: a heartbeat was NaN", bot_away(60, 90), says(70, 72, scan="NaN"), scan="INCONCLUSIVE nan"),
        fault(
            "filled: the leader gauge was gone", bot_away(60, 90), says(70, 72, leader=None),
            leader="INCONCLUSIVE missing",
        ),
        fault(
            "filled: retries piled up", bot_away(60, 90), counts("rate_limit", 70, by=11),
            rate_limit="FAIL exceeded",
        ),
        fault("filled: the scan loop stood still", bot_away(30, 85), stands_still(25, 92), ticks="FAIL no_increase"),
        fault(
            "filled: the trader started anew", bot_away(60, 90), restarts(70, away=1),
            retries="INCONCLUSIVE counter_reset",
        ),
        fault("filled: the trader was down", bot_away(60, 90), down(70, 80), **_GAP),
        fault("filled in part: Prometheus was down too", bot_away(60, 90), prometheus(dead=[(70, 85)]), **_GAP),
        fault("filled at the edges only", bot_away(60, 90), prometheus(dead=[(62, 88)]), **_GAP),
        fault(
            "filled at the close: Prometheus is away until then", bot_away(60, 90), prometheus(away=[(35, CLOSE + 1)]),
            alerts="INCONCLUSIVE not_watched",
        ),
        fault(
            "not filled: Prometheus is away", bot_away(60, 90), prometheus(away=[(60, 900)]), **_GAP,
            alerts="INCONCLUSIVE history_incomplete",
        ),
        fault(
            "not filled: its clock is 2 s off", bot_away(60, 90), prometheus(ahead=2.0), **_GAP,
            alerts="INCONCLUSIVE history_incomplete",
        ),
        harmless("filled: its clock is 0.25 s off", bot_away(60, 90), prometheus(ahead=0.25)),
        fault("not filled: two targets are this trader", bot_away(60, 90), prometheus(instances=2), **_GAP),
        fault("filled: it scrapes every 15 s", bot_away(50, 95), prometheus(scrape_every=15.0), **_GAP),
        fault("filled: it scrapes every 5 s", bot_away(50, 95), prometheus(scrape_every=5.0), **_GAP),
        harmless("filled: it scrapes every 4 s", bot_away(50, 95), prometheus(scrape_every=4.0)),
    ),
    # the wall clock steps
    *(harmless(f"the clock steps by {by:+g} s", wall_steps(60, by), day=_LATE) for by in _STEPS),
    fault("the clock steps by half an hour over a hole", wall_steps(63, 1800), down(60, 70), **_GAP),
    fault("the clock steps back over a hole", wall_steps(63, -600), down(60, 70), day=_LATE, **_GAP),
    fault("the clock steps back by a hole's length", wall_steps(70, -10), down(60, 70), day=_LATE, **_GAP),
    fault(
        "the clock steps back while the leader is lost", wall_steps(65, -600), says(60, 70, leader="0"), day=_LATE,
        leader="FAIL not_leader",
    ),
    fault(
        "the clock steps back before a pile", wall_steps(65, -400), counts("rate_limit", 60, 70, by=6), day=_LATE,
        rate_limit="FAIL exceeded",
    ),
    fault(
        "the clock steps over the close, and the day is closed", wall_steps(65, 600), day={"closes": -30.0}, **_EDGE,
    ),
    fault(
        "the clock steps back, and the bot starts anew", bot_away(60, 90), wall_steps(75, -60), day=_LATE, **_GAP,
    ),
    fault(
        "the clock steps back by as long as the bot was away", bot_away(60, 90), wall_steps(75, -30), says(
            70, 80, leader="0"
        ), day=_LATE, **_GAP,
    ),
    harmless("the clock steps forward, and the bot starts anew", bot_away(60, 63), wall_steps(61, 30)),
    # the day's end
    fault(
        "nobody closes the day", day={"closes": None}, reconcile="INCONCLUSIVE not_run",
        alerts="INCONCLUSIVE history_incomplete",
    ),
    fault(
        "nobody closes the day, and the leader was lost", says(60, 61, leader="0"), day={"closes": None},
        leader="FAIL not_leader", reconcile="INCONCLUSIVE not_run", alerts="INCONCLUSIVE history_incomplete",
    ),
    *asking_prometheus(
        fault(
            "nobody closes the day, and an alert had fired", prometheus(fired=[(60, 70, "TraderDown")]),
            day={"closes": None}, alerts="FAIL fired", reconcile="INCONCLUSIVE not_run",
        ),
    ),
    fault(
        "nobody closes the day, with all the rest in order", typed(CLOSE + 2, "reconcile"), lapses=True,
        day={"closes": None, "policy": _WITHOUT_ALERTS},
    ),
    *asking_prometheus(
        fault(
            "nobody closes the day, and an alert fired", prometheus(fired=[(60, 70, "TraderDown")]),
            day={"closes": None}, alerts="FAIL fired", reconcile="INCONCLUSIVE not_run",
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
async def test_the_table_holds(scenario: Scenario, tmp_path: Path) -> None:
    """Each row's day comes to the verdicts and reasons that it names, and no fault passes."""
    await hold(scenario, tmp_path)
