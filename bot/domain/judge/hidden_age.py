"""How old a heartbeat may have been where nobody looked: all samples below the limit prove nothing by themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bot.domain.judge.reasons import Reason
from bot.domain.judge.timeline import SECOND, Timeline, microseconds
from bot.domain.sample import CLOCKS_AGREE_WITHIN, Sample, Source


class _Point(NamedTuple):
    """One reading: µs since the open, age in seconds, who took it, and by how much (µs) later it may have been read.

    A trader that stalls while it is scraped answers with the age that it has at the end.
    """

    at: int
    age: float
    source: Source
    took: int

    def slack(self, other: Source) -> int:
        """Return by how much (µs) the time to something that another clock timed may be off."""
        return 0 if self.source is other else microseconds(CLOCKS_AGREE_WITHIN)


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
    if points[0].at + points[0].took + points[0].slack(Source.BOT) > 0:
        return None
    return max(_peaks(points, timeline.length), key=lambda peak: peak.age)


def _points(timeline: Timeline, read: Callable[[Sample], float | Reason]) -> Iterator[_Point]:
    for at, sample in zip(timeline.times, timeline.samples, strict=True):
        age = read(sample)
        if not isinstance(age, Reason):
            yield _Point(at, age, sample.source, round(sample.took * SECOND))


def _peaks(points: list[_Point], length: int) -> Iterator[Peak]:
    first, last = points[0], points[-1]
    if first.at == 0:
        yield Peak(first.age, 0)
    for earlier, later in pairwise(points):
        yield Peak(_between(earlier, later, length), max(earlier.at, 0))
    untold = length - last.at + last.slack(Source.BOT)
    if untold > 0:
        yield Peak(last.age + untold / SECOND, last.at)


def _between(earlier: _Point, later: _Point, length: int) -> float:
    """Return the greatest age between two samples, as far as they lie in the session.

    An age grows at most one second a second, so it was greatest either at the second sample or just before the last
    beat, which came as long before the second sample as that sample's age says.
    """
    (t1, a1, *_), (t2, a2, *_) = earlier, later
    slack = _slack(earlier, later, length)
    read_by = t2 + later.took + slack
    beat_in_session = (read_by - max(t1, 0)) / SECOND > a2
    before_beat = a1 + (read_by - t1) / SECOND - a2 if beat_in_session else 0.0
    if t2 <= length:
        return max(a2, before_beat)
    until_close = a1 + (length - t1 + slack) / SECOND
    return min(until_close, max(a2 - (t2 - slack - length) / SECOND, before_beat))


def _slack(earlier: _Point, later: _Point, length: int) -> int:
    """Return by how much (µs) more may lie between two samples than their times tell.

    Two clocks may differ, and the edges of the session are told by the bot's.
    """
    between = earlier.slack(later.source)
    at_edge = earlier.at < 0 or later.at > length
    return max(between, earlier.slack(Source.BOT), later.slack(Source.BOT)) if at_edge else between
