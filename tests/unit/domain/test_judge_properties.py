"""What must hold for any evidence: the judge never knows more than the evidence, and never more than the truth."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.criteria import CRITERIA
from bot.domain.evidence import RULES_PROBLEMS, RULES_STARTED, Evidence
from bot.domain.judge import judge
from bot.domain.metrics import HEARTBEATS, LEADER, PROCESS_START, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy, RetryLimit, RetryLimits, ScanTicks
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from bot.domain.verdict import Verdict, worst
from tests.support.evidence import clean_day, counter, gauge, known, sample_at, session_of, with_reading

LENGTH = 60.0
SESSION = session_of(LENGTH)
WINDOW = timedelta(seconds=10)
POLICY = Policy(
    scan_ticks=ScanTicks(window=WINDOW),
    retries=RetryLimits(
        token_refresh=RetryLimit(window=WINDOW, max_increase=3),
        rate_limit=RetryLimit(window=WINDOW, max_increase=3),
    ),
)
SAMPLED = (LEADER, *map(heartbeat, HEARTBEATS), SCAN_TICKS, *map(retries, RETRIES))
CLEAN = clean_day(SESSION, POLICY)


def verdicts(evidence: Evidence) -> dict[str, Verdict]:
    """Return the verdict on each criterion."""
    return {found.id: found.verdict for found in judge(POLICY, SESSION, evidence).criteria}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), seconds=st.integers(60, 900))
def test_a_clean_day_with_jitter_passes(seed: int, seconds: int) -> None:
    """A healthy trader watched with a realistic jitter passes every criterion."""
    judgement = judge(Policy(), session_of(seconds), clean_day(session_of(seconds), seed=seed))
    assert judgement.verdict is Verdict.PASS, [c.detail for c in judgement.criteria if c.verdict is not Verdict.PASS]


@settings(max_examples=25, deadline=None)
@given(shuffled=st.randoms(use_true_random=False), repeated=st.lists(st.integers(0, 60), max_size=9))
def test_order_and_repetition_change_nothing(shuffled: Any, repeated: list[int]) -> None:
    """The same evidence in any order, however it was split and overlapped, gives the same judgement."""
    broken = [with_reading(s, LEADER, gauge(0.0)) if n in {20, 33} else s for n, s in enumerate(CLEAN.samples)]
    samples = [*broken, *(broken[number] for number in repeated)]
    shuffled.shuffle(samples)
    mixed = replace(CLEAN, samples=samples, alert_looks=[*CLEAN.alert_looks[::-1], *CLEAN.alert_looks[:2]])
    assert judge(POLICY, SESSION, mixed) == judge(POLICY, SESSION, replace(CLEAN, samples=broken))


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


@settings(max_examples=50, deadline=None)
@given(
    role=st.sampled_from([LEADER, heartbeat("scan")]), number=st.integers(4, 60), value=st.floats(5, allow_nan=False)
)
def test_a_breach_always_fails_the_day(role: str, number: int, value: float) -> None:
    """One breaching sample in the session fails the day, however good the rest is."""
    samples = [with_reading(s, role, gauge(value)) if n == number else s for n, s in enumerate(CLEAN.samples)]
    judgement = judge(POLICY, SESSION, replace(CLEAN, samples=samples))
    assert judgement.verdict is Verdict.FAIL
    assert {found.id for found in judgement.criteria if found.verdict is Verdict.FAIL} == {role}


@settings(max_examples=50, deadline=None)
@given(missing=st.sets(st.integers(0, 66)), more=st.sets(st.integers(0, 66)))
def test_losing_samples_never_proves_more(missing: set[int], more: set[int]) -> None:
    """Of a healthy trader, fewer samples never turn anything into a PASS, nor into a FAIL."""
    fewer = verdicts(replace(CLEAN, samples=[s for n, s in enumerate(CLEAN.samples) if n not in missing]))
    fewest = verdicts(replace(CLEAN, samples=[s for n, s in enumerate(CLEAN.samples) if n not in missing | more]))
    for name in SAMPLED:
        assert fewest[name] is not Verdict.FAIL
        assert fewer[name] is Verdict.PASS or fewest[name] is not Verdict.PASS


@settings(max_examples=50, deadline=None)
@given(start=st.integers(0, 60), width=st.integers(0, 20), wider=st.integers(0, 20))
def test_widening_a_gap_never_proves_more(start: int, width: int, wider: int) -> None:
    """A hole that grows never gives a better verdict; beyond max_gap nothing sampled passes."""
    holes = [range(start, start + size) for size in (width, width + wider)]
    narrow, wide = (
        verdicts(replace(CLEAN, samples=[s for n, s in enumerate(CLEAN.samples) if n not in hole])) for hole in holes
    )
    for name in SAMPLED:
        assert narrow[name] is Verdict.PASS or wide[name] is not Verdict.PASS


@dataclass(frozen=True)
class World:
    """What truly happened (seconds since the open), and when somebody looked."""

    beats: Sequence[float]
    ticks: Sequence[float]
    retried: Sequence[float]
    looks: Sequence[float]

    def samples(self) -> list[Sample]:
        """Return what the looks saw."""
        return [
            sample_at(
                SESSION,
                at,
                {
                    heartbeat("scan"): gauge(at - self.beats[bisect_right(self.beats, at) - 1]),
                    SCAN_TICKS: counter(float(bisect_right(self.ticks, at))),
                    retries("rate_limit"): counter(float(bisect_right(self.retried, at))),
                },
            )
            for at in self.looks
        ]

    @property
    def oldest(self) -> float:
        """The greatest age the heartbeat reached in the session."""
        ages = (min(later, LENGTH) - earlier for earlier, later in pairwise([*self.beats, 999.0]) if later > 0)
        return max(age for age in ages)

    @property
    def longest_pause(self) -> float:
        """The longest stretch of the session without a tick."""
        inside = [at for at in self.ticks if 0 <= at <= LENGTH]
        return max(later - earlier for earlier, later in pairwise([0.0, *inside, LENGTH]))

    @property
    def worst_pile(self) -> int:
        """The most retries in any window of the session."""
        inside = [at for at in self.retried if 0 <= at <= LENGTH]
        return max((bisect_right(inside, at + 10.0) - n for n, at in enumerate(inside)), default=0)


def _moments(low: float, high: float, step: tuple[int, int]) -> st.SearchStrategy[list[float]]:
    """Instants from `low` to `high`, a random number of milliseconds apart."""

    def walk(steps: list[int]) -> list[float]:
        found, at = [], low
        for milliseconds in steps * 90:
            if at > high:
                break
            found.append(round(at, 3))
            at += milliseconds / 1000
        return found

    return st.lists(st.integers(*step), min_size=7, max_size=40).map(walk)


WORLDS = st.builds(
    World,
    beats=_moments(-6.0, 66.0, (400, 5200)),
    ticks=_moments(-6.0, 66.0, (1000, 12_000)),
    retried=_moments(-6.0, 66.0, (2400, 9000)),
    looks=_moments(-2.0, 63.0, (900, 1500)),
)


@settings(max_examples=120, deadline=None)
@given(world=WORLDS)
def test_a_verdict_is_never_against_the_truth(world: World) -> None:
    """PASS is said only where the target was held in truth, and FAIL only where it was not."""
    found = verdicts(known(samples=world.samples()))
    truths = {
        heartbeat("scan"): (world.oldest < 5 + 1e-6, world.oldest >= 5 - 1e-6),
        SCAN_TICKS: (world.longest_pause <= 10 + 1e-6, world.longest_pause >= 10 - 1e-6),
        retries("rate_limit"): (world.worst_pile <= 3, world.worst_pile > 3),
    }
    for name, (may_pass, may_fail) in truths.items():
        assert may_pass or found[name] is not Verdict.PASS, name
        assert may_fail or found[name] is not Verdict.FAIL, name


@settings(max_examples=50, deadline=None)
@given(world=WORLDS, missing=st.sets(st.integers(0, 70)))
def test_losing_samples_of_any_trader_never_proves_more(world: World, missing: set[int]) -> None:
    """Whatever happened, what was not proven is not proven by fewer samples."""
    samples = world.samples()
    found = verdicts(known(samples=samples))
    fewer = verdicts(known(samples=[s for n, s in enumerate(samples) if n not in missing]))
    for name in (heartbeat("scan"), SCAN_TICKS, retries("rate_limit")):
        assert found[name] is Verdict.PASS or fewer[name] is not Verdict.PASS, name


_ANY_READING = st.builds(
    Reading,
    st.sampled_from(MetricType),
    st.lists(st.builds(Series, st.sampled_from(["", '{a="1"}', '{a="2"}']), st.floats()), max_size=2).map(tuple),
)
_ANY_SAMPLE = st.builds(
    sample_at,
    st.just(SESSION),
    st.one_of(st.floats(-9, 69), st.integers(-3, 63).map(float)),
    st.dictionaries(st.sampled_from([*SAMPLED, PROCESS_START, RULES_PROBLEMS, RULES_STARTED]), _ANY_READING),
    st.sampled_from(Source),
)


@settings(max_examples=60, deadline=None)
@given(odd=st.lists(_ANY_SAMPLE, max_size=40))
def test_any_reading_is_judged_and_can_be_recorded(odd: list[Sample]) -> None:
    """Whatever a scrape held, alone or among good samples, the judgement stands and has canonical JSON."""
    for samples in (odd, [*CLEAN.samples, *odd]):
        judgement = judge(POLICY, SESSION, replace(CLEAN, samples=samples))
        assert judgement.verdict is worst(found.verdict for found in judgement.criteria)
        assert rfc8785.dumps(judgement.to_json())
