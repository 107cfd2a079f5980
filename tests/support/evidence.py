"""Evidence for tests: a clean, realistic day to start from, and the pieces it is made of."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from bot.domain.criteria import CRITERIA
from bot.domain.evidence import (
    RULES_STARTED,
    AlertHistory,
    AlertRule,
    ControlRun,
    CounterRise,
    DrillRun,
    Evidence,
    FlattenTiming,
    PlantedCase,
    PlantedRows,
    ReconcileCheck,
    ReconcileRun,
    SelfTestRun,
)
from bot.domain.judge.self_test import CASES
from bot.domain.metrics import HEARTBEATS, LEADER, OCO_CHILDREN, ORDERS_PLACED, PROCESS_START, SCAN_TICKS, heartbeat
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from bot.domain.session import Session

OPENS = datetime(2026, 11, 23, 3, 45, tzinfo=UTC)
STARTED = 1_763_862_000.0  # process start of the trader and of Prometheus, seconds since 1970
RULE = AlertRule(name="TraderDown", expr="up == 0", hold=60.0)


def session_of(seconds: float = 600.0, opens: datetime = OPENS) -> Session:
    """Return a session of this length."""
    closes = opens + timedelta(seconds=seconds)
    return Session(date=date(2026, 11, 23), opens=opens, closes=closes, timezone="Asia/Kolkata")


def gauge(*values: float) -> Reading:
    """Return a gauge with one series a value."""
    return Reading(MetricType.GAUGE, _series(values))


def counter(*values: float) -> Reading:
    """Return a counter with one series a value."""
    return Reading(MetricType.COUNTER, _series(values))


def _series(values: Sequence[float]) -> tuple[Series, ...]:
    if len(values) == 1:
        return (Series("", values[0]),)
    return tuple(Series(f'{{instance="{number}"}}', value) for number, value in enumerate(values))


def sample_at(session: Session, seconds: float, readings: Mapping[str, Reading], source: Source = Source.BOT) -> Sample:
    """Return a sample taken this long after the open."""
    return Sample(session.opens + timedelta(seconds=seconds), readings, source)


def with_reading(sample: Sample, role: str, reading: Reading | None) -> Sample:
    """Return a sample with one reading put in another's place, or taken away."""
    others = {name: value for name, value in sample.readings.items() if name != role}
    return replace(sample, readings=others if reading is None else {**others, role: reading})


def clean_samples(session: Session, policy: Policy, *, seed: int = 0, lead: float = 3.0) -> list[Sample]:
    """Return samples of a healthy trader, with the jitter of a real watch, from `lead` s before to `lead` s after."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    interval, length = policy.scrape_interval.total_seconds(), session.length.total_seconds()
    due = [step * interval - lead for step in range(int((length + 2 * lead) / interval) + 1)]
    times = [at + chance.uniform(0.0, 0.2) * interval for at in due]
    beats = {name: _latest_beats(times, chance) for name in HEARTBEATS}
    ticks, ticked, counted = _latest_beats(times, chance), 0.0, 1000
    samples = []
    for at in times:
        ages = {heartbeat(name): gauge(round(at - next(beats[name]), 3)) for name in HEARTBEATS}
        latest = next(ticks)
        ticked, counted = latest, counted + (latest != ticked)
        readings = {
            LEADER: gauge(1.0),
            **ages,
            SCAN_TICKS: counter(float(counted)),
            ORDERS_PLACED: counter(3.0),
            OCO_CHILDREN: counter(6.0),
            PROCESS_START: gauge(STARTED),
        }
        samples.append(sample_at(session, at, readings))
    return samples


def _latest_beats(times: Sequence[float], chance: random.Random) -> Iterator[float]:
    """Yield, for each time, when something that happens about every second last happened."""
    latest = times[0] - 0.5
    following = latest + 1.0
    for at in times:
        while following <= at:
            latest, following = following, following + chance.uniform(0.5, 1.5)
        yield latest


def clean_drill(session: Session, *, seconds: float = 60.0) -> DrillRun:
    """Return a drill that worked, started this long after the open."""
    return DrillRun(
        started_at=session.opens + timedelta(seconds=seconds),
        symbol="NIFTY",
        side="LONG",
        qty=50,
        strategy="ORB",
        injected=True,
        orders_placed=CounterRise(before=2.0, after=3.0),
        oco_children_created=CounterRise(before=4.0, after=6.0),
        parent_rows=1,
        child_rows=2,
    )


def clean_flatten(session: Session, *, seconds: float = 70.0) -> FlattenTiming:
    """Return a flatten that was quick enough, started this long after the open."""
    return FlattenTiming(
        started_at=session.opens + timedelta(seconds=seconds),
        positions_before=1,
        positions_after=0,
        low=0.31,
        high=0.36,
        status=200,
    )


def clean_reconcile(session: Session) -> ReconcileRun:
    """Return a reconcile after the close that found nothing."""
    return ReconcileRun(
        at=session.closes + timedelta(minutes=5),
        opened=session.opens,
        closed=session.closes,
        orders=3,
        checks=(ReconcileCheck(name="duplicates", rows=0), ReconcileCheck(name="orphans", rows=0)),
    )


def clean_alerts() -> AlertHistory:
    """Return a history without an alert, complete and healthy."""
    return AlertHistory(
        rules=(RULE,), rules_digest="d", complete=True, evaluation_failures=0.0, iterations_missed=0.0, restarts=0
    )


@cache
def clean_self_test(at: datetime = OPENS) -> SelfTestRun:
    """Return a self-test that found everything it had planted, with the checks of `clean_reconcile`."""
    cases = (
        PlantedCase(criterion=name, case=case, wanted=wanted, found=wanted)
        for name in CRITERIA
        for case, wanted in CASES.items()
    )
    checks = tuple(PlantedRows(check=name, digest="", found=1) for name in ("duplicates", "orphans"))
    return SelfTestRun(at=at, version="0", cases=tuple(cases), controls=ControlRun(checks=checks))


def known(**fields: Any) -> Evidence:
    """Return evidence of which nothing is known but these fields, and that the gate can fail."""
    return Evidence(**{"selftest": clean_self_test(), **fields})


def clean_looks(session: Session, policy: Policy) -> list[Sample]:
    """Return looks at Prometheus's rules from before the open until after the close, all in order."""
    interval, length = policy.alerts.interval.total_seconds(), session.length.total_seconds()
    steps = range(-1, int(length / interval) + 2)
    return [sample_at(session, n * interval, {RULES_STARTED: gauge(STARTED)}, Source.ALERTS) for n in steps]


def clean_day(session: Session, policy: Policy | None = None, *, seed: int = 0) -> Evidence:
    """Return evidence of a day that passes every criterion. `seed` varies its jitter."""
    policy = policy or Policy()
    return Evidence(
        samples=clean_samples(session, policy, seed=seed),
        alert_looks=clean_looks(session, policy),
        drills=[clean_drill(session)],
        flattens=[clean_flatten(session)],
        reconciles=[clean_reconcile(session)],
        alerts=clean_alerts(),
        selftest=clean_self_test(),
    )
