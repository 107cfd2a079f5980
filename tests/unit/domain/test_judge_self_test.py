"""Whether a PASS counts, and how a self-test is judged by itself."""

from typing import Any

import pytest

from bot.domain.criteria import CRITERIA
from bot.domain.evidence import ControlRun, PlantedCase, PlantedRows, ReconcileCheck, ReconcileRun, SelfTestRun
from bot.domain.judge import judge, judge_self_test
from bot.domain.policy import Policy
from bot.domain.verdict import Verdict
from tests.support.evidence import clean_day, clean_reconcile, clean_self_test, known, session_of

SESSION = session_of(120)
DAY = clean_day(SESSION)
GOOD = clean_self_test()
DUPLICATES, ORPHANS = ROWS = (GOOD.controls or ControlRun()).checks


def changed(**changes: Any) -> SelfTestRun:
    """Return a good self-test with some fields changed."""
    return GOOD.model_copy(update=changes)


def judged_as(criterion: str, case: str, **changes: Any) -> SelfTestRun:
    """Return a self-test that found one case otherwise."""
    cases = (
        each.model_copy(update=changes) if (each.criterion, each.case) == (criterion, case) else each
        for each in GOOD.cases
    )
    return changed(cases=tuple(cases))


def controlled(*checks: PlantedRows, **changes: Any) -> SelfTestRun:
    """Return a good self-test with these SQL checks."""
    return changed(controls=ControlRun(checks=checks or ROWS, **changes))


def demoted(run: SelfTestRun | None, reconcile: ReconcileRun | None = None) -> dict[str, tuple[str, str]]:
    """Return reason and detail of every criterion of a clean day that does not pass with this self-test."""
    reconciles = [reconcile] if reconcile else DAY.reconciles
    evidence = known(
        samples=DAY.samples, alert_looks=DAY.alert_looks, drills=DAY.drills, flattens=DAY.flattens, alerts=DAY.alerts,
        reconciles=reconciles, selftest=run,
    )  # fmt: skip
    judgement = judge(Policy(), SESSION, evidence)
    unproven = [found for found in judgement.criteria if found.verdict is not Verdict.PASS]
    assert judgement.verdict is (Verdict.INCONCLUSIVE if unproven else Verdict.PASS)
    assert {found.verdict for found in unproven} <= {Verdict.INCONCLUSIVE}
    return {found.id: (found.reason, found.detail) for found in unproven}


def test_with_a_self_test_that_found_everything_every_pass_counts() -> None:
    """Nothing is demoted, and nothing is said of it."""
    assert demoted(GOOD) == {}
    [reconcile] = [found for found in judge(Policy(), SESSION, DAY).criteria if found.id == "reconcile"]
    assert reconcile.detail == "2 checks found nothing to object to over 3 orders."


def test_without_a_self_test_no_pass_counts() -> None:
    """A gate that nobody has seen fail proves nothing; what was measured stays beside it."""
    found = demoted(None)
    assert list(found) == list(CRITERIA)
    text = "It may be well, but no self-test of the day has shown that this criterion can fail."
    assert set(found.values()) == {("not_self_tested", text)}
    [leader, *_] = judge(Policy(), SESSION, known(samples=DAY.samples, selftest=None)).criteria
    assert leader.evidence["samples_seen"] == 120


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize(
    ("case", "found", "said"),
    [
        ("breach", Verdict.PASS, "a breach, and it was judged PASS (odd); it must be FAIL."),
        ("breach", Verdict.INCONCLUSIVE, "a breach, and it was judged INCONCLUSIVE (odd); it must be FAIL."),
        (
            "clean",
            Verdict.FAIL,
            "a clean day, and it was judged FAIL (odd); it must be PASS. "
            "No day can pass so: mend the policy or the metrics.",
        ),
        ("no evidence", Verdict.PASS, "no evidence, and it was judged PASS (odd); it must be INCONCLUSIVE."),
    ],
)
def test_a_criterion_that_missed_what_was_planted_does_not_pass(
    criterion: str, case: str, found: Verdict, said: str
) -> None:
    """It alone is INCONCLUSIVE, with what was planted and how that was judged; by itself the self-test FAILs."""
    run = judged_as(criterion, case, found=found, reason="odd")
    words = f"the self-test showed {criterion} {said}"
    assert demoted(run) == {criterion: ("self_test_failed", f"It may be well, but {words}")}
    finding = judge_self_test(run)
    assert (finding.verdict, finding.reason, finding.detail) == ("FAIL", "self_test_failed", f"T{words[1:]}")


def test_a_fault_that_told_on_something_else_does_not_count() -> None:
    """What was planted for one criterion must tell on it alone."""
    run = judged_as("leader", "breach", beside="flatten was FAIL (too_slow), for which nothing was planted")
    said = "the self-test showed leader a breach, and flatten was FAIL (too_slow), for which nothing was planted."
    assert demoted(run) == {"leader": ("self_test_failed", f"It may be well, but {said}")}
    assert judge_self_test(run).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("case", "said"), [("breach", "a breach"), ("clean", "a clean day"), ("no evidence", "no evidence")]
)
def test_a_case_that_was_not_shown_is_missed(case: str, said: str) -> None:
    """Half a self-test is none."""
    run = changed(cases=tuple(each for each in GOOD.cases if (each.criterion, each.case) != ("drill", case)))
    assert demoted(run) == {"drill": ("self_test_failed", f"It may be well, but the self-test did not show it {said}.")}
    assert judge_self_test(run).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("cases", [(), GOOD.cases])
def test_a_self_test_in_trouble_counts_for_nothing(cases: tuple[PlantedCase, ...]) -> None:
    """Whatever else it says."""
    run = changed(cases=cases, trouble="no label fits.")
    assert {detail for _, detail in demoted(run).values()} == {
        "It may be well, but the self-test could not plant anything (no label fits)."
    }
    finding = judge_self_test(run)
    assert (finding.verdict, finding.detail) == (
        "INCONCLUSIVE", "The self-test could not plant anything (no label fits).",
    )  # fmt: skip


def test_a_self_test_of_nothing_is_inconclusive() -> None:
    """There is nothing to be said for it."""
    assert judge_self_test(changed(cases=())).verdict is Verdict.INCONCLUSIVE


def test_a_fail_stays_a_fail() -> None:
    """A bad self-test takes nothing back."""
    bad = clean_reconcile(SESSION).model_copy(update={"checks": (ReconcileCheck(name="own", rows=1),)})
    for run in (None, changed(trouble="x"), GOOD):
        [found] = [
            found
            for found in judge(Policy(), SESSION, known(reconciles=[bad], selftest=run)).criteria
            if found.id == "reconcile"
        ]
        assert (found.verdict, found.reason) == ("FAIL", "violations")


@pytest.mark.parametrize(
    ("run", "verdict", "said"),
    [
        (changed(controls=None), "PASS", "the SQL checks were not tried on planted rows."),
        (
            controlled(error="nobody answered."),
            "INCONCLUSIVE",
            "the SQL checks could not be tried on planted rows (nobody answered).",
        ),
        (
            controlled(DUPLICATES.model_copy(update={"found": None}), ORPHANS),
            "INCONCLUSIVE",
            "check duplicates could not be tried on planted rows (no answer).",
        ),
        (
            controlled(DUPLICATES, ORPHANS.model_copy(update={"error": "no table."})),
            "INCONCLUSIVE",
            "check orphans could not be tried on planted rows (no table).",
        ),
        (
            controlled(DUPLICATES, ORPHANS.model_copy(update={"found": 0})),
            "FAIL",
            "check orphans found 0 rows where its control had planted at least one; mend either.",
        ),
        (
            controlled(DUPLICATES, ORPHANS.model_copy(update={"found": 1, "expected": 2})),
            "FAIL",
            "check orphans found 1 row where its control had planted 2; mend either.",
        ),
        (
            controlled(DUPLICATES, ORPHANS.model_copy(update={"found": 3, "expected": 2})),
            "FAIL",
            "check orphans found 3 rows where its control had planted 2; mend either.",
        ),
    ],
)
def test_reconcile_passes_only_by_checks_that_were_seen_to_find_something(
    run: SelfTestRun, verdict: str, said: str
) -> None:
    """Every SQL check must have caught exactly what its control planted; no other criterion minds."""
    assert demoted(run) == {"reconcile": ("self_test_failed", f"It may be well, but {said}")}
    assert judge_self_test(run).verdict == verdict


@pytest.mark.parametrize("rows", [{"found": 2, "expected": 2}, {"found": 7}])
def test_a_check_that_caught_all_that_was_planted_counts(rows: dict[str, int]) -> None:
    """As many as the control names, or any where it names no number."""
    assert demoted(controlled(DUPLICATES, ORPHANS.model_copy(update=rows))) == {}


def test_a_check_without_a_control_is_named_wherever_it_counts() -> None:
    """It may pass, but nobody has seen it find anything, and everybody is told so."""
    run = controlled(DUPLICATES, uncontrolled=("orphans", "own"))
    assert demoted(run) == {}
    evidence = known(reconciles=DAY.reconciles, selftest=run)
    [found] = [found for found in judge(Policy(), SESSION, evidence).criteria if found.id == "reconcile"]
    assert found.detail.endswith(" Without a control, so never seen to find anything: orphans, own.")
    assert (
        judge_self_test(run).detail
        == "11 criteria and 1 SQL check found what was planted; orphans, own have no control."
    )


@pytest.mark.parametrize(
    ("ran", "tried"),
    [
        (ReconcileCheck(name="own", rows=0), ROWS),
        (ReconcileCheck(name="orphans", rows=0, digest="new"), ROWS),
        (ReconcileCheck(name="orphans", rows=0), (ORPHANS.model_copy(update={"digest": "old"}),)),
    ],
)
def test_the_check_that_ran_must_be_the_one_that_was_tried(ran: ReconcileCheck, tried: tuple[PlantedRows, ...]) -> None:
    """A check that is new or was changed has not been seen to find anything."""
    reconcile = clean_reconcile(SESSION).model_copy(update={"checks": (ran,)})
    said = f"check {ran.name} is not the one that the self-test tried; it was changed in between."
    assert demoted(controlled(*tried), reconcile) == {"reconcile": ("self_test_failed", f"It may be well, but {said}")}


def test_a_check_that_has_no_control_may_be_any() -> None:
    """There is no digest to compare it with."""
    ran = ReconcileCheck(name="own", rows=0, digest="any")
    reconcile = clean_reconcile(SESSION).model_copy(update={"checks": (ran,)})
    assert demoted(controlled(uncontrolled=("own",)), reconcile) == {}


def test_the_newest_reconcile_is_held_to_the_self_test() -> None:
    """It is the one that decides; an older one may have run other checks."""
    older = clean_reconcile(SESSION).model_copy(
        update={"at": SESSION.closes, "checks": (ReconcileCheck(name="gone", rows=0),)}
    )
    for reconciles in ([older, *DAY.reconciles], [*DAY.reconciles, older]):
        evidence = known(reconciles=reconciles)
        [found] = [found for found in judge(Policy(), SESSION, evidence).criteria if found.id == "reconcile"]
        assert found.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (GOOD, "11 criteria and 2 SQL checks found what was planted."),
        (changed(cases=GOOD.cases[:3]), "1 criterion and 2 SQL checks found what was planted."),
        (
            changed(controls=None),
            "11 criteria found what was planted; there is no database, so no SQL check was tried.",
        ),
        (
            changed(controls=ControlRun(checks=ROWS, uncontrolled=("own",))),
            "11 criteria and 2 SQL checks found what was planted; own has no control.",
        ),
    ],
)
def test_a_good_self_test_says_what_it_tried(run: SelfTestRun, said: str) -> None:
    """In one sentence."""
    finding = judge_self_test(run)
    assert (finding.verdict, finding.reason, finding.detail) == ("PASS", "proven", said)


def test_what_was_missed_outweighs_what_was_not_tried() -> None:
    """A FAIL is told before any trouble."""
    run = judged_as("alerts", "breach", found=Verdict.PASS).model_copy(update={"controls": ControlRun(error="away")})
    assert judge_self_test(run).verdict is Verdict.FAIL
