"""The streak: what counts, what holds it, and what sets it back."""

from datetime import timedelta

import pytest

from bot.domain.day import THEN, DayRecord, Provenance
from bot.domain.policy import InconclusiveDays, Policy
from bot.domain.streak import Streak, streak, streak_with
from bot.domain.verdict import Verdict
from tests.support.evidence import OPENS, session_of

P, F, I = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741 - as the tables below are read
BUILD = Provenance(build="a", policy="p", rules="r")


def day(number: int, verdict: Verdict, provenance: Provenance = BUILD, *, lapsed: bool = False) -> DayRecord:
    """Return the record of the n-th day."""
    session = session_of(600, OPENS + timedelta(days=number))
    session = session.model_copy(update={"date": session.opens.date()})
    return DayRecord(session=session, verdict=verdict, criteria=(), provenance=provenance, lapsed=lapsed)


def counted(*verdicts: Verdict, policy: Policy | None = None) -> Streak:
    """Return the streak of days with these verdicts."""
    return streak([day(number, verdict) for number, verdict in enumerate(verdicts)], policy or Policy())


@pytest.mark.parametrize(
    ("verdicts", "passed", "cleared"),
    [
        ((), 0, False),
        ((P, P), 2, False),
        ((P, P, P), 3, True),
        ((P, P, P, P), 4, True),
        ((P, P, F), 0, False),
        ((F, P, P, P), 3, True),
        ((P, I, P, I, P), 3, True),
        ((P, P, P, F), 0, False),
    ],
)
def test_days_in_a_row(verdicts: tuple[Verdict, ...], passed: int, cleared: bool) -> None:
    """PASS counts, FAIL sets back, INCONCLUSIVE holds."""
    found = counted(*verdicts)
    assert (found.passed, found.cleared, found.required) == (passed, cleared, 3)


def test_what_set_it_back_is_told() -> None:
    """The last reason stands beside the days that count since."""
    found = counted(P, F, P)
    assert (found.days, found.why) == ((day(2, P).day,), "2026-11-24 failed")


def test_inconclusive_may_reset() -> None:
    """Under that policy a day without a proof sets the streak back."""
    found = counted(P, P, I, policy=Policy(inconclusive=InconclusiveDays.RESET))
    assert (found.passed, found.why) == (0, "2026-11-25 was inconclusive")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (Provenance(build="b", policy="p", rules="r"), "the trader's build changed before 2026-11-25"),
        (Provenance(build="a", policy="q", rules="s"), "the policy and the alert rules file changed before 2026-11-25"),
    ],
)
def test_a_change_between_days_starts_anew(changed: Provenance, why: str) -> None:
    """Another build, policy or rules file counts from its own first day."""
    found = streak([day(0, P), day(1, P), day(2, P, changed)], Policy())
    assert (found.passed, found.why) == (1, why)


def test_a_day_that_nobody_watched_changes_nothing() -> None:
    """A lapsed day without a known build holds the streak, and a change across it is still seen."""
    lapsed = day(1, I, Provenance(), lapsed=True)
    assert streak([day(0, P), lapsed, day(2, P)], Policy()).passed == 2
    assert streak_with([day(0, P), lapsed], Policy(), BUILD).passed == 1
    assert streak([day(0, P), lapsed, day(2, P, Provenance(build="b"))], Policy()).passed == 1


def test_a_build_that_could_not_be_seen_on_a_day_that_does_not_count_is_no_change() -> None:
    """A trader that was down all day holds the streak as it was; a day that counts must know its build."""
    unknown = Provenance(policy="p", rules="r")
    assert streak([day(0, P), day(1, I, unknown), day(2, P)], Policy()).passed == 2
    assert streak_with([day(0, P), day(1, I, unknown)], Policy(), BUILD).passed == 1
    assert streak(
        [day(0, P), day(1, I, unknown), day(2, P, Provenance(build="b", policy="p", rules="r"))], Policy()
    ) == (
        Streak(
            passed=1,
            required=3,
            cleared=False,
            days=(day(2, P).day,),
            why="the trader's build changed before 2026-11-25",
        )
    )
    assert streak([day(0, P), day(1, P, unknown)], Policy()).passed == 1
    assert streak([day(0, P), day(1, I, Provenance(policy="q", rules="r"))], Policy()).passed == 0


def test_a_day_of_two_builds_counts_for_neither() -> None:
    """Where one day is enough it clears nothing either."""
    mixed = Provenance(build=f"a{THEN}b", policy="p", rules="r")
    found = streak([day(0, P, mixed)], Policy(days_required=1))
    assert (found.passed, found.cleared, found.why) == (0, False, "the trader's build changed on 2026-11-23")
    assert streak([day(0, P), day(1, P, mixed), day(2, P)], Policy()).passed == 1


def test_what_runs_now_may_have_ended_it() -> None:
    """The streak counts for the build, policy and rules of its days only."""
    days = [day(0, P), day(1, P), day(2, P)]
    assert streak_with(days, Policy()).cleared
    assert streak_with(days, Policy(), BUILD).cleared
    ended = streak_with(days, Policy(), Provenance(build="b", policy="p", rules="r"))
    assert (ended.passed, ended.cleared, ended.why) == (0, False, "the trader's build changed after 2026-11-25")
    assert streak_with([], Policy(), BUILD).passed == 0
