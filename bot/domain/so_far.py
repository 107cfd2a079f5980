"""How an open day looks before it is judged: only what its entries already show, and never more than that."""

from collections.abc import Iterator, Sequence

from bot.domain.criteria import COVERAGE, CRITERIA, CriterionResult
from bot.domain.entry import Entry
from bot.domain.evidence import ReconcileRun
from bot.domain.folds import evidence_of
from bot.domain.judge import Finding, Reason, judge_reconcile
from bot.domain.judge.drill import judge_drills
from bot.domain.judge.flatten import judge_flattens
from bot.domain.metrics import LEADER
from bot.domain.policy import Policy
from bot.domain.session import Session
from bot.domain.verdict import Verdict


def criteria_so_far(entries: Sequence[Entry], policy: Policy, session: Session) -> tuple[CriterionResult, ...]:
    """Return what is known of a day: breaches that were seen, and drill, flatten and reconcile as they stand."""
    evidence = evidence_of(entries, ())
    known = {
        "drill": _result("drill", judge_drills(policy, session, evidence.drills)),
        "flatten": _result("flatten", judge_flattens(policy, evidence.flattens)),
        "reconcile": _latest_reconcile(evidence.reconciles),
    }
    for result in _breaches(entries):
        seen = known.get(result.id)
        if seen is None or (result.verdict is Verdict.FAIL and seen.verdict is not Verdict.FAIL):
            known[result.id] = result
    return tuple(known[name] for name in CRITERIA if name in known and name not in policy.excluded)


def _breaches(entries: Sequence[Entry]) -> Iterator[CriterionResult]:
    """Yield what the watch saw lost. A hole in coverage tells on `leader`: that needs every moment of the session."""
    for entry in entries:
        body = entry.body
        if body.kind == "watch_breached" and body.criterion in (*CRITERIA, COVERAGE):
            name = LEADER if body.criterion == COVERAGE else body.criterion
            yield CriterionResult(id=name, verdict=body.verdict, reason="breach_seen", detail=body.detail)


def _latest_reconcile(runs: Sequence[ReconcileRun]) -> CriterionResult:
    """Return the first run with violations, for they stay; otherwise the newest; it is judged for good at the close."""
    found = [judge_reconcile(run) for run in runs]
    failed = [finding for finding in found if finding.verdict is Verdict.FAIL]
    not_run = Finding(Verdict.INCONCLUSIVE, Reason.NOT_RUN, "Reconcile runs when the day is closed.")
    return _result("reconcile", (failed[:1] or found[-1:] or [not_run])[0])


def _result(name: str, finding: Finding) -> CriterionResult:
    return CriterionResult(
        id=name, verdict=finding.verdict, reason=finding.reason, detail=finding.detail, evidence=finding.evidence
    )
