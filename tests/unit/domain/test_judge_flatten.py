"""Flattens: the interval in which positions became zero, held to its limit from both sides."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.evidence import FlattenTiming
from bot.domain.judge import judge, judge_flatten
from bot.domain.policy import Policy
from tests.support.evidence import clean_flatten, known, session_of

SESSION = session_of()


def timing(seconds: float = 70.0, **changes: Any) -> FlattenTiming:
    """Return a good flatten with some fields changed."""
    return clean_flatten(SESSION, seconds=seconds).model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({}, "PASS", "proven"),
        ({"low": None}, "PASS", "proven"),
        ({"low": 1.95, "high": 2.0}, "PASS", "proven"),
        ({"low": 1.95, "high": 2.001}, "INCONCLUSIVE", "ambiguous"),
        ({"low": None, "high": 3.0}, "INCONCLUSIVE", "ambiguous"),
        ({"low": 2.0, "high": 2.05}, "INCONCLUSIVE", "ambiguous"),
        ({"low": 2.001, "high": 2.05}, "FAIL", "too_slow"),
        ({"low": 9.0, "high": None, "positions_after": 1}, "FAIL", "too_slow"),
        ({"low": 9.0, "high": None, "status": None, "error": "time limit"}, "FAIL", "too_slow"),
        ({"low": 9.0, "positions_before": None}, "FAIL", "too_slow"),
        ({"status": 500, "positions_after": 1, "low": 0.5, "high": None}, "FAIL", "error_answer"),
        ({"status": 400, "positions_after": 0}, "INCONCLUSIVE", "error_answer"),
        ({"status": 503, "positions_after": None, "high": None}, "INCONCLUSIVE", "error_answer"),
        ({"status": None}, "PASS", "proven"),
        ({"status": None, "error": "connection refused"}, "INCONCLUSIVE", "no_answer"),
        ({"high": None, "positions_after": None, "error": "positions unreachable"}, "INCONCLUSIVE", "never_flat"),
        ({"positions_before": None}, "INCONCLUSIVE", "positions_unknown"),
        ({"positions_before": 0, "low": None, "high": 0.01}, "INCONCLUSIVE", "already_flat"),
        ({"high": float("nan")}, "INCONCLUSIVE", "ambiguous"),
    ],
)
def test_one_flatten(changes: dict[str, Any], verdict: str, reason: str) -> None:
    """A flatten passes when zero was seen within the limit, and fails when positions were seen after it."""
    finding = judge_flatten(Policy(), timing(**changes))
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.detail


def test_the_sentence_has_its_numbers() -> None:
    """A trader reads how many positions, how long, and the limit."""
    assert judge_flatten(Policy(), timing()).detail == "1 position closed within 0.36 s; the limit is 2 s."


SLOW, UNCLEAR = timing(80, low=3.0, high=3.05), timing(80, low=1.9, high=2.1)
LOST = timing(60, status=None, error="connection refused", high=None, low=None)
FLAT = timing(90, positions_before=0, low=None, high=0.01)


@pytest.mark.parametrize(
    ("timings", "verdict", "reason"),
    [
        ([], "INCONCLUSIVE", "not_run"),
        ([FLAT], "INCONCLUSIVE", "already_flat"),
        ([timing(), FLAT], "PASS", "proven"),
        ([timing(), SLOW, UNCLEAR], "FAIL", "too_slow"),
        ([SLOW, timing(200)], "FAIL", "too_slow"),
        ([UNCLEAR, timing(200)], "INCONCLUSIVE", "ambiguous"),
        ([LOST, timing()], "PASS", "proven"),
        ([timing(), LOST.model_copy(update={"started_at": SESSION.closes})], "INCONCLUSIVE", "no_answer"),
        ([timing(started_at=SESSION.closes + timedelta(seconds=1))], "PASS", "proven"),
    ],
)
def test_flattens_of_a_day(timings: list[FlattenTiming], verdict: str, reason: str) -> None:
    """A slow one decides, then an ambiguous one; one that could not be measured is made good by a later PASS only."""
    for order in (timings, timings[::-1]):
        found = next(c for c in judge(Policy(), SESSION, known(flattens=order)).criteria if c.id == "flatten")
        assert (found.verdict, found.reason) == (verdict, reason)
