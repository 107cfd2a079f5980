"""The criteria that hold a gauge to its target in every sample: the leader lock and the three heartbeats."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.domain.judge.finding import Finding, failed, inconclusive, passed
from bot.domain.judge.hidden_age import hidden_age
from bot.domain.judge.reasons import Reason, clause
from bot.domain.judge.timeline import SECOND, Coverage, Timeline
from bot.domain.metrics import HEARTBEATS, LEADER, heartbeat
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Sample, json_number
from bot.domain.value import JsonObject

_WORDS = {
    LEADER: "Leader",
    heartbeat("marketdata"): "Market data heartbeat",
    heartbeat("order_stream"): "Order stream heartbeat",
    heartbeat("scan"): "Scan heartbeat",
}
GAUGES = (LEADER, *(heartbeat(name) for name in HEARTBEATS))


def read_gauge(reading: Reading | None) -> float | Reason:
    """Return a gauge's one value, or why there is none."""
    if reading is None or not reading.series:
        return Reason.MISSING
    if reading.type not in (MetricType.GAUGE, MetricType.UNKNOWN):
        return Reason.WRONG_TYPE
    if len(reading.series) > 1:
        return Reason.SEVERAL_SERIES
    value = reading.series[0].value
    return Reason.NAN if math.isnan(value) else value


def _read_age(reading: Reading | None) -> float | Reason:
    value = read_gauge(reading)
    return Reason.NEGATIVE if not isinstance(value, Reason) and value < 0 else value


@dataclass(frozen=True, slots=True)
class Target:
    """What a gauge is held to: how it is read, what breaches it, and how that is said."""

    role: str
    words: str
    target: str
    breach: Reason
    read: Callable[[Reading | None], float | Reason]
    breached: Callable[[float], bool]
    unit: str = ""

    def said(self, value: float) -> str:
        """Return a value as a sentence has it: a few digits and the unit; infinities as Prometheus writes them."""
        return f"{value:.4g}{self.unit}" if math.isfinite(value) else str(json_number(value))


def target_of(role: str, policy: Policy) -> Target:
    """Return what the policy holds a gauge to."""
    if role == LEADER:
        return Target(role, _WORDS[role], "== 1", Reason.NOT_LEADER, read_gauge, lambda value: value != 1)
    limit = policy.heartbeat_limit.total_seconds()
    return Target(role, _WORDS[role], f"< {limit:g} s", Reason.STALE, _read_age, lambda age: age >= limit, " s")


def judge_reading(target: Target, reading: Reading | None) -> Finding:
    """Judge one reading of a gauge by itself."""
    value = target.read(reading)
    if isinstance(value, Reason):
        return inconclusive(value, f"{target.words} cannot be judged: {clause(value)}.")
    evidence: JsonObject = {"value": json_number(value)}
    words = f"{target.words} is {target.said(value)}; the target is {target.target}."
    return (
        failed(target.breach, words, evidence) if target.breached(value) else passed(words, evidence, Reason.ON_TARGET)
    )


@dataclass(slots=True)
class _Run:
    """What one pass over the session's samples found out about a gauge."""

    low: tuple[float, int] | None = None
    high: tuple[float, int] | None = None
    flaw: tuple[Reason, int] | None = None
    flaws: int = 0
    breach: tuple[float, int] | None = None
    breach_end: int | None = None
    breaches: int = 0

    def take(self, at: int, value: float | Reason, breached: Callable[[float], bool]) -> None:
        if isinstance(value, Reason):
            self.flaws += 1
            self.flaw = self.flaw or (value, at)
            return
        if self.low is None or value < self.low[0]:
            self.low = (value, at)
        if self.high is None or value > self.high[0]:
            self.high = (value, at)
        if breached(value):
            self.breaches += 1
            self.breach = self.breach or (value, at)
        elif self.breach is not None and self.breach_end is None:
            self.breach_end = at

    def evidence(self, timeline: Timeline) -> JsonObject:
        found: JsonObject = {"unreadable": self.flaws, "breaching": self.breaches}
        for name, extreme in (("lowest", self.low), ("highest", self.high), ("first_breach", self.breach)):
            if extreme is not None:
                found[name] = json_number(extreme[0])
                found[f"{name}_at"] = timeline.instant(extreme[1])
        if self.breach is not None:
            found["first_breach_seconds"] = self.breach_seconds(timeline)
        return found

    def breach_seconds(self, timeline: Timeline) -> float:
        """How long the first breach was seen to last: to the next good sample, or to the last one there is."""
        end = timeline.times[timeline.end - 1] if self.breach_end is None else self.breach_end
        return (end - self.breach[1]) / SECOND if self.breach else 0.0


def _run(target: Target, inside: Iterable[tuple[int, Sample]]) -> _Run:
    run = _Run()
    for at, sample in inside:
        run.take(at, target.read(sample.readings.get(target.role)), target.breached)
    return run


def judge_gauge(role: str, policy: Policy, coverage: Coverage) -> Finding:
    """Judge a gauge over a whole session."""
    target, timeline = target_of(role, policy), coverage.timeline
    run = _run(target, timeline.inside)
    evidence = {**coverage.evidence(), **run.evidence(timeline)}
    if run.breach is not None:
        value, at = run.breach
        words = f"{target.words} was {target.said(value)} at {timeline.clock(at)}"
        lasted = f"for {run.breach_seconds(timeline):.1f} s"
        return failed(target.breach, f"{words}, {lasted}; the target is {target.target}.", evidence)
    if run.flaw is not None:
        reason, at = run.flaw
        return inconclusive(
            reason, f"{target.words} cannot be judged at {timeline.clock(at)}: {clause(reason)}.", evidence
        )
    if hole := coverage.hole(policy.max_gap):
        return inconclusive(hole.reason, hole.detail, evidence)
    if role == LEADER:
        return passed(f"Leader was 1 in all {coverage.seen} samples.", evidence)
    return _judge_between(target, timeline, evidence)


def _judge_between(target: Target, timeline: Timeline, evidence: JsonObject) -> Finding:
    """Judge what a heartbeat may have reached between samples, knowing that it was fine in each of them."""
    peak = hidden_age(timeline, lambda sample: target.read(sample.readings.get(target.role)))
    if peak is None:
        first = timeline.clock(timeline.times[timeline.first])
        words = f"{target.words} is unknown before {first}: there is no sample from the open or before it."
        return inconclusive(Reason.EDGE_UNCOVERED, words, evidence)
    since: JsonObject = {"highest_possible_from": timeline.instant(peak.since)}
    evidence = {**evidence, "highest_possible": json_number(peak.age), **since}
    if target.breached(peak.age):
        reached = f"{target.said(peak.age)} after {timeline.clock(peak.since)}, between two samples"
        words = f"{target.words} may have reached {reached}"
        return inconclusive(Reason.HIDDEN_AGE, f"{words}; the target is {target.target}.", evidence)
    return passed(
        f"{target.words} was at most {target.said(peak.age)}, proven; the target is {target.target}.", evidence
    )
