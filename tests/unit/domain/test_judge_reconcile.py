"""Reconcile: any row is a violation, and a clean answer counts only over the whole session."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.evidence import ReconcileCheck, ReconcileRun
from bot.domain.judge import judge, judge_reconcile, judge_reconcile_check
from bot.domain.policy import Policy
from tests.support.evidence import clean_reconcile, known, session_of

SESSION = session_of()
CLEAN = ReconcileCheck(name="duplicates", rows=0)
DIRTY = ReconcileCheck(name="orphans", rows=2)
BROKEN = ReconcileCheck(name="orphans", rows=None, error="relation orders does not exist.")


def run(**changes: Any) -> ReconcileRun:
    """Return a clean run with some fields changed."""
    return clean_reconcile(SESSION).model_copy(update=changes)


@pytest.mark.parametrize(
    ("check", "verdict", "reason"),
    [
        (CLEAN, "PASS", "proven"),
        (DIRTY, "FAIL", "violations"),
        (DIRTY.model_copy(update={"rows": 1, "error": "cut off"}), "FAIL", "violations"),
        (BROKEN, "INCONCLUSIVE", "database_error"),
        (CLEAN.model_copy(update={"error": "timeout"}), "INCONCLUSIVE", "database_error"),
        (CLEAN.model_copy(update={"rows": None}), "INCONCLUSIVE", "database_error"),
    ],
)
def test_one_check(check: ReconcileCheck, verdict: str, reason: str) -> None:
    """A check passes only if it ran and returned no row."""
    finding = judge_reconcile_check(check)
    assert (finding.verdict, finding.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({}, "PASS", "proven"),
        ({"orders": 1}, "PASS", "proven"),
        ({"orders": 0}, "INCONCLUSIVE", "no_orders"),
        ({"orders": -1}, "INCONCLUSIVE", "no_orders"),
        ({"orders": None}, "INCONCLUSIVE", "no_orders"),
        ({"checks": ()}, "INCONCLUSIVE", "no_checks"),
        ({"checks": (CLEAN, BROKEN)}, "INCONCLUSIVE", "database_error"),
        ({"error": "connection refused"}, "INCONCLUSIVE", "database_error"),
        ({"checks": (CLEAN, DIRTY, BROKEN), "orders": 0, "error": "x"}, "FAIL", "violations"),
    ],
)
def test_one_run(changes: dict[str, Any], verdict: str, reason: str) -> None:
    """A run passes if every check was clean over at least one order; a violation outweighs all trouble."""
    finding = judge_reconcile(run(**changes))
    assert (finding.verdict, finding.reason) == (verdict, reason)


LATER = SESSION.closes + timedelta(hours=1)
EARLY = run(at=SESSION.opens + timedelta(minutes=5), closed=SESSION.opens + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("runs", "verdict", "reason"),
    [
        ([], "INCONCLUSIVE", "not_run"),
        ([EARLY, run()], "PASS", "proven"),
        ([EARLY], "INCONCLUSIVE", "window_not_covered"),
        ([run(opened=SESSION.opens + timedelta(seconds=1))], "INCONCLUSIVE", "window_not_covered"),
        ([run(closed=SESSION.closes - timedelta(seconds=1))], "INCONCLUSIVE", "window_not_covered"),
        ([run(checks=(DIRTY,)), run(at=LATER)], "FAIL", "violations"),
        ([run(), run(at=LATER, error="connection refused")], "INCONCLUSIVE", "database_error"),
        ([run(), run(error="connection refused")], "INCONCLUSIVE", "database_error"),
        ([run(error="connection refused"), run(at=LATER)], "PASS", "proven"),
    ],
)
def test_runs_of_a_day(runs: list[ReconcileRun], verdict: str, reason: str) -> None:
    """Any violation of the day decides, else the newest run, which must cover the whole session."""
    for order in (runs, runs[::-1]):
        found = next(c for c in judge(Policy(), SESSION, known(reconciles=order)).criteria if c.id == "reconcile")
        assert (found.verdict, found.reason) == (verdict, reason)
