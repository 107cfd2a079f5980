"""A day in numbers, for people: each criterion's worst value beside what it may be, and how much was seen."""

from collections.abc import Iterable
from datetime import date

from bot.domain.criteria import CriterionResult
from bot.domain.metrics import HEARTBEATS, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy
from bot.domain.value import UtcDatetime, Value

_FLATTEN = "flatten"
# Under which name the judge's evidence holds the worst value of a criterion.
_WORST = {
    **dict.fromkeys((heartbeat(name) for name in HEARTBEATS), "highest_possible"),
    **dict.fromkeys((retries(kind) for kind in RETRIES), "largest_possible_rise"),
    SCAN_TICKS: "longest_between_rises_seconds",
    _FLATTEN: "high",
}


class Measure(Value):
    """The worst that was seen of a criterion, and its limit: seconds, or a count within `window` seconds."""

    id: str
    worst: float
    limit: float
    window: float | None = None


class Watched(Value):
    """How much of a session was read: samples, per cent of those that a whole session holds, and the longest hole (s).

    `since` is when the watch began, where that was after the open.
    """

    samples: int
    percent: int
    longest_gap: float
    gap_limit: float
    since: UtcDatetime | None = None


class SessionSoFar(Value):
    """What the samples of a running session show: no verdict, for that takes the whole of it."""

    day: date
    watched: Watched
    measures: tuple[Measure, ...]


def measure(name: str, worst: float, policy: Policy) -> Measure:
    """Return a criterion's worst value beside what the policy demands of it."""
    if name in (retries(kind) for kind in RETRIES):
        limit = getattr(policy.retries, name.removeprefix("retries."))
        return Measure(id=name, worst=worst, limit=limit.max_increase, window=limit.window.total_seconds())
    if name == SCAN_TICKS:
        return Measure(id=name, worst=worst, limit=policy.scan_ticks.window.total_seconds())
    limit = policy.flatten_limit if name == _FLATTEN else policy.heartbeat_limit
    return Measure(id=name, worst=worst, limit=limit.total_seconds())


def measures_in(results: Iterable[CriterionResult], policy: Policy) -> tuple[Measure, ...]:
    """Return the numbers that stand in the evidence of judged criteria."""
    found = ((result.id, result.evidence.get(_WORST.get(result.id, ""))) for result in results)
    return tuple(measure(name, worst, policy) for name, worst in found if isinstance(worst, int | float))


def watched_in(results: Iterable[CriterionResult], policy: Policy) -> Watched | None:
    """Return how much of a closed session was read, as the evidence of its criteria tells; None where none does."""
    limit = policy.max_gap.total_seconds()
    for evidence in (result.evidence for result in results if result.id != "alerts"):
        seen, expected = evidence.get("samples_seen"), evidence.get("samples_expected")
        gap = evidence.get("largest_gap_seconds")
        if isinstance(seen, int) and isinstance(expected, int) and isinstance(gap, int | float):
            percent = min(100 * seen // max(expected - 1, 1), 100)  # one more than there are intervals is expected
            return Watched(samples=seen, percent=percent, longest_gap=gap, gap_limit=limit)
    return None
