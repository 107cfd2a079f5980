"""A whole day as a ledger would hold it, clean or with exactly one fault, made from the trader's own policy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

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
from bot.domain.metrics import OCO_CHILDREN, ORDERS_PLACED
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.selftest.planted_samples import SAMPLED, SamplePlanter

_NAME = "planted"
_JUST = 0.001  # seconds


@dataclass(frozen=True, slots=True)
class PlantedDay:
    """What a ledger would hold of a day, and the criteria that the fault planted in it may tell on."""

    session: Session
    entries: tuple[Entry, ...]
    samples: tuple[Sample, ...] = ()
    spoilt: frozenset[str] = frozenset()


class DayPlanter:
    """Makes days of one trader.

    Every day raises BadAnswer where the trader's metrics cannot be read as they were planted.

    Args:
        trader: whose metrics, policy and reading are put to the test.

    Raises:
        ConfigurationError: no metrics can be made of the trader's selectors.
    """

    def __init__(self, trader: TraderDesk) -> None:
        self._trader = trader
        self._samples = SamplePlanter(trader)
        self._looks = tuple(self._samples.looks())

    def clean(self) -> PlantedDay:
        """Return a day that holds every target."""
        return self._day(self._samples.clean())

    def breach(self, criterion: str) -> PlantedDay:
        """Return a day that is clean but for one criterion, which fails."""
        if criterion in SAMPLED:
            return self._day(self._samples.breach(criterion), spoilt=self._samples.readers(criterion))
        return self._day(self._samples.clean(), breach=criterion, spoilt={criterion})

    def unreadable(self, criterion: str) -> PlantedDay:
        """Return a day that is clean but for one sample, in which a criterion's metric is no number."""
        return self._day(self._samples.unreadable(criterion), spoilt=self._samples.readers(criterion))

    def nothing(self) -> PlantedDay:
        """Return a day of which nothing is known but that its gate can fail."""
        return PlantedDay(self._samples.session, self._linked(self._self_tested()), spoilt=frozenset(CRITERIA))

    def _day(self, samples: tuple[Sample, ...], *, breach: str = "", spoilt: Iterable[str] = ()) -> PlantedDay:
        entries = self._linked(*self._bodies(breach), self._self_tested())
        return PlantedDay(self._samples.session, entries, samples + self._looks, frozenset(spoilt))

    def _bodies(self, breach: str) -> Iterator[Body]:
        """Yield what is recorded of a day beside its samples, with a breach of one criterion."""
        session = self._samples.session
        yield SessionOpened(session=session, number=1, required=1, provenance=Provenance())
        yield DrillMeasured(run=self._drill(rises=breach != "drill"))
        yield FlattenMeasured(timing=self._flatten(late=breach == "flatten"))
        yield ReconcileMeasured(run=_reconcile(session, rows=int(breach == "reconcile")))
        yield AlertsMeasured(history=_alerts(session, fired=breach == "alerts"))

    def _drill(self, *, rises: bool) -> DrillRun:
        total = self._samples.total
        return DrillRun(
            started_at=self._samples.session.opens,
            **self._trader.plan.model_dump(),
            injected=True,
            orders_placed=CounterRise(before=total(ORDERS_PLACED, 0), after=total(ORDERS_PLACED, int(rises))),
            oco_children_created=CounterRise(before=total(OCO_CHILDREN, 0), after=total(OCO_CHILDREN, 2)),
            parent_rows=1,
            child_rows=2,
        )

    def _flatten(self, *, late: bool) -> FlattenTiming:
        limit = self._trader.policy.flatten_limit.total_seconds()
        low, high = (limit + _JUST, limit + 2 * _JUST) if late else (0.0, limit)
        opens = self._samples.session.opens
        return FlattenTiming(started_at=opens, positions_before=1, positions_after=0, low=low, high=high, status=200)

    def _self_tested(self) -> SelfTested:
        """Return that the self-test found everything.

        It is what is being found out here, so it has to be assumed: without it no PASS would count on a planted day,
        and a judge that calls every day INCONCLUSIVE would look like a good one.
        """
        cases = (
            PlantedCase(criterion=name, case=case, wanted=wanted, found=wanted)
            for name in CRITERIA
            for case, wanted in CASES.items()
        )
        controls = ControlRun(checks=(PlantedRows(check=_NAME, digest="", found=1),))
        at = self._samples.session.opens
        return SelfTested(run=SelfTestRun(at=at, version="", cases=tuple(cases), controls=controls))

    def _linked(self, *bodies: Body) -> tuple[Entry, ...]:
        session = self._samples.session
        entries: list[Entry] = []
        for number, body in enumerate(bodies, 1):
            at = session.closes + timedelta(seconds=number)
            draft = Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=self._trader.name, day=session.date)
            entries.append(link(draft, number, entries[-1].hash if entries else GENESIS))
        return tuple(entries)


def _reconcile(session: Session, *, rows: int) -> ReconcileRun:
    check = ReconcileCheck(name=_NAME, rows=rows)
    opened, closed = session.opens, session.closes
    return ReconcileRun(at=closed, opened=opened, closed=closed, orders=1, checks=(check,))


def _alerts(session: Session, *, fired: bool) -> AlertHistory:
    firing = FiringAlert(name=_NAME, first=session.opens, last=session.opens)
    return AlertHistory(
        rules=(AlertRule(name=_NAME, expr="vector(1)"),),
        rules_digest="",
        firing=(firing,) if fired else (),
        complete=True,
        evaluation_failures=0.0,
        iterations_missed=0.0,
        restarts=0,
    )
