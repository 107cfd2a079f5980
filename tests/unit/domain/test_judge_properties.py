"""What must hold for any evidence: the judge never knows more than the evidence, and never more than the truth."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.criteria import CRITERIA
from bot.domain.day import Provenance
from bot.domain.entry import (
    AlertsMeasured,
    Body,
    DrillMeasured,
    FlattenMeasured,
    ReconcileMeasured,
    SelfTested,
    SessionEnded,
    SessionOpened,
)
from bot.domain.evidence import Evidence
from bot.domain.judge import Judgement, judge
from bot.domain.judging import judge_day
from bot.domain.metrics import LEADER
from bot.domain.sample import Sample, timed
from bot.domain.verdict import Verdict, worst
from tests.support.drafts import TRADER, draft
from tests.support.evidence import clean_alerts, clean_self_test, counter, gauge, with_reading
from tests.support.memory_ledger import MemoryLedger
from tests.support.worlds import ANY_SAMPLE, CLEAN, POLICY, RATE, SAMPLED, SESSION, verdicts


@settings(max_examples=25, deadline=None)
@given(shuffled=st.randoms(use_true_random=False), repeated=st.lists(st.integers(0, 60), max_size=9))
def test_order_and_repetition_change_nothing(shuffled: Any, repeated: list[int]) -> None:
    """The same evidence in any order, however it was split and overlapped, gives the same judgement."""
    broken = [with_reading(s, LEADER, gauge(0.0)) if n in {20, 33} else s for n, s in enumerate(CLEAN.samples)]
    samples = [*broken, *(broken[number] for number in repeated)]
    shuffled.shuffle(samples)
    mixed = replace(CLEAN, samples=samples, alert_looks=[*CLEAN.alert_looks[::-1], *CLEAN.alert_looks[:2]])
    assert judge(POLICY, SESSION, mixed) == judge(POLICY, SESSION, replace(CLEAN, samples=broken))


_BODIES: tuple[Body, ...] = (
    SessionOpened(session=SESSION, number=1, required=3, provenance=Provenance(rules="d")),
    *(DrillMeasured(run=run) for run in CLEAN.drills),
    *(FlattenMeasured(timing=timing) for timing in CLEAN.flattens),
    *(ReconcileMeasured(run=run) for run in CLEAN.reconciles),
    AlertsMeasured(history=clean_alerts()),
    SelfTested(run=clean_self_test()),
    SessionEnded(session=SESSION),
)


@settings(max_examples=25, deadline=None)
@given(
    bodies=st.permutations(_BODIES),
    twice=st.lists(st.sampled_from(_BODIES), max_size=4),
    cuts=st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=8),
    shuffled=st.randoms(use_true_random=False),
)
def test_how_evidence_was_stored_changes_nothing(
    bodies: list[Body], twice: list[Body], cuts: list[tuple[int, bool]], shuffled: Any
) -> None:
    """In whatever order and batches it came, between whatever seals, and some of it twice: the same judgement."""
    samples = [*CLEAN.samples, *CLEAN.alert_looks]
    shuffled.shuffle(samples)

    async def stored() -> Judgement:
        ledger = MemoryLedger()
        edges = [0, *sorted(cut for cut, _ in cuts), len(samples)]
        for (first, last), sealed in zip(pairwise(edges), [*(seal for _, seal in cuts), True], strict=True):
            await ledger.store_samples(TRADER, SESSION.date, samples[first:last])
            if sealed:
                await ledger.seal_samples(SESSION.closes, TRADER, SESSION.date)
        await ledger.append(*(draft(body, day=SESSION.date) for body in (*bodies, *twice)))
        until = (await ledger.head()).seq
        kept = await ledger.samples(TRADER, SESSION.date, sealed_by=until)
        return judge_day(POLICY, SESSION, await ledger.entries(trader=TRADER, day=SESSION.date), kept)

    assert asyncio.run(stored()) == judge(POLICY, SESSION, CLEAN)


def test_samples_of_one_instant_stand_in_the_order_in_which_they_were_read() -> None:
    """A scrape that began as another ended, in the same microsecond, is not taken for a counter that fell."""
    counted = [with_reading(s, RATE, counter(99.0 if n < 30 else 100.0)) for n, s in enumerate(CLEAN.samples)]
    at = counted[29].at + timedelta(milliseconds=100)
    ties = [
        replace(sample, at=at, readings=timed(sample.readings, took))
        for sample, took in ((counted[29], 0.001), (counted[30], 0.4))
    ]
    found = {result.id: result for result in judge(POLICY, SESSION, replace(CLEAN, samples=[*counted, *ties])).criteria}
    assert (found[RATE].verdict, found[RATE].reason) == ("PASS", "proven")


def test_no_evidence_is_never_pass() -> None:
    """Without evidence no criterion passes, nor does the day."""
    judgement = judge(POLICY, SESSION, Evidence())
    assert [found.id for found in judgement.criteria] == list(CRITERIA)
    assert {found.verdict for found in judgement.criteria} == {Verdict.INCONCLUSIVE}
    assert judgement.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("field", "lost"),
    [
        ("samples", set(SAMPLED)),
        ("alert_looks", {"alerts"}),
        ("alerts", {"alerts"}),
        ("drills", {"drill"}),
        ("flattens", {"flatten"}),
        ("reconciles", {"reconcile"}),
        ("selftest", set(CRITERIA)),
    ],
)
def test_each_kind_of_evidence_is_needed(field: str, lost: set[str]) -> None:
    """Without one kind of evidence exactly the criteria that rest on it are not proven."""
    found = verdicts(replace(CLEAN, **{field: None if field in ("alerts", "selftest") else ()}))
    assert {name for name, verdict in found.items() if verdict is not Verdict.PASS} == lost


@pytest.mark.parametrize("excluded", CRITERIA)
def test_an_excluded_criterion_leaves_the_day_and_is_named(excluded: str) -> None:
    """A criterion leaves the day only with its reason, and the others still stand in order."""
    policy = POLICY.model_copy(update={"excluded": {excluded: "not on this host"}})
    judgement = judge(policy, SESSION, CLEAN)
    assert [found.id for found in judgement.criteria] == [name for name in CRITERIA if name != excluded]
    assert (judgement.verdict, judgement.excluded) == ("PASS", {excluded: "not on this host"})


@settings(max_examples=60, deadline=None)
@given(odd=st.lists(ANY_SAMPLE, max_size=40))
def test_any_reading_is_judged_and_can_be_recorded(odd: list[Sample]) -> None:
    """Whatever a scrape held, alone or among good samples, the judgement stands and has canonical JSON."""
    for samples in (odd, [*CLEAN.samples, *odd]):
        judgement = judge(POLICY, SESSION, replace(CLEAN, samples=samples))
        assert judgement.verdict is worst(found.verdict for found in judgement.criteria)
        assert rfc8785.dumps(judgement.to_json())
