"""How far a counter rose between samples: a sum over its series, each with its own resets."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.domain.judge.reasons import Reason
from bot.domain.judge.timeline import Timeline, latest, slack_of
from bot.domain.metrics import PROCESS_START, SCAN_TICKS
from bot.domain.sample import MetricType, Reading, Sample, Source

_SAME_PROCESS = 1.0  # seconds; some exporters work out their start time anew and are off by a little


@dataclass(slots=True)
class Track:
    """A counter along the readable samples of a timeline, brackets included.

    `risen[k]` is by how much it surely rose from the first of them to `times[k]` (µs since the open);
    `doubts[k]` is how many resets lie between the two, each of which may hide a further rise.
    It was truly read between `early[k]` and `late[k]`, both of which only grow: another clock may have timed it, and a
    scrape takes its time.
    `flaw` is the first sample of the session that could not be read.
    """

    times: list[int] = field(default_factory=list)
    early: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    risen: list[float] = field(default_factory=list)
    doubts: list[int] = field(default_factory=list)
    resets: list[int] = field(default_factory=list)
    flaw: tuple[Reason, int] | None = None

    def add(self, at: int, sample: Sample, step: "Step") -> None:
        """Append a sample that shows a further rise."""
        if step.reset:
            self.resets.append(at)
        self.times.append(at)
        self.early.append(at - slack_of(sample))
        late = latest(at, sample)
        self.late.append(max(late, self.late[-1]) if self.late else late)
        self.risen.append((self.risen[-1] if self.risen else 0.0) + step.rise)
        self.doubts.append(len(self.resets))


def read_counter(reading: Reading | None) -> Mapping[str, float] | Reason:
    """Return a counter's value by series, or why it cannot be used; a counter that is absent is MISSING."""
    if reading is None or not reading.series:
        return Reason.MISSING
    if reading.type not in (MetricType.COUNTER, MetricType.UNKNOWN):
        return Reason.WRONG_TYPE
    for series in reading.series:
        if not math.isfinite(series.value):
            return Reason.NAN
        if series.value < 0:
            return Reason.NEGATIVE
    values = {series.labels: series.value for series in reading.series}
    return values if len(values) == len(reading.series) else Reason.SEVERAL_SERIES


def track(timeline: Timeline, role: str, *, absent_is_zero: bool) -> Track:
    """Follow a counter through a timeline; a sample that cannot be read is passed over and noted.

    Passed over is also one whose place among the others is not sure, or a counter would seem to fall and rise again;
    and one of a Prometheus that may have left the counter out.
    """
    found, steps = Track(), Steps(role, absent_is_zero=absent_is_zero)
    for at, sample, placed in timeline.placed():
        if absent_is_zero and _may_be_left_out(sample, role):
            continue
        step = steps.to(sample) if placed else steps.read(sample)
        if isinstance(step, Step):
            found.add(at, sample, step)
        elif isinstance(step, Reason) and 0 <= at <= timeline.length:
            found.flaw = found.flaw or (step, at)
    return found


def _may_be_left_out(sample: Sample, role: str) -> bool:
    reading = sample.readings.get(role)
    return sample.source is Source.PROMETHEUS and reading is not None and not reading.series


class Step(NamedTuple):
    """By how much a counter surely rose since the sample before, and whether it was reset meanwhile."""

    rise: float
    reset: bool


class Steps:
    """A counter from each readable sample to the next. What cannot be read is passed over.

    Args:
        role: the counter's.
        absent_is_zero: whether a trader that answers without it has counted nothing yet.
    """

    def __init__(self, role: str, *, absent_is_zero: bool) -> None:
        self._role = role
        self._absent_is_zero = absent_is_zero
        self._earlier: tuple[Sample, Mapping[str, float]] | None = None
        self._gone: dict[str, float] = {}  # what series held that are not there any more
        self._started: float | None = None

    def read(self, sample: Sample) -> Mapping[str, float] | Reason:
        """Return the counter's value by series, or why it cannot be used."""
        # Absent means zero only in an answer that is the trader's: one in which some other role was found. What was
        # looked for and found without a series is missing.
        if self._absent_is_zero and sample.readings and self._role not in sample.readings:
            return {}
        return read_counter(sample.readings.get(self._role))

    def to(self, sample: Sample) -> Step | Reason:
        """Return the step to the next sample, or why it cannot be read."""
        values = self.read(sample)
        if isinstance(values, Reason):
            return values
        start, started = _started(sample), self._started
        # A process that was started anew has reset its counters even where a value did not drop.
        anew = start is not None and started is not None and abs(start - started) > _SAME_PROCESS
        rise, reset = 0.0, anew
        if self._earlier is not None:
            before, earlier = self._earlier
            anew = anew or _counts_anew(before, sample)
            held = {} if anew else self._gone
            rise, dropped = _rise(before.source, earlier, sample.source, values, held)
            reset = anew or dropped
            self._gone = (
                {} if anew else {one: value for one, value in (held | dict(earlier)).items() if one not in values}
            )
        self._earlier, self._started = (sample, values), started if start is None else start
        return Step(rise, reset)


def restarted_between(before: Sample, after: Sample) -> bool:
    """Tell whether the trader was started anew between two samples: another start time, or ticks that fell."""
    then, now = _started(before), _started(after)
    another = then is not None and now is not None and abs(now - then) > _SAME_PROCESS
    return another or _counts_anew(before, after)


def _counts_anew(before: Sample, after: Sample) -> bool:
    """Tell whether scan ticks fell between two samples: a restart, also of a trader that tells no start time."""
    earlier, later = before.readings.get(SCAN_TICKS), after.readings.get(SCAN_TICKS)
    return earlier is not None and later is not None and later.total < earlier.total


def _started(sample: Sample) -> float | None:
    reading = sample.readings.get(PROCESS_START)
    return None if reading is None else reading.only


def _rise(
    before: Source,
    earlier: Mapping[str, float],
    after: Source,
    later: Mapping[str, float],
    gone: Mapping[str, float],
) -> tuple[float, bool]:
    """Return by how much a counter surely rose between two samples, and whether it was reset between them.

    After a drop the new value was counted since the reset, and a series that was not there before rose from zero; one
    that comes back may be an answer that left it out, so that it surely rose by no more than what is new since then.
    Between two sources either may be no more than a label that they write in different ways, so nothing is added then.
    """
    rise, reset = 0.0, not earlier.keys() <= later.keys()
    for labels, value in later.items():
        step = value - earlier.get(labels, gone.get(labels, 0.0))
        reset = reset or labels in gone
        is_new = labels not in earlier and value > 0
        if step < 0 or (is_new and before is not after):
            reset = True
            step = value if before is after else 0.0
        rise += step
    return rise, reset
