"""Whether a PASS counts: only where the day's self-test has seen the same criterion fail on known-bad evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.evidence import Case, ControlRun, Evidence, PlantedCase, PlantedRows, ReconcileRun, SelfTestRun
from bot.domain.judge.finding import Finding, counted, failed, inconclusive, passed
from bot.domain.judge.reasons import Reason, clause
from bot.domain.verdict import Verdict

CASES: Final[dict[Case, Verdict]] = {
    "breach": Verdict.FAIL,
    "clean": Verdict.PASS,
    "no evidence": Verdict.INCONCLUSIVE,
}
_WORDS: Final[dict[Case, str]] = {"breach": "a breach", "clean": "a clean day", "no evidence": "no evidence"}
_RECONCILE: Final = "reconcile"


def held_to_self_test(criterion: str, finding: Finding, evidence: Evidence) -> Finding:
    """Return a finding as it counts: a PASS of a gate that was not seen to fail is INCONCLUSIVE."""
    if finding.verdict is not Verdict.PASS:
        return finding
    run = evidence.selftest
    if run is None:
        text = f"It may be well, but {clause(Reason.NOT_SELF_TESTED)}."
        return inconclusive(Reason.NOT_SELF_TESTED, text, finding.evidence)
    doubts = [*_doubts_of_cases(criterion, run)]
    if criterion == _RECONCILE:
        doubts += [*_doubts_of_controls(run.controls), *_doubts_of_what_ran(run.controls, evidence.reconciles)]
    if doubts:
        return inconclusive(Reason.SELF_TEST_FAILED, f"It may be well, but {doubts[0].detail}", finding.evidence)
    return replace(finding, detail=finding.detail + _uncontrolled(run)) if criterion == _RECONCILE else finding


def _uncontrolled(run: SelfTestRun) -> str:
    names = run.controls.uncontrolled if run.controls else ()
    return f" Without a control, so never seen to find anything: {', '.join(names)}." if names else ""


def judge_self_test(run: SelfTestRun) -> Finding:
    """Judge a self-test by itself: FAIL where something planted was missed, INCONCLUSIVE where it was not tried."""
    criteria = list(dict.fromkeys(case.criterion for case in run.cases))
    doubts = [doubt for criterion in criteria or [""] for doubt in _doubts_of_cases(criterion, run)]
    if run.controls is not None:
        doubts += _doubts_of_controls(run.controls)
    if doubts:
        worst = next((doubt for doubt in doubts if doubt.verdict is Verdict.FAIL), doubts[0])
        return replace(worst, detail=f"{worst.detail[:1].upper()}{worst.detail[1:]}")
    return passed(_found(len(criteria), run.controls))


def _found(criteria: int, controls: ControlRun | None) -> str:
    said = "1 criterion" if criteria == 1 else f"{criteria} criteria"
    if controls is None:
        return f"{said} found what was planted; there is no database, so no SQL check was tried."
    has = "has" if len(controls.uncontrolled) == 1 else "have"
    without = f"; {', '.join(controls.uncontrolled)} {has} no control" if controls.uncontrolled else ""
    return f"{said} and {counted(len(controls.checks), 'SQL check')} found what was planted{without}."


def _doubts_of_cases(criterion: str, run: SelfTestRun) -> Iterator[Finding]:
    if run.trouble is not None:
        text = f"the self-test could not plant anything ({run.trouble.rstrip('.')})."
        yield inconclusive(Reason.SELF_TEST_FAILED, text)
    shown = {case.case: case for case in run.cases if case.criterion == criterion}
    for case in CASES:
        if case not in shown:
            yield inconclusive(Reason.SELF_TEST_FAILED, f"the self-test did not show it {_WORDS[case]}.")
        elif not shown[case].caught:
            yield failed(Reason.SELF_TEST_FAILED, _not_caught(shown[case]))


def _not_caught(shown: PlantedCase) -> str:
    planted = f"the self-test showed {shown.criterion} {_WORDS[shown.case]}"
    if shown.found is shown.wanted:
        return f"{planted}, and {shown.beside}."
    judged = f"{planted}, and it was judged {shown.found} ({shown.reason}); it must be {shown.wanted}."
    return f"{judged} No day can pass so: mend the policy or the metrics." if shown.case == "clean" else judged


def _doubts_of_controls(controls: ControlRun | None) -> Iterator[Finding]:
    if controls is None:
        yield inconclusive(Reason.SELF_TEST_FAILED, "the SQL checks were not tried on planted rows.")
        return
    if controls.error is not None:
        text = f"the SQL checks could not be tried on planted rows ({controls.error.rstrip('.')})."
        yield inconclusive(Reason.SELF_TEST_FAILED, text)
    for rows in controls.checks:
        if rows.found is None or rows.error is not None:
            text = f"check {rows.check} could not be tried on planted rows ({(rows.error or 'no answer').rstrip('.')})."
            yield inconclusive(Reason.SELF_TEST_FAILED, text)
        elif not rows.caught:
            yield failed(Reason.SELF_TEST_FAILED, _missed(rows, rows.found))


def _missed(rows: PlantedRows, found: int) -> str:
    wanted = "at least one" if rows.expected is None else str(rows.expected)
    return f"check {rows.check} found {counted(found, 'row')} where its control had planted {wanted}; mend either."


def _doubts_of_what_ran(controls: ControlRun | None, runs: Sequence[ReconcileRun]) -> Iterator[Finding]:
    """Yield the checks that a reconcile ran and that are not the ones the self-test tried."""
    tried = {rows.check: rows.digest for rows in controls.checks} if controls else {}
    known = {*tried, *(controls.uncontrolled if controls else ())}
    for check in max(runs, key=lambda run: run.at).checks if runs else ():
        if check.name not in known or tried.get(check.name, check.digest) != check.digest:
            text = f"check {check.name} is not the one that the self-test tried; it was changed in between."
            yield inconclusive(Reason.SELF_TEST_FAILED, text)
