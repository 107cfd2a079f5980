"""The criterion that a flatten brings positions to zero in time, measured from outside as an interval."""

from collections.abc import Iterable

from bot.domain.evidence import FlattenTiming
from bot.domain.judge.finding import Finding, counted, failed, inconclusive, passed
from bot.domain.judge.reasons import Reason
from bot.domain.policy import Policy
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict

HTTP_ERROR = 400


def judge_flatten(policy: Policy, timing: FlattenTiming) -> Finding:
    """Judge one flatten."""
    limit, evidence = policy.flatten_limit.total_seconds(), timing.to_json()
    if timing.positions_before == 0:
        return inconclusive(Reason.ALREADY_FLAT, "There was no position to close, so nothing was shown.", evidence)
    if timing.low is not None and timing.low > limit:
        text = f"Positions were still open {timing.low:.2f} s after the flatten was sent; the limit is {limit:g} s."
        return failed(Reason.TOO_SLOW, text, evidence)
    if timing.status is not None and timing.status >= HTTP_ERROR:
        return _judge_error_answer(timing, evidence)
    return _judge_time(timing, limit, evidence)


def _judge_time(timing: FlattenTiming, limit: float, evidence: JsonObject) -> Finding:
    before, high = timing.positions_before, timing.high
    if timing.status is None and timing.error is not None:
        return inconclusive(Reason.NO_ANSWER, f"The trader did not answer the flatten{_because(timing)}.", evidence)
    if high is None:
        return inconclusive(Reason.NEVER_FLAT, f"Positions were never seen at zero{_because(timing)}.", evidence)
    if before is None:
        text = f"It is not known whether there were positions before the flatten{_because(timing)}."
        return inconclusive(Reason.POSITIONS_UNKNOWN, text, evidence)
    if high <= limit:
        text = f"{counted(before, 'position')} closed within {high:.2f} s; the limit is {limit:g} s."
        return passed(text, evidence)
    text = f"Zero positions were first seen after {high:.2f} s, and nobody saw them still open after {limit:g} s."
    return inconclusive(Reason.AMBIGUOUS, text, evidence)


def _judge_error_answer(timing: FlattenTiming, evidence: JsonObject) -> Finding:
    text = f"The trader answered the flatten with HTTP {timing.status}"
    if timing.positions_after:
        left = counted(timing.positions_after, "position")
        return failed(Reason.ERROR_ANSWER, f"{text} and {left} stayed open.", evidence)
    return inconclusive(Reason.ERROR_ANSWER, f"{text}, so it did not prove what it can do.", evidence)


def _because(timing: FlattenTiming) -> str:
    return f" ({timing.error.rstrip('.')})" if timing.error else ""


def judge_flattens(policy: Policy, timings: Iterable[FlattenTiming]) -> Finding:
    """Judge a day's flattens together.

    One that was too slow decides; then one that may have been; then the newest of the rest, where one without a
    position to close counts for nothing.
    """
    timed = sorted(timings, key=lambda timing: (timing.started_at, timing.model_dump_json()))
    findings = [judge_flatten(policy, timing) for timing in timed]
    counting = [finding for finding in findings if finding.reason is not Reason.ALREADY_FLAT]
    decisive = [f for f in counting if f.verdict is Verdict.FAIL] or [
        f for f in counting if f.reason is Reason.AMBIGUOUS
    ]
    if found := decisive or counting or findings:
        return found[-1]
    return inconclusive(Reason.NOT_RUN, "No flatten was run in this session.")
