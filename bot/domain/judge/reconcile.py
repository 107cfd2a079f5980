"""The criterion that the trader's database holds no duplicate and no orphan of the session."""

from collections.abc import Iterable

from bot.domain.evidence import ReconcileCheck, ReconcileRun
from bot.domain.judge.finding import Finding, counted, failed, inconclusive, passed
from bot.domain.judge.reasons import Reason
from bot.domain.session import Session
from bot.domain.verdict import Verdict


def judge_reconcile_check(check: ReconcileCheck) -> Finding:
    """Judge one SQL check: every row it returned is a violation."""
    if check.rows is not None and check.rows > 0:
        return failed(Reason.VIOLATIONS, f"Check {check.name} found {counted(check.rows, 'row')} that must not exist.")
    if check.rows is None or check.error is not None:
        return inconclusive(Reason.DATABASE_ERROR, f"Check {check.name} could not run{_because(check.error)}.")
    return passed(f"Check {check.name} found nothing.")


def judge_reconcile(run: ReconcileRun) -> Finding:
    """Judge one run of every check over the window it was run for."""
    evidence = run.to_json()
    checks = [judge_reconcile_check(check) for check in run.checks]
    if violated := [finding for finding in checks if finding.verdict is Verdict.FAIL]:
        return failed(Reason.VIOLATIONS, " ".join(finding.detail for finding in violated), evidence)
    if run.error is not None:
        text = f"The trader's database could not be asked{_because(run.error)}."
        return inconclusive(Reason.DATABASE_ERROR, text, evidence)
    if unable := [finding for finding in checks if finding.verdict is Verdict.INCONCLUSIVE]:
        return inconclusive(unable[0].reason, unable[0].detail, evidence)
    if not checks:
        return inconclusive(
            Reason.NO_CHECKS, "No reconcile check ran; put .sql files into the checks' folder.", evidence
        )
    if run.orders is None or run.orders < 1:
        return inconclusive(Reason.NO_ORDERS, "There is no order in the session, so nothing was exercised.", evidence)
    text = f"{counted(len(checks), 'check')} found nothing to object to over {counted(run.orders, 'order')}."
    return passed(text, evidence)


def _because(error: str | None) -> str:
    return f" ({error.rstrip('.')})" if error else ""


def judge_reconciles(session: Session, runs: Iterable[ReconcileRun]) -> Finding:
    """Judge a day's runs together: any violation decides, else the newest, which must cover the session."""
    ordered = sorted(runs, key=lambda run: (run.at, run.model_dump_json()))
    if not ordered:
        return inconclusive(Reason.NOT_RUN, "Reconcile was not run for this session.")
    findings = [(run, judge_reconcile(run)) for run in ordered]
    if violated := [finding for _, finding in findings if finding.verdict is Verdict.FAIL]:
        return violated[-1]
    newest, finding = findings[-1]
    if older := [f for run, f in findings if run.at == newest.at and f.verdict is not Verdict.PASS]:
        return older[-1]
    if not (newest.opened <= session.opens and session.closes <= newest.closed):
        text = "The newest reconcile does not cover the whole session; run it again after the close."
        return inconclusive(Reason.WINDOW_NOT_COVERED, text, finding.evidence)
    return finding
