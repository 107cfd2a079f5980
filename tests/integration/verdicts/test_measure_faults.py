"""The fault table, what is measured on demand: drill, flatten, reconcile, and the self-test that they all rest on."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.criteria import CRITERIA
from bot.domain.evidence import Evidence, PlantedRows
from tests.support.evidence import OPENS
from tests.support.faults import (
    ALWAYS,
    closes_positions,
    controls,
    database_down,
    flattens_without_answer,
    hangs,
    no_script,
    opens_position,
    order_book_gone,
    plan_reaches,
    reads_blindly,
    reconciles,
    refuses,
    restarts,
    says,
    script_ends,
    trades_live,
    typed,
)
from tests.support.scenario import HEARTBEATS, Change, Scenario, fault, harmless, hold, judged
from tests.support.simulated_day import CLOSE

_NO_DRILL = {"drills": ()}
_TWICE = {"drills": (20.0, 60.0)}
_NOT_RUN = {"drill": "INCONCLUSIVE not_run", "flatten": "INCONCLUSIVE not_run"}
_FLAT = {"flatten": "INCONCLUSIVE already_flat"}
_FIRST = (20.1, 40.0)  # from after the drill's preflight until long after its end
_FOUND = PlantedRows(check="duplicates", digest="", found=1)


def _rows(found: int | None, **fields: object) -> PlantedRows:
    return _FOUND.model_copy(update={"found": found, **fields})


def _injected(injected: bool) -> Change:
    def change(evidence: Evidence) -> Evidence:
        return replace(evidence, drills=[run.model_copy(update={"injected": injected}) for run in evidence.drills])

    return change


def _tried(*criteria: str) -> Change:
    def change(evidence: Evidence) -> Evidence:
        assert evidence.selftest is not None
        cases = tuple(case for case in evidence.selftest.cases if case.criterion in criteria)
        return replace(evidence, selftest=evidence.selftest.model_copy(update={"cases": cases}))

    return change


TABLE = [
    # the drill
    fault("no drill was run", day=_NO_DRILL, **_NOT_RUN),
    fault("the drill was run before the open", day={"drills": (-5.0,)}, **_NOT_RUN),
    fault("the drill was run after the close", day={"drills": (CLOSE + 1,), "closes": 20.0}, **_NOT_RUN),
    harmless("the drill was run in the last second", day={"drills": (CLOSE - 0.2,)}),
    judged("a drill whose plan was not injected", _injected(False), drill="INCONCLUSIVE not_injected"),
    fault("no script injects plans", no_script(), **_NOT_RUN),
    fault("the trader trades with real money", trades_live(), **_NOT_RUN),
    fault("the trader is not ready", refuses(*ALWAYS, "/ready", 503, '{"mode": "paper"}'), **_NOT_RUN),
    fault("the trader holds a position already", opens_position(10), **_NOT_RUN),
    fault("the script fails", script_ends(2), drill="INCONCLUSIVE counter_unread", **_FLAT),
    fault("the script never ends", script_ends(None, "it was stopped"), drill="INCONCLUSIVE counter_unread", **_FLAT),
    fault("the script says done, and nothing happens", script_ends(0), drill="FAIL counter_not_risen", **_FLAT),
    fault("no order is counted", plan_reaches(orders=False), drill="FAIL counter_not_risen"),
    fault("no OCO child is counted", plan_reaches(children=False), drill="FAIL counter_not_risen"),
    fault("no row comes", plan_reaches(rows=()), drill="FAIL rows_missing"),
    fault("no row of the children comes", plan_reaches(rows=(None,)), drill="FAIL rows_missing"),
    fault("no row of the parent comes", plan_reaches(rows=("7", "7")), drill="FAIL rows_missing"),
    fault("the order counter is NaN", says(*_FIRST, orders="NaN"), drill="INCONCLUSIVE counter_unread"),
    fault(
        "a counter is reset during the drill", says(-10, 20.2, orders="9"), plan_reaches(),
        drill="INCONCLUSIVE counter_reset",
    ),
    fault(
        "the trader fails while counters are looked at", plan_reaches(counters_after=0.3),
        refuses(20.6, 21.4, "/metrics"), drill="INCONCLUSIVE not_measured",
    ),
    fault(
        "the trader starts anew during the drill", plan_reaches(counters_after=0.3), restarts(20.6, away=0.8),
        drill="INCONCLUSIVE not_measured", flatten="FAIL too_slow", retries="INCONCLUSIVE counter_reset",
    ),
    fault("the database fails during the drill", database_down(*_FIRST), drill="INCONCLUSIVE rows_unread"),
    fault(
        "no database is configured", order_book_gone(),
        drill="INCONCLUSIVE rows_unread", reconcile="INCONCLUSIVE database_error",
    ),
    fault(
        "a drill that failed and one that did not", plan_reaches(counters_after=30), day=_TWICE,
        drill="FAIL counter_not_risen",
    ),
    harmless("a drill that was cut short and one that was not", database_down(*_FIRST), day=_TWICE),
    # the flatten
    fault("positions are never closed", closes_positions(None), flatten="FAIL too_slow"),
    fault("positions are closed after 4 s", closes_positions(4.0), flatten="FAIL too_slow"),
    fault("positions are closed after the last look", closes_positions(30.0), flatten="FAIL too_slow"),
    fault("the flatten hangs, and nothing is closed", hangs(*_FIRST, "/flatten", 10.0), flatten="FAIL too_slow"),
    fault("the flatten's answer is lost", flattens_without_answer(*_FIRST), flatten="INCONCLUSIVE no_answer"),
    fault("an error, and positions are closed", closes_positions(0.31, 500), flatten="INCONCLUSIVE error_answer"),
    fault("an error, and positions stay", closes_positions(None, 503), flatten="FAIL too_slow"),
    fault(
        "an error, and positions were last seen open", closes_positions(None, 500), refuses(21, 40, "/positions"),
        flatten="FAIL error_answer",
    ),
    fault("positions are not told before", refuses(20.1, 20.6, "/positions"), flatten="INCONCLUSIVE positions_unknown"),
    fault("positions are not told after", refuses(20.6, 40, "/positions"), flatten="INCONCLUSIVE never_flat"),
    fault("positions are told again too late", refuses(20.6, 23, "/positions"), flatten="INCONCLUSIVE ambiguous"),
    fault(
        "positions are no number", refuses(20.6, 40, "/positions", 200, '{"count": -1}'),
        flatten="INCONCLUSIVE never_flat",
    ),
    fault("there was nothing to flatten", typed(60, "flatten"), day=_NO_DRILL, drill="INCONCLUSIVE not_run", **_FLAT),
    harmless("a flatten of nothing beside one that was quick", typed(60, "flatten")),
    fault(
        "a flatten outside of the session", opens_position(CLOSE + 1), typed(CLOSE + 2, "flatten"),
        day={"drills": (), "closes": 20.0}, **_NOT_RUN,
    ),
    harmless("a slow flatten outside of the session", opens_position(-9), closes_positions(0.3), typed(-8, "flatten")),
    fault(
        "one quick and one late", opens_position(60), closes_positions(4.0, at=50), typed(61, "flatten"),
        flatten="FAIL too_slow",
    ),
    fault(
        "one late and one quick", closes_positions(4.0), closes_positions(0.3, at=50), opens_position(60),
        typed(61, "flatten"), flatten="FAIL too_slow",
    ),
    # reconcile
    fault("a duplicate", reconciles({"duplicates": 1}), reconcile="FAIL violations"),
    fault(
        "orphans beside a check that could not run", reconciles({"orphans": 2, "duplicates": "it was cut off"}),
        reconcile="FAIL violations",
    ),
    fault(
        "a duplicate that is gone by the close", reconciles({"duplicates": 1}), typed(60, "reconcile"),
        reconciles({"duplicates": 0}, at=70), reconcile="FAIL violations",
    ),
    fault(
        "a duplicate after a clean reconcile", reconciles({"duplicates": 0}), typed(60, "reconcile"),
        reconciles({"duplicates": 1}, at=70), reconcile="FAIL violations",
    ),
    fault("the database is down", reconciles(orders=None, error="it is away"), reconcile="INCONCLUSIVE database_error"),
    fault(
        "a check times out", reconciles({"duplicates": "no answer within 15 s"}),
        reconcile="INCONCLUSIVE database_error",
    ),
    fault("no order in the session", reconciles({"duplicates": 0}, orders=0), reconcile="INCONCLUSIVE no_orders"),
    fault("orders were not counted", reconciles({"duplicates": 0}, orders=None), reconcile="INCONCLUSIVE no_orders"),
    fault("no check at all", reconciles({}), reconcile="INCONCLUSIVE no_checks"),
    fault(
        "the session's end is not reconciled",
        reconciles({"duplicates": 0}, closed=OPENS + timedelta(seconds=CLOSE - 1)),
        reconcile="INCONCLUSIVE window_not_covered",
    ),
    fault(
        "well in the session, and away at the close", typed(60, "reconcile"),
        reconciles(orders=None, error="away", at=70,
    ),
          reconcile="INCONCLUSIVE database_error"),
    # the self-test
    judged(
        "no self-test", lambda evidence: replace(evidence, selftest=None), everything="INCONCLUSIVE not_self_tested",
    ),
    judged("a criterion was not tried", _tried(*CRITERIA[1:]), leader="INCONCLUSIVE self_test_failed"),
    judged("nothing was tried", _tried(), everything="INCONCLUSIVE self_test_failed"),
    fault("a check misses what was planted", controls(_rows(0)), reconcile="INCONCLUSIVE self_test_failed"),
    fault("a check misses one of two", controls(_rows(1, expected=2)), reconcile="INCONCLUSIVE self_test_failed"),
    fault(
        "a check finds more than was planted", controls(_rows(3, expected=2)),
        reconcile="INCONCLUSIVE self_test_failed",
    ),
    fault(
        "a control cannot run", controls(_rows(None, error="no such table")),
        reconcile="INCONCLUSIVE self_test_failed",
    ),
    fault("no control can run", controls(error="the database is away"), reconcile="INCONCLUSIVE self_test_failed"),
    fault("another check was tried", controls(_rows(1, check="orphans")), reconcile="INCONCLUSIVE self_test_failed"),
    fault("the check was changed since", controls(_rows(1, digest="other")), reconcile="INCONCLUSIVE self_test_failed"),
    harmless("a check without a control", controls(uncontrolled=("duplicates",))),
    fault("the leader is read blindly", reads_blindly("leader"), leader="INCONCLUSIVE self_test_failed"),
    fault("heartbeats are read blindly", reads_blindly(*HEARTBEATS), heartbeats="INCONCLUSIVE self_test_failed"),
]  # fmt: skip


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
async def test_the_table_holds(scenario: Scenario, tmp_path: Path) -> None:
    """Each row's day comes to the verdicts and reasons that it names, and no fault passes."""
    await hold(scenario, tmp_path)
