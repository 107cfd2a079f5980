"""A session's samples in order of time, and how well they cover it."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from zoneinfo import ZoneInfo

from bot.domain.judge.finding import Finding, inconclusive
from bot.domain.judge.reasons import Reason
from bot.domain.sample import CLOCKS_AGREE_WITHIN, Sample, Source, encode_readings
from bot.domain.session import Session
from bot.domain.value import JsonObject, epoch_us

SECOND = 1_000_000  # µs


def microseconds(duration: timedelta) -> int:
    """Return a duration in whole microseconds."""
    return duration // timedelta(microseconds=1)


_TWO_CLOCKS = microseconds(CLOCKS_AGREE_WITHIN)


def slack_of(sample: Sample) -> int:
    """Return by how much (µs) the time of a sample may differ from the bot's clock, by which a session is timed."""
    return _TWO_CLOCKS if sample.source is Source.PROMETHEUS else 0


def latest(at: int, sample: Sample) -> int:
    """Return when (µs) a sample may have been read at the latest: a trader that stalls is read at a scrape's end."""
    return at + slack_of(sample) + round(sample.took * SECOND)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The samples of a session, each with its time in microseconds since the open.

    `times[first:end]` lie in the session, both edges included. Beside them stand on each side, as brackets, the nearest
    sample that surely lies outside and what may lie there. They bound what happened at the edges, and nothing else.
    """

    session: Session
    length: int
    times: tuple[int, ...]
    samples: tuple[Sample, ...]
    first: int
    end: int

    @classmethod
    def of(cls, session: Session, samples: Iterable[Sample]) -> "Timeline":
        """Put samples in order. Neither their order nor repetitions among them make a difference."""
        opens = epoch_us(session.opens)
        length = epoch_us(session.closes) - opens
        timed = list(_settled(sorted(((epoch_us(s.at) - opens, s) for s in samples), key=itemgetter(0))))
        times = [at for at, _ in timed]
        first, end = bisect_left(times, 0), bisect_right(times, length)
        start = next((n for n in range(first - 1, -1, -1) if latest(*timed[n]) <= 0), 0)
        stop = next((n for n in range(end, len(timed)) if times[n] - slack_of(timed[n][1]) >= length), len(timed))
        kept = timed[start : stop + 1]
        return cls(
            session=session,
            length=length,
            times=tuple(at for at, _ in kept),
            samples=tuple(sample for _, sample in kept),
            first=first - start,
            end=end - start,
        )

    @property
    def inside(self) -> Iterator[tuple[int, Sample]]:
        """The samples of the session, with their times."""
        return zip(self.times[self.first : self.end], self.samples[self.first : self.end], strict=True)

    def placed(self) -> Iterator[tuple[int, Sample, bool]]:
        """Yield each sample with its time, and whether its place among the others is sure.

        One of another clock may in truth have been taken before a sample of the bot's that stands close before it.
        """
        own = [at for at, sample in zip(self.times, self.samples, strict=True) if slack_of(sample) == 0]
        for at, sample in zip(self.times, self.samples, strict=True):
            slack = slack_of(sample)
            yield at, sample, slack == 0 or bisect_right(own, at + slack) == bisect_left(own, at - slack)

    def instant(self, at: int) -> str:
        """Return a time of this session as ISO 8601 text in UTC."""
        return self._instant(at).isoformat()

    def clock(self, at: int) -> str:
        """Return a time of this session as the exchange's clock shows it."""
        return f"{self._instant(at).astimezone(ZoneInfo(self.session.timezone)):%H:%M:%S}"

    def _instant(self, at: int) -> datetime:
        return self.session.opens.astimezone(UTC) + timedelta(microseconds=at)


def _settled(timed: Iterable[tuple[int, Sample]]) -> Iterator[tuple[int, Sample]]:
    """Give samples of the same microsecond the order in which they were read, or one of their own; drop repetitions."""
    for at, group in groupby(timed, key=itemgetter(0)):
        same = [sample for _, sample in group]
        if len(same) > 1:
            distinct = {(s.took, s.source.value, encode_readings(s.readings)): s for s in same}
            same = [distinct[key] for key in sorted(distinct)]
        for sample in same:
            yield at, sample


def _stretches(timeline: Timeline, *, mixed: bool) -> Iterator[tuple[int, int]]:
    """Yield the length (µs) of each stretch without a sample, edges included, and the negative of its start.

    Where another clock timed one of its ends, a stretch may have been longer than it looks.
    """
    marks = (0, *timeline.times[timeline.first : timeline.end], timeline.length)
    if not mixed:
        yield from ((later - earlier, -earlier) for earlier, later in pairwise(marks))
        return
    slack = microseconds(CLOCKS_AGREE_WITHIN)
    sources = (Source.BOT, *(sample.source for _, sample in timeline.inside), Source.BOT)
    for (earlier, before), (later, after) in pairwise(zip(marks, sources, strict=True)):
        yield later - earlier + (slack if before is not after else 0), -earlier


@dataclass(frozen=True, slots=True)
class Coverage:
    """How well samples cover a session: how many there are, and the longest stretch of it without one.

    Stretches are measured inside the session only (µs), from its open to the first sample and from the last sample to
    its close as well.
    """

    timeline: Timeline
    expected: int
    seen: int
    sources: dict[str, int]
    gap: int
    gap_start: int

    @classmethod
    def of(cls, timeline: Timeline, interval: timedelta) -> "Coverage":
        """Measure a timeline that should hold a sample every `interval`."""
        inside = timeline.times[timeline.first : timeline.end]
        sources = Counter(sample.source for _, sample in timeline.inside)
        gap, gap_start = max(_stretches(timeline, mixed=bool(sources[Source.PROMETHEUS])))
        return cls(
            timeline=timeline,
            expected=timeline.length // microseconds(interval) + 1,
            seen=len(inside),
            sources={source.value: sources[source] for source in sorted(sources)},
            gap=gap,
            gap_start=-gap_start,
        )

    def hole(self, max_gap: timedelta) -> Finding | None:
        """Return why the samples do not cover the session, if they do not."""
        if self.seen == 0:
            return inconclusive(Reason.NO_SAMPLES, "No sample was taken in the session.", self.evidence())
        if self.gap <= microseconds(max_gap):
            return None
        return inconclusive(
            Reason.EDGE_UNCOVERED if self._at_edge else Reason.GAP,
            f"Nothing was sampled for {self.gap / SECOND:.1f} s from {self.timeline.clock(self.gap_start)}; "
            f"at most {max_gap.total_seconds():g} s may be missing.",
            self.evidence(),
        )

    @property
    def _at_edge(self) -> bool:
        first, last = self.timeline.times[self.timeline.first], self.timeline.times[self.timeline.end - 1]
        return self.gap_start == last or (self.gap_start == 0 < first)

    def evidence(self) -> JsonObject:
        """Return the numbers of this coverage."""
        return {
            "samples_expected": self.expected,
            "samples_seen": self.seen,
            "sources": dict(self.sources),
            "largest_gap_seconds": self.gap / SECOND,
            "largest_gap_from": self.timeline.instant(self.gap_start),
        }
