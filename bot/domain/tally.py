"""Keeps count of a session while it runs: the worst of each criterion so far, which only ever grows.

A card that shows it stands still for as long as nothing got worse, and nobody has to read the samples again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil, isfinite

from bot.domain.criteria import ALERTS
from bot.domain.judge import Finding, Reason
from bot.domain.judge.counters import Steps
from bot.domain.measures import Measure, SessionSoFar, Watched, measure
from bot.domain.metrics import HEARTBEATS, LEADER, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.domain.verdict import Verdict

_AGES = tuple(heartbeat(name) for name in HEARTBEATS)
_COUNTS = tuple(retries(kind) for kind in RETRIES)
_AGE_STEP = 10  # a heartbeat's age is told in tenths of a second


class Tally:
    """The tally of one session.

    Args:
        policy: what is demanded.
        session: the session.
        began: when the watch did; what was before is not known here.
    """

    def __init__(self, policy: Policy, session: Session, began: datetime) -> None:
        self._policy = policy
        self._session = session
        self._since = began if began > session.opens else None
        self._last = self._ticked = max(began, session.opens)
        self._ticks = Steps(SCAN_TICKS, absent_is_zero=False)
        self._ages: dict[str, tuple[datetime, float]] = {}
        self._worst: dict[str, float] = {}
        self._samples = 0
        self._gap = 0.0
        self._told: tuple[object, ...] = ()
        self._so_far: SessionSoFar | None = None

    @property
    def so_far(self) -> SessionSoFar | None:
        """What has been seen, the same object until it reads differently; None before the first sample."""
        return self._so_far

    def seen(self, sample: Sample, findings: Mapping[str, Finding]) -> None:
        """Count one more sample, with what the judge finds in it."""
        step = self._ticks.to(sample)
        if not self._session.contains(sample.at):
            return
        self._samples += 1
        self._gap = max(self._gap, (sample.at - self._last).total_seconds())
        self._last = sample.at
        if not isinstance(step, Reason):
            self._tick(sample.at, rose=step.rise > 0)
        for name, finding in findings.items():
            self._take(name, finding, sample)
        self._tell()

    def looked(self, findings: Mapping[str, Finding]) -> None:
        """Count one more look at the alert rules."""
        if (found := findings.get(ALERTS)) is not None and found.verdict is Verdict.PASS:
            self._worst[ALERTS] = 0.0

    def _tick(self, at: datetime, *, rose: bool) -> None:
        if self._policy.scan_ticks.min_increase == 1 and SCAN_TICKS not in self._policy.excluded:
            self._worsen(SCAN_TICKS, ceil((at - self._ticked).total_seconds()))
        if rose:
            self._ticked = at

    def _take(self, name: str, finding: Finding, sample: Sample) -> None:
        value = finding.evidence.get("rise" if name in _COUNTS else "value")
        if not isinstance(value, int | float):
            return
        if name == LEADER and finding.verdict is Verdict.PASS:
            self._worst[LEADER] = value
        elif name in _COUNTS:
            self._worsen(name, value)
        elif name in _AGES:
            self._worsen(name, _rounded_up(self._possible(name, value, sample)))
            self._ages[name] = sample.at, value

    def _possible(self, name: str, age: float, sample: Sample) -> float:
        """Return how old a heartbeat may have been since the sample before, as the judge reckons it."""
        at, before = self._ages.get(name, (sample.at, age))
        between = (sample.at - at + timedelta(seconds=sample.took)).total_seconds()
        return max(age, before + between - age) if between > age else age

    def _worsen(self, name: str, value: float) -> None:
        self._worst[name] = max(self._worst.get(name, 0.0), value)

    def _tell(self) -> None:
        whole = self._session.length / self._policy.scrape_interval
        percent = min(int(100 * self._samples / whole), 100)
        told = (percent, ceil(self._gap), *sorted(self._worst.items()))
        if told == self._told:
            return
        self._told = told
        self._so_far = SessionSoFar(
            day=self._session.date,
            watched=Watched(
                samples=self._samples,
                percent=percent,
                longest_gap=round(self._gap, 1),
                gap_limit=self._policy.max_gap.total_seconds(),
                since=self._since,
            ),
            measures=tuple(self._measure(name, worst) for name, worst in self._worst.items()),
        )

    def _measure(self, name: str, worst: float) -> Measure:
        if name in (LEADER, ALERTS):  # held to one value
            return Measure(id=name, worst=worst, limit=worst)
        return measure(name, worst, self._policy)


def _rounded_up(age: float) -> float:
    """Return an age as it is told; one beyond all measure, as some traders give for "never", stays as it is."""
    steps = round(age, 3) * _AGE_STEP
    return ceil(steps) / _AGE_STEP if isfinite(steps) else age
