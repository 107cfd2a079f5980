"""How an open day looks before it is judged: only what its entries already show, and never more than that."""

from collections.abc import Iterable, Sequence

from bot.domain.criteria import CRITERIA, CriterionResult
from bot.domain.entry import Entry
from bot.domain.folds import evidence_of
from bot.domain.judge import Finding, judge_drill, judge_flatten, judge_reconcile
from bot.domain.policy import Policy
from bot.domain.verdict import Verdict

_NOT_RUN = {
    "drill": "no drill has been run yet",
    "flatten": "no flatten has been measured yet",
    "reconcile": "reconcile runs when the day is closed",
}


def criteria_so_far(entries: Sequence[Entry], policy: Policy) -> tuple[CriterionResult, ...]:
    """Return what is known of a day: breaches that were seen, and drill, flatten and reconcile as they stand."""
    evidence = evidence_of(entries, ())
    known = {
        "drill": _latest("drill", (judge_drill(policy, run) for run in evidence.drills if run.refusal is None)),
        "flatten": _latest("flatten", (judge_flatten(policy, timing) for timing in evidence.flattens)),
        "reconcile": _latest("reconcile", (judge_reconcile(run) for run in evidence.reconciles)),
    }
    for entry in entries:
        body = entry.body
        if body.kind == "watch_breached" and body.criterion in CRITERIA:
            worse = body.verdict is Verdict.FAIL or body.criterion not in known
            if worse and (body.criterion not in known or known[body.criterion].verdict is not Verdict.FAIL):
                known[body.criterion] = CriterionResult(
                    id=body.criterion, verdict=body.verdict, reason="breach_seen", detail=body.detail
                )
    return tuple(known[name] for name in CRITERIA if name in known and name not in policy.excluded)


def _latest(name: str, findings: Iterable[Finding]) -> CriterionResult:
    """Return the first failure, for it stays; otherwise the newest finding; otherwise that there is none."""
    found = list(findings)
    failed = next((finding for finding in found if finding.verdict is Verdict.FAIL), None)
    shown = failed or (found[-1] if found else None)
    if shown is None:
        return CriterionResult(id=name, verdict=Verdict.INCONCLUSIVE, reason="not_run", detail=_NOT_RUN[name])
    return CriterionResult(id=name, verdict=shown.verdict, reason=shown.reason, detail=shown.detail)
