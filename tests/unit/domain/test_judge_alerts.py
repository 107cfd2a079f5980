"""Alerts: one that fired is FAIL, and silence is PASS only where it was proven to be silence."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.criteria import CriterionResult
from bot.domain.evidence import RULES_FIRING, RULES_PROBLEMS, RULES_STARTED, AlertRule, Evidence, FiringAlert
from bot.domain.judge import judge
from bot.domain.policy import AlertWatch, Policy
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from tests.support.evidence import (
    STARTED,
    clean_alerts,
    clean_looks,
    gauge,
    known,
    sample_at,
    session_of,
    with_reading,
)

SESSION = session_of()
POLICY = Policy(alerts=AlertWatch(interval=timedelta(seconds=15)))
LOOKS = clean_looks(SESSION, POLICY)
BEFORE, AFTER = SESSION.opens - timedelta(seconds=9), SESSION.closes + timedelta(seconds=9)


def judged(looks: list[Sample], **changes: Any) -> CriterionResult:
    """Return the result of the alerts, with some fields of a clean history changed."""
    evidence = known(alert_looks=looks, alerts=clean_alerts().model_copy(update=changes))
    return next(found for found in judge(POLICY, SESSION, evidence).criteria if found.id == "alerts")


def firing(name: str, first: Any, last: Any) -> tuple[FiringAlert, ...]:
    """Return one alert seen firing between two instants."""
    return (FiringAlert(name=name, first=first, last=last),)


def test_proven_silence_passes() -> None:
    """A complete, healthy history and looks all through the session prove that nothing fired."""
    assert judged(LOOKS).verdict == "PASS"


@pytest.mark.parametrize(
    ("name", "first", "last", "verdict"),
    [
        ("TraderDown", SESSION.opens + timedelta(seconds=9), SESSION.closes - timedelta(seconds=9), "FAIL"),
        ("TraderDown", BEFORE, SESSION.opens, "FAIL"),
        ("TraderDown", SESSION.closes, AFTER, "FAIL"),
        ("TraderDown", BEFORE, AFTER, "FAIL"),
        ("TraderDown", BEFORE, SESSION.opens - timedelta(seconds=1), "PASS"),
        ("TraderDown", SESSION.closes + timedelta(seconds=1), AFTER, "PASS"),
        ("SomebodyElse", SESSION.opens, SESSION.closes, "PASS"),
    ],
)
def test_an_alert_fails_if_it_overlaps_the_session(name: str, first: Any, last: Any, verdict: str) -> None:
    """A rule of the rules file that fired at any time of the session is FAIL, even in an incomplete history."""
    fired = firing(name, first, last)
    assert judged(LOOKS, firing=fired).verdict == verdict
    if verdict == "FAIL":
        assert judged([], firing=fired, complete=False, trouble="timeout").verdict == "FAIL"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trouble": "connection refused"}, "history_incomplete"),
        ({"complete": False}, "history_incomplete"),
        ({"rules": ()}, "no_rules"),
        ({"restarts": None}, "history_incomplete"),
        ({"evaluation_failures": None}, "history_incomplete"),
        ({"iterations_missed": None}, "history_incomplete"),
        ({"restarts": 1}, "prometheus_restarted"),
        ({"evaluation_failures": 1.0}, "evaluation_failed"),
        ({"iterations_missed": 1.0}, "evaluation_missed"),
    ],
)
def test_a_history_with_a_doubt_is_inconclusive(changes: dict[str, Any], reason: str) -> None:
    """Whatever keeps Prometheus's silence from being a proof is named."""
    found = judged(LOOKS, **changes)
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", reason)


def test_no_alert_source() -> None:
    """A trader without Prometheus can prove nothing about alerts."""
    found = next(c for c in judge(POLICY, SESSION, Evidence()).criteria if c.id == "alerts")
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "no_alert_source")


SEEN_FIRING = Reading(MetricType.GAUGE, (Series("TraderDown", 1.0),))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"rules": (), "trouble": "the rules file cannot be read"},
        {"rules": (AlertRule(name="Another", expr="up"),), "trouble": "the rules file changed during the session"},
    ],
)
def test_what_a_look_saw_firing_stays_a_fail(changes: dict[str, Any]) -> None:
    """Whatever became of the rules file since, the rule stood in it when a look saw it fire."""
    found = judged([*LOOKS[:9], with_reading(LOOKS[9], RULES_FIRING, SEEN_FIRING), *LOOKS[10:]], **changes)
    assert (found.verdict, found.reason) == ("FAIL", "fired")


@pytest.mark.parametrize(
    ("seen", "verdict", "reason"), [(SEEN_FIRING, "FAIL", "fired"), (None, "INCONCLUSIVE", "history_incomplete")]
)
def test_looks_without_a_history_can_fail_but_not_pass(seen: Reading | None, verdict: str, reason: str) -> None:
    """Of a day that nobody closed there are looks alone: they prove that a rule fired, never that none did."""
    looks = [*LOOKS[:9], with_reading(LOOKS[9], RULES_FIRING, seen), *LOOKS[10:]]
    found = next(c for c in judge(POLICY, SESSION, known(alert_looks=looks)).criteria if c.id == "alerts")
    assert (found.verdict, found.reason) == (verdict, reason)


PROBLEM = Reading(MetricType.GAUGE, (Series("TraderDown is not loaded", 1.0),))


@pytest.mark.parametrize(
    ("role", "reading", "reason"),
    [
        (RULES_PROBLEMS, PROBLEM, "rules_not_loaded"),
        (RULES_PROBLEMS, Reading(MetricType.GAUGE, ()), "proven"),
        (RULES_STARTED, gauge(STARTED + 300), "prometheus_restarted"),
        (RULES_STARTED, gauge(float("nan")), "not_watched"),
        (RULES_STARTED, None, "not_watched"),
    ],
)
def test_a_look_with_a_doubt_is_inconclusive(role: str, reading: Reading | None, reason: str) -> None:
    """A problem with the rules, a restart or an empty look at any time of the session is named."""
    looks = [*LOOKS[:9], with_reading(LOOKS[9], role, reading), *LOOKS[10:]]
    assert judged(looks).reason == reason


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (range(10, 13), "proven"),  # 60 s between looks: the limit itself
        (range(10, 14), "not_watched"),
        (range(6), "not_watched"),
        (range(37, 43), "not_watched"),
        (range(43), "not_watched"),
    ],
)
def test_looks_must_cover_the_session(missing: range, reason: str) -> None:
    """At most the policy's gap may lie between looks, and between them and the session's edges."""
    assert judged([look for number, look in enumerate(LOOKS) if number not in missing]).reason == reason


def test_looks_stored_among_the_samples_are_looks() -> None:
    """A look is known by its source, wherever it stands, and is never taken for a sample of the trader."""
    evidence = known(samples=LOOKS, alerts=clean_alerts())
    results = {found.id: found for found in judge(POLICY, SESSION, evidence).criteria}
    assert results["alerts"].verdict == "PASS"
    assert results["leader"].reason == "no_samples"


def test_a_look_outside_the_session_does_not_count() -> None:
    """Rules that were not in order before the open are no matter of the session."""
    outside = sample_at(SESSION, -1, {RULES_PROBLEMS: PROBLEM, RULES_STARTED: gauge(1.0)}, Source.ALERTS)
    assert judged([*LOOKS, outside]).verdict == "PASS"
