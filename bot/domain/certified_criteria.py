"""What a certificate tells of a criterion: what it was held to, and the numbers of the evidence that it passed on.

The numbers are those that the day's record holds, none is reckoned anew; only their names are the certificate's.
"""

import re
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from bot.domain.criteria import ALERTS, CriterionResult
from bot.domain.metrics import HEARTBEATS, LEADER, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy
from bot.domain.value import JsonObject

_COVERAGE: Final = ("samples_expected", "samples_seen", "largest_gap_seconds", "largest_gap_from")
_GAUGE: Final = (*_COVERAGE, "unreadable", "breaching", "lowest", "lowest_at", "highest", "highest_at")
_AGE: Final = (*_GAUGE, "highest_possible", "highest_possible_from")
_RISES: Final = (*_COVERAGE, "rise", "resets")
_TICKS: Final = (*_RISES, "longest_between_rises_seconds", "longest_between_rises_from")
_RETRIED: Final = (*_RISES, "largest_rise", "largest_rise_from", "largest_possible_rise")
_PLAN: Final = ("started_at", "symbol", "side", "qty", "strategy")
# Of each criterion, what its evidence holds under which name.
_OBSERVED: Final[Mapping[str, tuple[str, ...]]] = {
    LEADER: _GAUGE,
    **dict.fromkeys((heartbeat(name) for name in HEARTBEATS), _AGE),
    SCAN_TICKS: _TICKS,
    "drill": (*_PLAN, "orders_placed", "oco_children_created", "parent_rows", "child_rows"),
    "flatten": ("started_at", "positions_before", "positions_after", "low", "high", "status"),
    "reconcile": ("at", "opened", "closed", "orders", "checks"),
    **dict.fromkeys((retries(kind) for kind in RETRIES), _RETRIED),
    ALERTS: (
        *_COVERAGE,
        "rules",
        "rules_digest",
        "firing",
        "complete",
        "evaluation_failures",
        "iterations_missed",
        "restarts",
    ),
}
_CHECK: Final = ("name", "rows", "digest")  # what is told of one reconcile check; its rows are none
_UTC: Final = "+00:00"


def certified(result: CriterionResult, policy: Policy) -> JsonObject:
    """Return what a certificate tells of a criterion that passed.

    Raises:
        KeyError: its evidence holds not all of that; the error names what is missing.
    """
    return {
        "id": result.id,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "detail": result.detail,
        "limits": limits_in(policy)[result.id],
        "observed": {_told(name): _value(name, result.evidence[name]) for name in _OBSERVED[result.id]},
    }


def limits_in(policy: Policy) -> dict[str, JsonObject]:
    """Return what a policy holds each criterion to, by its id; durations in seconds."""
    ticks, looks = policy.scan_ticks, policy.alerts
    seen: JsonObject = {
        "scrapeInterval": policy.scrape_interval.total_seconds(),
        "maxGap": policy.max_gap.total_seconds(),
    }
    age = policy.heartbeat_limit.total_seconds()
    return {
        LEADER: {"equals": 1, **seen},
        **{heartbeat(name): {"below": age, **seen} for name in HEARTBEATS},
        SCAN_TICKS: {"window": ticks.window.total_seconds(), "minIncrease": ticks.min_increase, **seen},
        "drill": {"riseWithin": policy.drill_rise_within.total_seconds()},
        "flatten": {"atMost": policy.flatten_limit.total_seconds()},
        "reconcile": {"maxRows": 0, "minOrders": 1},
        **{retries(kind): {**_retry_limits(policy, kind), **seen} for kind in RETRIES},
        ALERTS: {"maxFiring": 0, "interval": looks.interval.total_seconds(), "maxGap": looks.max_gap.total_seconds()},
    }


def _retry_limits(policy: Policy, kind: str) -> JsonObject:
    limit = getattr(policy.retries, kind)
    return {
        "window": limit.window.total_seconds(),
        "maxIncrease": limit.max_increase,
        "absentIsZero": policy.retries.absent_is_zero,
    }


def samples_told(evidence: JsonObject) -> JsonObject | None:
    """Return how many samples of the trader a day had and whose they were, as one criterion's evidence tells it."""
    if not {"samples_expected", "samples_seen", "sources"} <= evidence.keys():
        return None
    return {
        "expected": evidence["samples_expected"],
        "seen": evidence["samples_seen"],
        "sources": evidence["sources"],
    }


def _told(name: str) -> str:
    """Return the certificate's name of a number: `largest_gap_seconds` is `largestGap`."""
    bare = name.removeprefix("samples_").removesuffix("_seconds")
    return re.sub(r"_(.)", lambda found: found.group(1).upper(), bare)


def _value(name: str, value: JsonValue) -> JsonValue:
    if name == "checks" and isinstance(value, list):
        return [{told: each[told] for told in _CHECK} for each in value if isinstance(each, dict)]
    if isinstance(value, str) and name.endswith(("_at", "_from")) and value.endswith(_UTC):
        return f"{value.removesuffix(_UTC)}Z"
    return value
