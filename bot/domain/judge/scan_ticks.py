"""The criterion that the scan loop never stands still: every window of the session holds an increase."""

from itertools import takewhile

from bot.domain.judge.counters import Track, track
from bot.domain.judge.finding import Finding, counted, failed, inconclusive, passed
from bot.domain.judge.reasons import Reason, clause
from bot.domain.judge.timeline import SECOND, Coverage, Timeline, microseconds
from bot.domain.metrics import SCAN_TICKS
from bot.domain.policy import Policy
from bot.domain.value import JsonObject


def judge_scan_ticks(policy: Policy, coverage: Coverage) -> Finding:
    """Judge the scan counter over a whole session."""
    window, needed = microseconds(policy.scan_ticks.window), policy.scan_ticks.min_increase
    timeline = coverage.timeline
    ticks = _inside(track(timeline, SCAN_TICKS, absent_is_zero=False), timeline.length)
    evidence = {**coverage.evidence(), **_evidence(ticks, timeline)}
    asked = f"{counted(needed, 'scan tick')} in every {window / SECOND:g} s"
    still = _surely_still(ticks, window, needed, microseconds(policy.max_gap))
    if still is not None:
        start, end, rise = still
        evidence = {
            **evidence,
            "first_breach_at": timeline.instant(start),
            "first_breach_seconds": (end - start) / SECOND,
        }
        words = f"{counted(rise, 'scan tick')} came in {(end - start) / SECOND:.0f} s after {timeline.clock(start)}"
        return failed(Reason.NO_INCREASE, f"{words}; the target is {asked}.", evidence)
    if ticks.flaw is not None:
        reason, at = ticks.flaw
        return inconclusive(reason, f"Scan ticks cannot be judged at {timeline.clock(at)}: {clause(reason)}.", evidence)
    if hole := coverage.hole(policy.max_gap):
        return inconclusive(hole.reason, hole.detail, evidence)
    if window > timeline.length:
        words = f"The session lasts {timeline.length / SECOND:g} s, less than one window of {window / SECOND:g} s."
        return inconclusive(Reason.TOO_SHORT, words, evidence)
    unsure = _unproven(ticks, window, needed, timeline.length)
    if unsure is not None:
        reason = Reason.COUNTER_RESET if ticks.resets else Reason.WINDOW_EDGE
        words = f"A window of {window / SECOND:g} s from {timeline.clock(unsure)} may have held too few scan ticks"
        return inconclusive(reason, f"{words}: {clause(reason)}.", evidence)
    total = counted(ticks.risen[-1] - ticks.risen[0], "tick")
    return passed(f"There was at least {asked}, and {total} in all.", evidence)


def _inside(whole: Track, length: int) -> Track:
    """Return a track without its brackets: what lies outside the session shows nothing about a window in it."""
    kept = [k for k, earliest in enumerate(whole.early) if earliest >= 0 and whole.late[k] <= length]
    within = slice(kept[0], kept[-1] + 1) if kept else slice(0)
    return Track(
        times=whole.times[within],
        early=whole.early[within],
        late=whole.late[within],
        risen=whole.risen[within],
        doubts=whole.doubts[within],
        resets=[at for at in whole.resets if 0 <= at <= length],
        flaw=whole.flaw,
    )


def _evidence(ticks: Track, timeline: Timeline) -> JsonObject:
    if not ticks.times:
        return {"resets": 0}
    longest, start, since = 0, ticks.times[0], ticks.times[0]
    for k in range(1, len(ticks.times)):
        if ticks.times[k] - since > longest:
            longest, start = ticks.times[k] - since, since
        if ticks.risen[k] > ticks.risen[k - 1]:
            since = ticks.times[k]
    return {
        "rise": ticks.risen[-1] - ticks.risen[0],
        "resets": len(ticks.resets),
        "longest_between_rises_seconds": longest / SECOND,
        "longest_between_rises_from": timeline.instant(start),
    }


def _surely_still(ticks: Track, window: int, needed: int, max_gap: int) -> tuple[int, int, float] | None:
    """Return the first stretch, at least a window long, that surely held too few ticks: start, end (µs) and its rise.

    A stretch with a reset or a gap inside proves nothing: ticks may have been lost there.
    """
    times, end, last_gap = ticks.times, 0, 0
    for start, begun in enumerate(times):
        while end < len(times) and ticks.early[end] - ticks.late[start] < window:
            end += 1
            if end < len(times) and times[end] - times[end - 1] > max_gap:
                last_gap = end
        if end == len(times):
            return None
        rise = ticks.risen[end] - ticks.risen[start]
        if rise < needed and ticks.doubts[end] == ticks.doubts[start] and last_gap <= start:
            last = _until_enough(ticks, start, end, needed)
            return begun, times[last], ticks.risen[last] - ticks.risen[start]
    return None


def _until_enough(ticks: Track, start: int, end: int, needed: int) -> int:
    """Return the last sample up to which a stretch still held too few ticks."""
    later = range(end, len(ticks.times))
    enough = (k for k in later if ticks.risen[k] - ticks.risen[start] >= needed)
    return next(enough, len(ticks.times)) - 1


def _unproven(ticks: Track, window: int, needed: int, length: int) -> int | None:
    """Return the start (µs) of the first window that is not proven to hold enough ticks.

    A window that starts after one sample surely holds what was counted from the next sample to the last before its
    end, whatever happened in its first and last moments.
    """
    last = 0
    for first, begun in enumerate(takewhile(lambda at: at + window <= length, [0, *ticks.early])):
        while last + 1 < len(ticks.times) and ticks.late[last + 1] <= begun + window:
            last += 1
        surely = ticks.risen[last] - ticks.risen[first] if first <= last else 0.0
        if surely < needed:
            return begun
    return None
