"""The criteria that retries never pile up: no rolling window holds a larger increase than the limit."""

from bisect import bisect_right
from dataclasses import dataclass

from bot.domain.judge.counters import Track, track
from bot.domain.judge.finding import Finding, failed, inconclusive, passed
from bot.domain.judge.reasons import Reason, clause
from bot.domain.judge.timeline import SECOND, Coverage, Timeline, microseconds
from bot.domain.metrics import retries
from bot.domain.policy import Policy, RetryLimit
from bot.domain.value import JsonObject

WORDS = {"token_refresh": "Token-refresh retries", "rate_limit": "Rate-limit retries"}


@dataclass(frozen=True, slots=True)
class _Rise:
    """An increase between two samples (µs since the open)."""

    amount: float = 0.0
    start: int = 0
    end: int = 0


def judge_retries(kind: str, policy: Policy, coverage: Coverage) -> Finding:
    """Judge one retry counter over a whole session."""
    limit: RetryLimit = getattr(policy.retries, kind)
    window, timeline = microseconds(limit.window), coverage.timeline
    counter = track(timeline, retries(kind), absent_is_zero=policy.retries.absent_is_zero)
    sure, breach = _surely(counter, window, timeline.length, limit.max_increase)
    possible = _possibly(counter, window)
    evidence = {**coverage.evidence(), **_evidence(counter, sure, possible, timeline)}
    words, within = WORDS[kind], f"within {window / SECOND:g} s; at most {limit.max_increase} may"
    if breach is not None:
        evidence["first_breach_at"] = timeline.instant(breach.start)
        evidence["first_breach_seconds"] = (breach.end - breach.start) / SECOND
        text = f"{words} rose by {breach.amount:g} after {timeline.clock(breach.start)}, {within}."
        return failed(Reason.EXCEEDED, text, evidence)
    if doubt := coverage.hole(policy.max_gap) or _doubt(words, counter, timeline):
        return inconclusive(doubt.reason, doubt.detail, evidence)
    if possible.amount > limit.max_increase:
        text = f"{words} may have risen by {possible.amount:g} after {timeline.clock(possible.start)}, {within}."
        return inconclusive(Reason.WINDOW_EDGE, text, evidence)
    told = any(retries(kind) in sample.readings for sample in timeline.samples)
    never = "" if told else " The counter never appeared, which counts as zero."
    return passed(f"{words} rose by at most {possible.amount:g} {within}.{never}", evidence)


def _doubt(words: str, counter: Track, timeline: Timeline) -> Finding | None:
    """Return why what the samples show may not be all that was counted."""
    if counter.flaw is not None:
        reason, at = counter.flaw
        return inconclusive(reason, f"{words} cannot be judged at {timeline.clock(at)}: {clause(reason)}.")
    if counter.resets:
        text = f"{words}: {clause(Reason.COUNTER_RESET)} (before {timeline.clock(counter.resets[0])})."
        return inconclusive(Reason.COUNTER_RESET, text)
    if not counter.times or counter.late[0] > 0 or counter.early[-1] < timeline.length:
        text = f"{words} are unknown at an edge of the session: it takes a sample at or beyond the open and the close."
        return inconclusive(Reason.EDGE_UNCOVERED, text)
    return None


def _evidence(counter: Track, sure: _Rise, possible: _Rise, timeline: Timeline) -> JsonObject:
    return {
        "rise": counter.risen[-1] if counter.risen else 0.0,
        "resets": len(counter.resets),
        "largest_rise": sure.amount,
        "largest_rise_from": timeline.instant(sure.start),
        "largest_possible_rise": possible.amount,
    }


def _surely(counter: Track, window: int, length: int, limit: int) -> tuple[_Rise, _Rise | None]:
    """Return the largest increase between two samples of the session within a window, and the first over a limit.

    An increase begins at the last sample before it, however much earlier the window does.
    """
    largest, breach, start = _Rise(), None, 0
    for end, latest in enumerate(counter.late):
        if latest > length:
            break
        while start < end and counter.early[start] < max(latest - window, 0):
            start += 1
        amount = counter.risen[end] - counter.risen[start]
        if amount > largest.amount:
            begun = bisect_right(counter.risen, counter.risen[start]) - 1
            largest = _Rise(amount, counter.times[begun], counter.times[end])
            breach = breach or (largest if amount > limit else None)
    return largest, breach


def _possibly(counter: Track, window: int) -> _Rise:
    """Return the largest increase that any window can have held, its edges lying anywhere between samples.

    A window that starts between two samples holds at most what came between the first of them and the first sample
    at or after its end.
    """
    times, largest, end, last = counter.times, _Rise(), 0, len(counter.times) - 1
    for start, at in enumerate(times):
        reach = counter.late[min(start + 1, last)] + window
        while end < last and counter.early[end] < reach:
            end += 1
        amount = counter.risen[end] - counter.risen[start]
        if amount > largest.amount:
            largest = _Rise(amount, max(at, 0), times[end])
    return largest
