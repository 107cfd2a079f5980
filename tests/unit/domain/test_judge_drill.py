"""Drills: what a plan must have caused, and which of several drills decides."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.evidence import CounterRise, DrillRun
from bot.domain.judge import judge, judge_drill
from bot.domain.policy import Policy
from tests.support.evidence import clean_drill, known, session_of

SESSION = session_of()


def drill(**changes: Any) -> DrillRun:
    """Return a good drill with some fields changed."""
    return clean_drill(SESSION).model_copy(update=changes)


def rise(before: float | None, after: float | None) -> CounterRise:
    """Return a counter's readings before and after the plan."""
    return CounterRise(before=before, after=after)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({}, "PASS", "proven"),
        ({"trouble": "the flatten was slow"}, "PASS", "proven"),
        ({"orders_placed": rise(2.0, 2.0)}, "FAIL", "counter_not_risen"),
        ({"oco_children_created": rise(0.0, 0.0)}, "FAIL", "counter_not_risen"),
        ({"parent_rows": 0}, "FAIL", "rows_missing"),
        ({"child_rows": 0}, "FAIL", "rows_missing"),
        ({"orders_placed": rise(None, 3.0), "child_rows": 0}, "FAIL", "rows_missing"),
        ({"orders_placed": rise(None, 3.0)}, "INCONCLUSIVE", "counter_unread"),
        ({"orders_placed": rise(2.0, None)}, "INCONCLUSIVE", "counter_unread"),
        ({"orders_placed": rise(float("nan"), 3.0)}, "INCONCLUSIVE", "counter_unread"),
        ({"orders_placed": rise(2.0, float("inf"))}, "INCONCLUSIVE", "counter_unread"),
        ({"orders_placed": rise(2.0, 1.0)}, "INCONCLUSIVE", "counter_reset"),
        ({"orders_placed": rise(2.0, 2.0), "trouble": "cut off"}, "INCONCLUSIVE", "not_measured"),
        ({"child_rows": 0, "trouble": "cut off"}, "INCONCLUSIVE", "not_measured"),
        ({"parent_rows": None, "trouble": "no database."}, "INCONCLUSIVE", "rows_unread"),
        ({"injected": False}, "INCONCLUSIVE", "not_injected"),
        ({"injected": False, "trouble": "connection refused"}, "INCONCLUSIVE", "not_injected"),
    ],
)
def test_one_drill(changes: dict[str, Any], verdict: str, reason: str) -> None:
    """A drill passes when both counters rose and parent and child rows exist, and says what was wrong otherwise."""
    finding = judge_drill(Policy(), drill(**changes))
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.detail


def test_trouble_is_told() -> None:
    """The sentence carries what kept the drill from being measured."""
    finding = judge_drill(Policy(), drill(injected=False, trouble="connection refused."))
    assert finding.detail == "The plan was not injected (connection refused)."
    unread = judge_drill(Policy(), drill(orders_placed=rise(2.0, None), trouble="exit code 7"))
    assert unread.detail == "The counter of orders placed was not read after the plan (exit code 7)."


GOOD, BAD = drill(), drill(child_rows=0)
UNREAD = drill(parent_rows=None)
EARLY = drill(started_at=SESSION.opens - timedelta(seconds=1))
LATE = drill(started_at=SESSION.closes + timedelta(seconds=1))
LATE_BAD = drill(started_at=SESSION.closes + timedelta(seconds=1), child_rows=0)


@pytest.mark.parametrize(
    ("drills", "verdict", "reason"),
    [
        ([], "INCONCLUSIVE", "not_run"),
        ([EARLY, LATE, LATE_BAD], "INCONCLUSIVE", "not_run"),
        ([drill(started_at=SESSION.opens)], "PASS", "proven"),
        ([drill(started_at=SESSION.closes)], "PASS", "proven"),
        ([GOOD, LATE_BAD], "PASS", "proven"),
        ([GOOD, UNREAD], "PASS", "proven"),
        ([UNREAD], "INCONCLUSIVE", "rows_unread"),
        ([GOOD, BAD, UNREAD], "FAIL", "rows_missing"),
    ],
)
def test_drills_of_a_session(drills: list[DrillRun], verdict: str, reason: str) -> None:
    """A failed drill decides, then one that passed; those outside the session are no attempt."""
    for order in (drills, drills[::-1]):
        found = next(c for c in judge(Policy(), SESSION, known(drills=order)).criteria if c.id == "drill")
        assert (found.verdict, found.reason) == (verdict, reason)
