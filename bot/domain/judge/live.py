"""What a session's samples say as they come, so that a breach is told while it happens.

It reckons as the judge does: it never says FAIL where the judge will not, over the same samples.
"""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.domain.criteria import ALERTS
from bot.domain.evidence import RULES_STARTED
from bot.domain.judge.alerts import firing_in, problems_in
from bot.domain.judge.counters import Step, Steps
from bot.domain.judge.finding import Finding, counted, failed, inconclusive, passed
from bot.domain.judge.gauges import GAUGES, judge_reading, read_gauge, target_of
from bot.domain.judge.reasons import Reason, clause
from bot.domain.judge.retry_spikes import WORDS
from bot.domain.judge.timeline import SECOND, latest, microseconds
from bot.domain.metrics import RETRIES, SCAN_TICKS, retries
from bot.domain.policy import Policy, RetryLimit
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.domain.value import epoch_us


class LiveJudge:
    """Judges one session while it runs, sample by sample in order of time.

    A finding is FAIL where the target is missed for sure, PASS where it is held for sure, and INCONCLUSIVE where a
    reading cannot be used. A criterion of which nothing is sure yet is left out, and so is an excluded one. What is
    kept is no more than one window of each counter.
    """

    def __init__(self, policy: Policy, session: Session) -> None:
        self._policy = policy
        self._session = session
        self._opens = epoch_us(session.opens)
        self._closes = epoch_us(session.closes) - self._opens
        self._targets = tuple(target_of(role, policy) for role in GAUGES if role not in policy.excluded)
        self._counters = self._begin()
        self._prometheus_started: float | None = None

    def seen(self, sample: Sample) -> dict[str, Finding]:
        """Return what one more sample of the trader shows, by criterion; nothing outside of the session."""
        at = epoch_us(sample.at) - self._opens
        if at < 0:  # only the nearest one before the open bounds what happened at it
            self._counters = self._begin()
        found = {counter.role: counter.take(at, sample) for counter in self._counters}
        if not self._session.contains(sample.at):
            return {}
        if latest(at, sample) > self._closes:  # what it counted may be of after the close
            found.clear()
        gauges = {target.role: judge_reading(target, sample.readings.get(target.role)) for target in self._targets}
        return gauges | {role: finding for role, finding in found.items() if finding is not None}

    def looked(self, look: Sample) -> dict[str, Finding]:
        """Return what one more look at Prometheus's rules shows of the alerts; nothing outside of the session."""
        if ALERTS in self._policy.excluded or not self._session.contains(look.at):
            return {}
        start = read_gauge(look.readings.get(RULES_STARTED))
        before = self._prometheus_started
        if not isinstance(start, Reason):
            self._prometheus_started = start
        return {ALERTS: _judge_look(look, start, before)}

    def _begin(self) -> "tuple[_Counter, ...]":
        counters = (_Ticks(self._policy), *(_Retries(kind, self._policy) for kind in RETRIES))
        return tuple(counter for counter in counters if counter.role not in self._policy.excluded)


def _judge_look(look: Sample, start: float | Reason, before: float | None) -> Finding:
    if firing := sorted(set(firing_in(look))):
        are = "is" if len(firing) == 1 else "are"
        return failed(Reason.FIRED, f"{' and '.join(firing)} {are} firing; no rule of the rules file may.")
    if problems := problems_in(look):
        return inconclusive(Reason.RULES_NOT_LOADED, f"Prometheus's rules are not in order: {'; '.join(problems)}")
    if isinstance(start, Reason):
        return inconclusive(Reason.NOT_WATCHED, f"A look at Prometheus's rules cannot be used: {clause(start)}.")
    if before is not None and before != start:
        return inconclusive(Reason.PROMETHEUS_RESTARTED, "Prometheus was restarted: what fired meanwhile is not known.")
    return passed("No rule of the rules file is firing, and all of them are in order.")


class _Count(NamedTuple):
    """What a counter had surely risen by, at a time (µs since the open), and when that was read at the latest."""

    at: int
    late: int
    risen: float


@dataclass(slots=True)
class _Window:
    """The newest stretch of a counter, `length` µs long, with the last sample at or before its start."""

    length: int
    max_gap: int
    edge: int = 0  # where it starts, µs since the open
    unbroken: int = 0  # since when it shows neither a gap nor a reset
    counts: deque[_Count] = field(default_factory=deque)

    def add(self, at: int, late: int, step: Step) -> None:
        """Move on to the next readable sample."""
        last = self.counts[-1] if self.counts else _Count(at, late, 0.0)
        if step.reset or at - last.at > self.max_gap or not self.counts:
            self.unbroken = at
        self.counts.append(_Count(at, late, last.risen + step.rise))
        self.edge = max(at - self.length, 0)
        while len(self.counts) > 1 and self.counts[1].late <= self.edge:
            self.counts.popleft()

    @property
    def is_whole(self) -> bool:
        """Whether it was watched from its start on, and nothing in it may be lost."""
        return self.unbroken <= self.counts[0].at and self.counts[0].late <= self.edge

    @property
    def surely(self) -> float:
        """The increase between samples that a window surely holds, however long the newest took to be read."""
        start = max(self.counts[-1].late - self.length, 0)
        first = next((count for count in self.counts if count.at >= start), self.counts[-1])
        return self.counts[-1].risen - first.risen

    @property
    def possibly(self) -> float:
        """The increase since the last sample at or before its start: it held no more, if it is whole."""
        return self.counts[-1].risen - self.counts[0].risen


class _Counter(ABC):
    """A counter with its newest window."""

    def __init__(self, role: str, words: str, steps: Steps, window: _Window) -> None:
        self.role = role
        self._words = words
        self._steps = steps
        self._window = window

    def take(self, at: int, sample: Sample) -> Finding | None:
        """Return what the newest window shows with one more sample."""
        step = self._steps.to(sample)
        if isinstance(step, Reason):
            return inconclusive(step, f"{self._words} cannot be judged: {clause(step)}.")
        self._window.add(at, latest(at, sample), step)
        return None if at < 0 else self._judge(self._window)

    @abstractmethod
    def _judge(self, window: _Window) -> Finding | None: ...


class _Ticks(_Counter):
    """Scan ticks: a window within the session that surely held too few of them is a breach."""

    def __init__(self, policy: Policy) -> None:
        window = _Window(microseconds(policy.scan_ticks.window), microseconds(policy.max_gap))
        super().__init__(SCAN_TICKS, "Scan ticks", Steps(SCAN_TICKS, absent_is_zero=False), window)
        self._needed = policy.scan_ticks.min_increase
        seconds = window.length / SECOND
        self._said = f"came in {seconds:g} s; the target is {counted(self._needed, 'scan tick')} in every {seconds:g} s"

    def _judge(self, window: _Window) -> Finding | None:
        if window.surely >= self._needed:
            return passed(f"{counted(window.surely, 'scan tick')} {self._said}.")
        first, last = window.counts[0].at, window.counts[-1].at
        covered = window.is_whole and first >= 0 and last - first >= window.length  # within the session
        if covered and window.possibly < self._needed:
            return failed(Reason.NO_INCREASE, f"{counted(window.possibly, 'scan tick')} {self._said}.")
        return None


class _Retries(_Counter):
    """Retries of one kind: a window that surely held too many is a breach; at the open it begins to fill."""

    def __init__(self, kind: str, policy: Policy) -> None:
        limit: RetryLimit = getattr(policy.retries, kind)
        window = _Window(microseconds(limit.window), microseconds(policy.max_gap))
        role = retries(kind)
        super().__init__(role, WORDS[kind], Steps(role, absent_is_zero=policy.retries.absent_is_zero), window)
        self._limit = limit.max_increase
        self._said = f"within {window.length / SECOND:g} s; at most {limit.max_increase} may"

    def _judge(self, window: _Window) -> Finding | None:
        if window.surely > self._limit:
            return failed(Reason.EXCEEDED, f"{self._words} rose by {window.surely:g} {self._said}.")
        if window.is_whole and window.possibly <= self._limit:
            said = f"{self._words} rose by at most {window.possibly:g} {self._said}."
            return passed(said, {"rise": window.possibly})
        return None
