"""The quick check and the live findings: what one or two scrapes can say, and no more."""

from typing import Any

import pytest

from bot.domain.judge import describe_reason, judge_gauges
from bot.domain.judge.reasons import Reason
from bot.domain.metrics import OCO_CHILDREN, ORDERS_PLACED, SCAN_TICKS, Metrics
from bot.domain.policy import Policy
from bot.domain.results import GaugeReading
from bot.domain.sample import Reading
from tests.support.evidence import clean_samples, counter, gauge, session_of

SESSION = session_of()
FIRST, SECOND = (sample.readings for sample in clean_samples(SESSION, Policy())[:4:3])


def check(before: dict[str, Any], after: dict[str, Any] | None = None) -> dict[str, GaugeReading]:
    """Return the check's readings by name, with some of the first and second scrape's readings changed."""
    first = {role: reading for role, reading in {**FIRST, **before}.items() if reading is not None}
    second = (
        None if after is None else {r: reading for r, reading in {**SECOND, **after}.items() if reading is not None}
    )
    return {look.name: look for look in judge_gauges(Policy(), Metrics(), first, second)}


def test_two_good_scrapes() -> None:
    """Every gauge of the protocol is shown with its metric and target, and is on it."""
    looks = check({}, {})
    assert list(looks) == [
        "leader",
        "heartbeat.marketdata",
        "heartbeat.order_stream",
        "heartbeat.scan",
        "scan_ticks",
        "orders_placed",
        "oco_children_created",
        "retries.token_refresh",
        "retries.rate_limit",
    ]
    assert {look.verdict for look in looks.values()} == {"PASS"}
    assert (looks["leader"].metric, looks["leader"].value, looks["leader"].target) == ("trader_is_leader", 1.0, "== 1")
    assert looks["retries.rate_limit"].metric == 'trader_retries_total{type="rate_limit"}'


@pytest.mark.parametrize(
    ("role", "reading", "value", "verdict", "reason"),
    [
        ("leader", gauge(0.0), 0.0, "FAIL", "not_leader"),
        ("leader", gauge(float("nan")), "NaN", "INCONCLUSIVE", "nan"),
        ("leader", None, None, "INCONCLUSIVE", "missing"),
        ("leader", gauge(1.0, 1.0), None, "INCONCLUSIVE", "several_series"),
        ("leader", counter(1.0), 1.0, "INCONCLUSIVE", "wrong_type"),
        ("heartbeat.scan", gauge(4.999), 4.999, "PASS", "on_target"),
        ("heartbeat.scan", gauge(5.0), 5.0, "FAIL", "stale"),
        ("heartbeat.scan", gauge(float("inf")), "+Inf", "FAIL", "stale"),
        ("heartbeat.scan", gauge(float("-inf")), "-Inf", "INCONCLUSIVE", "negative"),
        (SCAN_TICKS, counter(1000.0), 1000.0, "INCONCLUSIVE", "no_increase"),
        (SCAN_TICKS, counter(1.0), 1.0, "INCONCLUSIVE", "counter_reset"),
        (SCAN_TICKS, None, None, "INCONCLUSIVE", "missing"),
        (SCAN_TICKS, counter(float("nan")), "NaN", "INCONCLUSIVE", "nan"),
        (ORDERS_PLACED, counter(0.0), 0.0, "INCONCLUSIVE", "nothing_exercised"),
        (ORDERS_PLACED, counter(1.0, 2.0), 3.0, "PASS", "on_target"),
        (OCO_CHILDREN, None, None, "INCONCLUSIVE", "missing"),
        (OCO_CHILDREN, gauge(1.0), 1.0, "INCONCLUSIVE", "wrong_type"),
        ("retries.rate_limit", None, 0.0, "PASS", "informational"),
        ("retries.rate_limit", counter(), None, "INCONCLUSIVE", "missing"),
        ("retries.rate_limit", counter(99.0), 99.0, "PASS", "informational"),
        ("retries.rate_limit", gauge(99.0), 99.0, "INCONCLUSIVE", "wrong_type"),
    ],
)
def test_one_reading(role: str, reading: Reading | None, value: object, verdict: str, reason: str) -> None:
    """Each reading is judged by itself; only leader and heartbeats can be a FAIL."""
    look = check({SCAN_TICKS: counter(1000.0)}, {role: reading})[role]
    assert (look.value, look.verdict, look.reason) == (value, verdict, reason)


def test_a_breach_in_the_first_scrape_counts() -> None:
    """A gauge that was off its target in either scrape is shown as it was then."""
    look = check({"leader": gauge(0.0)}, {})["leader"]
    assert (look.value, look.verdict) == (0.0, "FAIL")


def test_one_scrape_cannot_show_an_increase() -> None:
    """With one scrape scan ticks are INCONCLUSIVE, and the other gauges are judged as ever."""
    looks = check({})
    assert (looks[SCAN_TICKS].verdict, looks[SCAN_TICKS].reason) == ("INCONCLUSIVE", "one_reading")
    assert looks["leader"].verdict == "PASS"


def test_every_reason_has_its_sentence() -> None:
    """Each code can be told to a person, and a code of another version is at least readable."""
    assert all(describe_reason(reason).endswith(".") for reason in Reason)
    assert describe_reason("gap") == "The samples have a gap longer than the policy allows."
    assert describe_reason("some_new_code") == "Some new code."
