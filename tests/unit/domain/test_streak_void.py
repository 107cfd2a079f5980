"""Void days and the streak: a day that is void is as if it had never been, whatever stands around it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.day import THEN, ClosedDay, Provenance
from bot.domain.policy import InconclusiveDays, Policy
from bot.domain.streak import streak, streak_with
from bot.domain.verdict import Verdict

P, F, I = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741 - as the tables below are read
FIRST = date(2026, 11, 23)
A, B = Provenance(build="a", policy="p", rules="r"), Provenance(build="b", policy="p", rules="r")
BUILDS = ("", "a", "b", f"a{THEN}b")
POLICIES = st.builds(Policy, days_required=st.integers(1, 4), inconclusive=st.sampled_from(InconclusiveDays))
PROVENANCES = st.builds(Provenance, build=st.sampled_from(BUILDS), policy=st.sampled_from("pq"), rules=st.just("r"))


def at(number: int) -> date:
    """Return the date of the n-th day."""
    return FIRST + timedelta(days=number)


def day(number: int, verdict: Verdict, seen: Provenance = A, *, lapsed: bool = False) -> ClosedDay:
    """Return the n-th day."""
    return ClosedDay(day=at(number), verdict=verdict, lapsed=lapsed, provenance=seen)


@st.composite
def lives(draw: st.DrawFn) -> list[ClosedDay]:
    """Days as they may follow each other; a lapsed one never passed, and may have been seen by nobody."""
    found = []
    for number in range(draw(st.integers(0, 9))):
        lapsed = draw(st.booleans())
        verdict = draw(st.sampled_from((F, I) if lapsed else (P, P, F, I)))
        seen = draw(st.just(Provenance()) | PROVENANCES) if lapsed else draw(PROVENANCES)
        found.append(day(number, verdict, seen, lapsed=lapsed))
    return found


VOID = st.frozensets(st.integers(0, 10).map(at))


@given(lives(), VOID, POLICIES)
def test_a_void_day_is_as_if_it_had_never_been(days: list[ClosedDay], void: frozenset[date], policy: Policy) -> None:
    """The same days count, for the same reason, as where only the others were lived."""
    counted = streak(days, policy, void)
    alone = streak([each for each in days if each.day not in void], policy)
    assert counted.model_copy(update={"void": ()}) == alone


@given(lives(), VOID, POLICIES)
def test_what_counts_was_proven(days: list[ClosedDay], void: frozenset[date], policy: Policy) -> None:
    """Only PASS days that are not void, all of one build, policy and rules file, and no FAIL between or after them."""
    counted = streak(days, policy, void)
    known = {each.day: each for each in days}
    proven = [known[each] for each in counted.days]
    assert all(each.verdict is P and each.day not in void for each in proven)
    assert len({each.provenance for each in proven}) <= 1
    assert not any(each.provenance.mixed for each in proven)
    if proven:
        since = [each for each in days if each.day >= proven[0].day and each.day not in void]
        assert not any(each.verdict is F for each in since)
        if policy.inconclusive is InconclusiveDays.RESET:
            assert all(each.verdict is P for each in since)
    assert counted.cleared is (len(counted.days) >= policy.days_required)


@given(lives(), VOID, POLICIES, PROVENANCES)
def test_what_runs_now_ends_what_it_did_not_prove(
    days: list[ClosedDay], void: frozenset[date], policy: Policy, now: Provenance
) -> None:
    """What counts is of the build, policy and rules file of now, or nothing counts."""
    counted = streak_with(days, policy, now, void)
    known = {each.day: each.provenance for each in days}
    assert all(known[each] == now for each in counted.days)


@given(lives(), POLICIES)
def test_one_more_void_day_takes_at_most_itself(days: list[ClosedDay], policy: Policy) -> None:
    """Where the void day counted, the others still do; where it did not, none is lost that was proven alike."""
    before = streak(days, policy)
    for each in before.days:
        after = streak(days, policy, {each})
        assert set(after.days) >= set(before.days) - {each} or after.why != before.why


@given(lives(), VOID, POLICIES)
def test_void_days_are_named_since_the_streak_was_set_back(
    days: list[ClosedDay], void: frozenset[date], policy: Policy
) -> None:
    """In order; each void day between those that count is among them."""
    counted = streak(days, policy, void)
    assert list(counted.void) == sorted(counted.void)
    assert set(counted.void) <= void
    if counted.days:
        assert {each for each in void if each > counted.days[0]} <= set(counted.void)


@pytest.mark.parametrize(
    ("days", "void", "passed"),
    [
        ([day(0, P), day(1, F), day(2, P)], {1}, 2),
        ([day(0, P), day(1, I), day(2, P)], {1}, 2),
        ([day(0, P), day(1, P), day(2, P)], {1}, 2),
        ([day(0, P), day(1, F, B), day(2, P)], {1}, 2),
        ([day(0, P), day(1, P, B), day(2, P, B)], {1}, 1),
        ([day(0, P), day(1, F, Provenance(build=f"a{THEN}b")), day(2, P, B)], {1}, 1),
        ([day(0, P), day(1, I, Provenance(), lapsed=True), day(2, P, B)], {1}, 1),
        ([day(0, P), day(1, F, B), day(2, I, Provenance(), lapsed=True), day(3, P)], {1}, 2),
        ([day(0, P, B), day(1, I, Provenance(policy="p", rules="r")), day(2, P)], {0}, 1),
        ([day(0, F)], {0}, 0),
    ],
)
def test_days_around_a_void_one(days: list[ClosedDay], void: set[int], passed: int) -> None:
    """A change of build across it is still seen; what it was itself burnt in with is forgotten."""
    assert streak(days, Policy(), {at(number) for number in void}).passed == passed
