"""Why a finding stands: machine-readable codes that stay stable, each with the clause a person reads."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """The codes in `reason`. They stand in the ledger, the JSON output and the certificate."""

    # PASS
    PROVEN = "proven"
    ON_TARGET = "on_target"
    INFORMATIONAL = "informational"
    # a reading that cannot be used
    MISSING = "missing"
    NAN = "nan"
    NEGATIVE = "negative"
    SEVERAL_SERIES = "several_series"
    WRONG_TYPE = "wrong_type"
    # what the samples cover
    NO_SAMPLES = "no_samples"
    GAP = "gap"
    EDGE_UNCOVERED = "edge_uncovered"
    TOO_SHORT = "too_short"
    WINDOW_EDGE = "window_edge"
    # gauges
    NOT_LEADER = "not_leader"
    STALE = "stale"
    HIDDEN_AGE = "hidden_age"
    # counters
    NO_INCREASE = "no_increase"
    EXCEEDED = "exceeded"
    COUNTER_RESET = "counter_reset"
    ONE_READING = "one_reading"
    NOTHING_EXERCISED = "nothing_exercised"
    # drill and flatten
    NOT_RUN = "not_run"
    NOT_INJECTED = "not_injected"
    NOT_MEASURED = "not_measured"
    COUNTER_NOT_RISEN = "counter_not_risen"
    COUNTER_UNREAD = "counter_unread"
    ROWS_MISSING = "rows_missing"
    ROWS_UNREAD = "rows_unread"
    ALREADY_FLAT = "already_flat"
    TOO_SLOW = "too_slow"
    AMBIGUOUS = "ambiguous"
    ERROR_ANSWER = "error_answer"
    NO_ANSWER = "no_answer"
    NEVER_FLAT = "never_flat"
    POSITIONS_UNKNOWN = "positions_unknown"
    # reconcile
    VIOLATIONS = "violations"
    DATABASE_ERROR = "database_error"
    NO_CHECKS = "no_checks"
    NO_ORDERS = "no_orders"
    WINDOW_NOT_COVERED = "window_not_covered"
    # alerts
    FIRED = "fired"
    NO_ALERT_SOURCE = "no_alert_source"
    NO_RULES = "no_rules"
    RULES_NOT_LOADED = "rules_not_loaded"
    HISTORY_INCOMPLETE = "history_incomplete"
    EVALUATION_FAILED = "evaluation_failed"
    EVALUATION_MISSED = "evaluation_missed"
    PROMETHEUS_RESTARTED = "prometheus_restarted"
    NOT_WATCHED = "not_watched"
    # self-test
    NOT_SELF_TESTED = "not_self_tested"
    SELF_TEST_FAILED = "self_test_failed"


_CLAUSES: Final[dict[Reason, str]] = {
    Reason.PROVEN: "the evidence proves that the target was held",
    Reason.ON_TARGET: "the reading is on its target",
    Reason.INFORMATIONAL: "the reading is shown for information; only a whole session can be judged",
    Reason.MISSING: "the metric is missing from a successful scrape",
    Reason.NAN: "the metric is not a finite number",
    Reason.NEGATIVE: "the metric is negative, which it can never be",
    Reason.SEVERAL_SERIES: "more than one series matches; narrow the selector with labels",
    Reason.WRONG_TYPE: "the metric has the wrong type for its part",
    Reason.NO_SAMPLES: "no sample was taken in the session",
    Reason.GAP: "the samples have a gap longer than the policy allows",
    Reason.EDGE_UNCOVERED: "the samples do not reach to the edge of the session",
    Reason.TOO_SHORT: "the session is shorter than the window the policy asks for",
    Reason.WINDOW_EDGE: "the samples are too far apart to decide it for every window",
    Reason.NOT_LEADER: "the leader lock was not 1",
    Reason.STALE: "a heartbeat reached its limit",
    Reason.HIDDEN_AGE: "a heartbeat may have reached its limit between two samples",
    Reason.NO_INCREASE: "the counter did not increase",
    Reason.EXCEEDED: "the counter rose by more than the limit within one window",
    Reason.COUNTER_RESET: "the counter was reset, and what was lost could matter",
    Reason.ONE_READING: "one reading cannot show an increase",
    Reason.NOTHING_EXERCISED: "nothing was counted yet; run a drill",
    Reason.NOT_RUN: "it was not run",
    Reason.NOT_INJECTED: "the plan never reached the trader",
    Reason.NOT_MEASURED: "it could not be measured to its end",
    Reason.COUNTER_NOT_RISEN: "a counter did not rise after the plan",
    Reason.COUNTER_UNREAD: "a counter could not be read",
    Reason.ROWS_MISSING: "the orders are not in the trader's database",
    Reason.ROWS_UNREAD: "the trader's database could not be asked for the orders",
    Reason.ALREADY_FLAT: "there was no position to close",
    Reason.TOO_SLOW: "positions were still open after the limit",
    Reason.AMBIGUOUS: "positions were seen at zero only after the limit, but may have been zero before it",
    Reason.ERROR_ANSWER: "the trader answered the flatten with an error",
    Reason.NO_ANSWER: "the trader did not answer the flatten",
    Reason.NEVER_FLAT: "positions were never seen at zero",
    Reason.POSITIONS_UNKNOWN: "it is not known whether there were positions before",
    Reason.VIOLATIONS: "a reconcile check found rows that must not exist",
    Reason.DATABASE_ERROR: "the trader's database could not be asked",
    Reason.NO_CHECKS: "no reconcile check ran",
    Reason.NO_ORDERS: "the session has no order, so nothing was exercised",
    Reason.WINDOW_NOT_COVERED: "the newest reconcile does not cover the whole session; run it after the close",
    Reason.FIRED: "an alert of the rules file fired in the session",
    Reason.NO_ALERT_SOURCE: "no alert source is configured",
    Reason.NO_RULES: "the rules file holds no alerting rule",
    Reason.RULES_NOT_LOADED: "Prometheus did not hold the rules of the file in good health",
    Reason.HISTORY_INCOMPLETE: "Prometheus did not answer for the whole session",
    Reason.EVALUATION_FAILED: "a rule evaluation failed",
    Reason.EVALUATION_MISSED: "a rule evaluation was missed",
    Reason.PROMETHEUS_RESTARTED: "Prometheus restarted in the session",
    Reason.NOT_WATCHED: "Prometheus's rules were not watched through the whole session",
    Reason.NOT_SELF_TESTED: "no self-test of the day has shown that this criterion can fail",
    Reason.SELF_TEST_FAILED: "the day's self-test did not find what it had planted",
}


def clause(reason: Reason) -> str:
    """Return what a reason means, to stand inside a sentence."""
    return _CLAUSES[reason]


def describe_reason(reason: str) -> str:
    """Return what a reason code means as a sentence; a code this version does not know is returned as words."""
    try:
        text = _CLAUSES[Reason(reason)]
    except ValueError:
        text = reason.replace("_", " ")
    return f"{text[:1].upper()}{text[1:]}."
