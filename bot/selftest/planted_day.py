"""A whole day as a ledger would hold it, clean or with exactly one fault, made from the trader's own policy.

Samples take the way of real ones: a metrics text, read as a scrape reads it, put into the form in which it is stored,
and read back.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from math import ceil, nan
from typing import Final

from bot.desk import TraderDesk
from bot.domain.criteria import CRITERIA
from bot.domain.day import Provenance
from bot.domain.entry import (
    GENESIS,
    AlertsMeasured,
    Body,
    Draft,
    DrillMeasured,
    Entry,
    FlattenMeasured,
    ReconcileMeasured,
    SelfTested,
    SessionOpened,
    link,
)
from bot.domain.evidence import (
    RULES_FIRING,
    RULES_PROBLEMS,
    RULES_STARTED,
    AlertHistory,
    AlertRule,
    ControlRun,
    CounterRise,
    DrillRun,
    FiringAlert,
    FlattenTiming,
    PlantedCase,
    PlantedRows,
    ReconcileCheck,
    ReconcileRun,
    SelfTestRun,
)
from bot.domain.judge.self_test import CASES
from bot.domain.metrics import HEARTBEATS, LEADER, OCO_CHILDREN, ORDERS_PLACED, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import MetricType, Reading, Sample, Series, Source, decode_readings, encode_readings
from bot.domain.session import Session
from bot.selftest.planted_metrics import PlantedMetrics

_BEATS = tuple(heartbeat(name) for name in HEARTBEATS)
SAMPLED: Final = (LEADER, *_BEATS, SCAN_TICKS, *(retries(kind) for kind in RETRIES))
_OPENS = datetime(2000, 1, 3, 9, 15, tzinfo=UTC)  # any day will do
_STILL = 1.0  # what all that does not move reads
_NAME = "planted"
_STEPS = 4  # in so many steps scan ticks rise within one window

_Curve = Callable[[int], float]  # a metric's value, by the number of the sample
_Readings = Mapping[str, Reading]


@dataclass(frozen=True, slots=True)
class PlantedDay:
    """What a ledger would hold of a day, and the criteria whose fault was planted in it."""

    session: Session
    entries: tuple[Entry, ...] = ()
    samples: tuple[Sample, ...] = ()
    spoilt: frozenset[str] = frozenset()


class DayPlanter:
    """Makes days of one trader. They are as short as the policy's windows allow.

    Args:
        trader: whose metrics, policy and reading are put to the test.

    Raises:
        ConfigurationError: no metrics can be made of the trader's selectors.
    """

    def __init__(self, trader: TraderDesk) -> None:
        self._trader = trader
        self._policy = trader.policy
        self._metrics = PlantedMetrics(trader.metrics.roles())
        self._read: dict[str, _Readings] = {}  # by the text: most samples of a day are alike
        policy, interval = trader.policy, trader.policy.scrape_interval
        self._window = ceil(policy.scan_ticks.window / interval)  # in samples
        self._count = max(2 * self._window, ceil(2 * policy.alerts.interval / interval)) + 2
        closes = _OPENS + self._count * interval
        self.session = Session(date=_OPENS.date(), opens=_OPENS, closes=closes)

    def clean(self) -> PlantedDay:
        """Return a day that holds every target.

        Raises:
            BadAnswer: the trader's metrics cannot be read as they were planted; so it is with the other days.
        """
        return self._day(self._clean_curves)

    def breach(self, criterion: str) -> PlantedDay:
        """Return a day that is clean but for one criterion, which fails."""
        if criterion not in SAMPLED:
            return self._day(self._clean_curves, criterion)
        return self._day(self._spoilt(criterion, self._breaching(criterion)), criterion)

    def unreadable(self, criterion: str) -> PlantedDay:
        """Return a day that is clean but for one sample, in which a criterion's metric is no number."""
        clean = self._clean_curves[criterion]
        return self._day(self._spoilt(criterion, self._once(nan, clean)), criterion)

    def nothing(self) -> PlantedDay:
        """Return a day of which nothing is known but that its gate can fail."""
        return PlantedDay(self.session, self._linked(self._self_tested()), spoilt=frozenset(CRITERIA))

    def _day(self, curves: Mapping[str, _Curve], spoilt: str = "") -> PlantedDay:
        names = self._metrics.readers(spoilt) if spoilt in SAMPLED else {spoilt} - {""}
        entries = self._linked(*self._bodies(spoilt), self._self_tested())
        return PlantedDay(self.session, entries, (*self._samples(curves), *self._looks()), frozenset(names))

    def _samples(self, curves: Mapping[str, _Curve]) -> Iterator[Sample]:
        """Yield samples half an interval beside the edges, the first before the open and the last after the close."""
        interval = self._policy.scrape_interval
        for number in range(self._count + 2):
            at = _OPENS + (number - 0.5) * interval
            yield Sample(at, self._reading({role: curve(number) for role, curve in curves.items()}))

    def _reading(self, values: Mapping[str, float]) -> _Readings:
        text = self._metrics.text(values)
        if text not in self._read:
            self._read[text] = decode_readings(encode_readings(self._trader.trader.read(text)))
        return self._read[text]

    def _looks(self) -> Iterator[Sample]:
        interval = self._policy.alerts.interval
        readings = {
            RULES_PROBLEMS: Reading(MetricType.GAUGE, ()),
            RULES_FIRING: Reading(MetricType.GAUGE, ()),
            RULES_STARTED: Reading(MetricType.GAUGE, (Series("", _STILL),)),
        }
        for number in range(ceil(self.session.length / interval) + 1):
            yield Sample(_OPENS + (number + 0.5) * interval, decode_readings(encode_readings(readings)), Source.ALERTS)

    @cached_property
    def _clean_curves(self) -> dict[str, _Curve]:
        age = self._policy.heartbeat_limit.total_seconds() / 10
        still: dict[str, _Curve] = dict.fromkeys(self._trader.metrics.roles(), lambda _: _STILL)
        beats: dict[str, _Curve] = dict.fromkeys(_BEATS, lambda _: age)
        return {**still, **beats, LEADER: lambda _: 1.0, SCAN_TICKS: self._ticks}

    def _ticks(self, number: int) -> float:
        """Return scan ticks that rise in steps, so that few texts need to be read."""
        return float(number // max(self._window // _STEPS, 1) * self._policy.scan_ticks.min_increase)

    def _breaching(self, criterion: str) -> _Curve:
        clean = self._clean_curves[criterion]
        if criterion == LEADER:
            return self._once(0.0, clean)
        if criterion == SCAN_TICKS:
            return lambda number: clean(min(number, self._window))
        if criterion in _BEATS:
            return self._once(self._policy.heartbeat_limit.total_seconds(), clean)
        kind = next(kind for kind in RETRIES if retries(kind) == criterion)
        too_many = getattr(self._policy.retries, kind).max_increase + 1
        return lambda number: clean(number) + too_many * (number >= self._middle)

    def _once(self, value: float, otherwise: _Curve) -> _Curve:
        return lambda number: value if number == self._middle else otherwise(number)

    @property
    def _middle(self) -> int:
        return self._count // 2

    def _spoilt(self, criterion: str, curve: _Curve) -> dict[str, _Curve]:
        return {**self._clean_curves, **dict.fromkeys(self._metrics.readers(criterion), curve)}

    def _bodies(self, spoilt: str) -> Iterator[Body]:
        """Yield what is recorded of a day beside its samples, with the fault of one criterion."""
        at, session = _OPENS + self.session.length / 2, self.session
        yield SessionOpened(session=session, number=1, required=1, provenance=Provenance())
        yield DrillMeasured(run=self._drill(at, rises=spoilt != "drill"))
        yield FlattenMeasured(timing=self._flatten(at, late=spoilt == "flatten"))
        check = ReconcileCheck(name=_NAME, rows=int(spoilt == "reconcile"))
        yield ReconcileMeasured(
            run=ReconcileRun(at=session.closes, opened=session.opens, closed=session.closes, orders=1, checks=(check,))
        )
        fired = FiringAlert(name=_NAME, first=at, last=at)
        yield AlertsMeasured(
            history=AlertHistory(
                rules=(AlertRule(name=_NAME, expr="vector(1)"),),
                rules_digest="",
                firing=(fired,) if spoilt == "alerts" else (),
                complete=True,
                evaluation_failures=0.0,
                iterations_missed=0.0,
                restarts=0,
            )
        )

    def _drill(self, at: datetime, *, rises: bool) -> DrillRun:
        return DrillRun(
            started_at=at,
            **self._trader.plan.model_dump(),
            injected=True,
            orders_placed=self._rise(ORDERS_PLACED, 1.0 if rises else 0.0),
            oco_children_created=self._rise(OCO_CHILDREN, 2.0),
            parent_rows=1,
            child_rows=2,
        )

    def _rise(self, role: str, by: float) -> CounterRise:
        """Return a counter before and after, as a drill reads it: one that is absent counts zero."""
        values = {name: curve(0) for name, curve in self._clean_curves.items()}
        scrapes = (
            self._reading({**values, **dict.fromkeys(self._metrics.readers(role), value)})
            for value in (_STILL, _STILL + by)
        )
        before, after = (scrape[role].total if role in scrape else 0.0 for scrape in scrapes)
        return CounterRise(before=before, after=after)

    def _flatten(self, at: datetime, *, late: bool) -> FlattenTiming:
        limit = self._policy.flatten_limit.total_seconds()
        low, high = (limit + 0.001, limit + 0.002) if late else (0.0, limit)
        return FlattenTiming(started_at=at, positions_before=1, positions_after=0, low=low, high=high, status=200)

    def _self_tested(self) -> SelfTested:
        """Return that the self-test found everything.

        It is what is being found out here, so it has to be assumed: without it no PASS would count on a planted day,
        and nothing could be told of a judge that calls every day INCONCLUSIVE.
        """
        cases = (
            PlantedCase(criterion=name, case=case, wanted=wanted, found=wanted)
            for name in CRITERIA
            for case, wanted in CASES.items()
        )
        controls = ControlRun(checks=(PlantedRows(check=_NAME, digest="", found=1),))
        return SelfTested(run=SelfTestRun(at=_OPENS, version="", cases=tuple(cases), controls=controls))

    def _linked(self, *bodies: Body) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        for number, body in enumerate(bodies, 1):
            draft = Draft(
                at=_OPENS + number * timedelta(seconds=1),
                body=body,
                actor=BOT,
                origin=INSIDE,
                trader=self._trader.name,
                day=self.session.date,
            )
            entries.append(link(draft, number, entries[-1].hash if entries else GENESIS))
        return tuple(entries)
