"""How old a heartbeat may have been where nobody looked: all samples below the limit prove nothing by themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.domain.judge.reasons import Reason
from bot.domain.judge.timeline import SECOND, Timeline
from bot.domain.sample import Sample

_Point = tuple[int, float]  # µs since the open, age in seconds


@dataclass(frozen=True, slots=True)
class Peak:
    """The greatest age (seconds) there may have been, and the time (µs) after which it may have been reached."""

    age: float
    since: int


def hidden_age(timeline: Timeline, read: Callable[[Sample], float | Reason]) -> Peak | None:
    """Return the greatest age a session can hide, given that every sample in it can be read.

    None means that no sample stands at or before the open, so that nothing bounds the age at the open.
    """
    points = list(_points(timeline, read))
    if points[0][0] > 0:
        return None
    return max(_peaks(points, timeline.length), key=lambda peak: peak.age)


def _points(timeline: Timeline, read: Callable[[Sample], float | Reason]) -> Iterator[_Point]:
    for at, sample in zip(timeline.times, timeline.samples, strict=True):
        age = read(sample)
        if not isinstance(age, Reason):
            yield at, age


def _peaks(points: list[_Point], length: int) -> Iterator[Peak]:
    first, last = points[0], points[-1]
    if first[0] == 0:
        yield Peak(first[1], 0)
    for earlier, later in pairwise(points):
        yield Peak(_between(earlier, later, length), max(earlier[0], 0))
    if last[0] < length:
        yield Peak(last[1] + (length - last[0]) / SECOND, last[0])


def _between(earlier: _Point, later: _Point, length: int) -> float:
    """Return the greatest age between two samples, as far as they lie in the session.

    An age grows at most one second a second, so it was greatest either at the second sample or just before the last
    beat, which came as long before the second sample as that sample's age says.
    """
    (t1, a1), (t2, a2) = earlier, later
    beat_in_session = (t2 - max(t1, 0)) / SECOND > a2
    before_beat = a1 + (t2 - t1) / SECOND - a2 if beat_in_session else 0.0
    if t2 <= length:
        return max(a2, before_beat)
    until_close = a1 + (length - t1) / SECOND
    return min(until_close, max(a2 - (t2 - length) / SECOND, before_beat))
