"""Worse evidence never gives a better verdict: not one breach more, one sample less, one whole kind less."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.criteria import CRITERIA
from bot.domain.evidence import Evidence, FiringAlert
from bot.domain.judge import judge
from bot.domain.metrics import LEADER, SCAN_TICKS
from bot.domain.sample import Reading, Sample, Source
from bot.domain.verdict import Verdict
from tests.support.evidence import RULE, clean_drill, clean_flatten, clean_reconcile, counter, gauge, with_reading
from tests.support.worlds import ANY_SAMPLE, CLEAN, POLICY, SAMPLED, SESSION, verdicts

_DRILLS = [
    clean_drill(SESSION, seconds=20),
    clean_drill(SESSION, seconds=30).model_copy(update={"parent_rows": 0}),
    clean_drill(SESSION, seconds=40).model_copy(update={"child_rows": None, "trouble": "cut off"}),
]
_FLATTENS = [
    clean_flatten(SESSION, seconds=25),
    clean_flatten(SESSION, seconds=35).model_copy(update={"low": 3.0, "high": 3.1}),
    clean_flatten(SESSION, seconds=45).model_copy(update={"positions_before": 0, "low": None, "high": 0.0}),
    clean_flatten(SESSION, seconds=55).model_copy(update={"low": 1.9, "high": 2.1}),
]
_CHECKED = clean_reconcile(SESSION)
_RECONCILES = [
    _CHECKED,
    _CHECKED.model_copy(update={"orders": 0}),
    _CHECKED.model_copy(update={"error": "it is away"}),
    _CHECKED.model_copy(update={"checks": (_CHECKED.checks[0].model_copy(update={"rows": 2}),)}),
]
# Any day: clean samples with odd ones among them, and whatever was measured.
DAYS = st.builds(
    lambda odd, **fields: replace(CLEAN, samples=[*CLEAN.samples, *odd], **fields),
    st.lists(ANY_SAMPLE, max_size=4),
    drills=st.lists(st.sampled_from(_DRILLS), max_size=2),
    flattens=st.lists(st.sampled_from(_FLATTENS), max_size=2),
    reconciles=st.lists(st.sampled_from(_RECONCILES), max_size=2),
    alerts=st.sampled_from([CLEAN.alerts, None]),
    selftest=st.sampled_from([CLEAN.selftest, CLEAN.selftest, None]),
)

Breach = Callable[[Evidence, int], Evidence]


def _once(role: str, reading: Reading) -> Breach:
    def breach(evidence: Evidence, number: int) -> Evidence:
        samples = [with_reading(s, role, reading) if n == number else s for n, s in enumerate(evidence.samples)]
        return replace(evidence, samples=samples)

    return breach


def _from_then_on(role: str, reading: Callable[[Sample], Reading]) -> Breach:
    def breach(evidence: Evidence, number: int) -> Evidence:
        since = evidence.samples[number].at
        samples = [with_reading(s, role, reading(s)) if s.at >= since else s for s in evidence.samples]
        return replace(evidence, samples=samples)

    return breach


def _fires(evidence: Evidence, number: int) -> Evidence:
    if evidence.alerts is None:
        return evidence
    at = evidence.samples[number].at
    fired = FiringAlert(name=RULE.name, first=at, last=at)
    return replace(evidence, alerts=evidence.alerts.model_copy(update={"firing": (fired,)}))


BREACHES: dict[str, Breach] = {
    LEADER: _once(LEADER, gauge(0.0)),
    **{name: _once(name, gauge(5.0)) for name in SAMPLED if name.startswith("heartbeat")},
    SCAN_TICKS: _from_then_on(SCAN_TICKS, lambda _: counter(9e9)),
    **{name: _from_then_on(name, lambda _: counter(4.0)) for name in SAMPLED if name.startswith("retries")},
    "drill": lambda evidence, _: replace(evidence, drills=[*evidence.drills, _DRILLS[1]]),
    "flatten": lambda evidence, _: replace(evidence, flattens=[*evidence.flattens, _FLATTENS[1]]),
    "reconcile": lambda evidence, _: replace(evidence, reconciles=[*evidence.reconciles, _RECONCILES[3]]),
    "alerts": _fires,
}
KINDS = {
    "samples": set(SAMPLED),
    "alert_looks": {"alerts"},
    "alerts": {"alerts"},
    "drills": {"drill"},
    "flattens": {"flatten"},
    "reconciles": {"reconcile"},
    "selftest": set(CRITERIA),
}


@pytest.mark.parametrize("criterion", CRITERIA)
@settings(max_examples=12, deadline=None)
@given(number=st.integers(4, 45))
def test_one_breach_fails_a_clean_day_and_nothing_else(criterion: str, number: int) -> None:
    """A breach of one criterion, wherever it comes, is a FAIL of that one and of the day."""
    judgement = judge(POLICY, SESSION, BREACHES[criterion](CLEAN, number))
    assert judgement.verdict is Verdict.FAIL
    assert {found.id for found in judgement.criteria if found.verdict is Verdict.FAIL} == {criterion}


@settings(max_examples=120, deadline=None)
@given(day=DAYS, criterion=st.sampled_from(CRITERIA), number=st.integers(4, 45))
def test_a_breach_more_never_gives_a_better_verdict(day: Evidence, criterion: str, number: int) -> None:
    """Whatever else is known of a day, a breach added to it keeps its criterion and the day from passing."""
    before, after = verdicts(day), judge(POLICY, SESSION, BREACHES[criterion](day, number))
    found = {result.id: result.verdict for result in after.criteria}
    assert found[criterion] is not Verdict.PASS
    assert before[criterion] is not Verdict.FAIL or found[criterion] is Verdict.FAIL
    assert after.verdict is not Verdict.PASS


@settings(max_examples=120, deadline=None)
@given(day=DAYS, kind=st.sampled_from(sorted(KINDS)))
def test_without_a_whole_kind_of_evidence_nothing_passes_that_rests_on_it(day: Evidence, kind: str) -> None:
    """Whatever it said, its absence proves nothing; the rest stands as it was."""
    # A look among the samples is one more kind of evidence that would be left.
    day = replace(day, samples=[sample for sample in day.samples if sample.source is not Source.ALERTS])
    before = verdicts(day)
    after = verdicts(replace(day, **{kind: None if kind in ("alerts", "selftest") else ()}))
    for name in CRITERIA:
        if name in KINDS[kind]:
            assert after[name] is not Verdict.PASS, name
        else:
            assert after[name] is before[name], name


@settings(max_examples=60, deadline=None)
@given(missing=st.sets(st.integers(0, 66)), more=st.sets(st.integers(0, 66)))
def test_losing_samples_never_proves_more(missing: set[int], more: set[int]) -> None:
    """Of a healthy trader, fewer samples and looks never turn anything into a PASS, nor into a FAIL."""
    fewer, fewest = (
        verdicts(
            replace(
                CLEAN,
                samples=[s for n, s in enumerate(CLEAN.samples) if n not in lost],
                alert_looks=[s for n, s in enumerate(CLEAN.alert_looks) if n not in lost],
            )
        )
        for lost in (missing, missing | more)
    )
    for name in CRITERIA:
        assert fewest[name] is not Verdict.FAIL, name
        assert fewer[name] is Verdict.PASS or fewest[name] is not Verdict.PASS, name


@settings(max_examples=60, deadline=None)
@given(start=st.integers(0, 60), width=st.integers(0, 20), wider=st.integers(0, 20))
def test_widening_a_gap_never_proves_more(start: int, width: int, wider: int) -> None:
    """A hole that grows never gives a better verdict; beyond max_gap nothing sampled passes."""
    holes = [range(start, start + size) for size in (width, width + wider)]
    narrow, wide = (
        verdicts(replace(CLEAN, samples=[s for n, s in enumerate(CLEAN.samples) if n not in hole])) for hole in holes
    )
    for name in SAMPLED:
        assert narrow[name] is Verdict.PASS or wide[name] is not Verdict.PASS
    if width + wider > 7 and 4 <= start <= 50 - width - wider:
        assert {wide[name] for name in SAMPLED} == {Verdict.INCONCLUSIVE}


@settings(max_examples=60, deadline=None)
@given(lost=st.sets(st.tuples(st.sampled_from(CRITERIA), st.sampled_from(["breach", "clean", "no evidence"]))))
def test_what_the_self_test_did_not_show_does_not_pass(lost: set[tuple[str, str]]) -> None:
    """Each case that the self-test left out costs its criterion the PASS, and no other."""
    assert CLEAN.selftest is not None
    cases = tuple(case for case in CLEAN.selftest.cases if (case.criterion, case.case) not in lost)
    found = verdicts(replace(CLEAN, selftest=CLEAN.selftest.model_copy(update={"cases": cases})))
    assert {name for name in CRITERIA if found[name] is not Verdict.PASS} == {name for name, _ in lost}
