"""The judge: from policy, session and evidence to a verdict on every criterion, and on nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.domain.criteria import CRITERIA, CriterionResult
from bot.domain.evidence import Evidence
from bot.domain.judge.alerts import judge_alerts
from bot.domain.judge.drill import judge_drills
from bot.domain.judge.finding import Finding
from bot.domain.judge.flatten import judge_flattens
from bot.domain.judge.gauges import GAUGES, judge_gauge
from bot.domain.judge.reconcile import judge_reconciles
from bot.domain.judge.retry_spikes import judge_retries
from bot.domain.judge.scan_ticks import judge_scan_ticks
from bot.domain.judge.self_test import held_to_self_test
from bot.domain.judge.timeline import Coverage, Timeline
from bot.domain.metrics import RETRIES, SCAN_TICKS, retries
from bot.domain.policy import Policy
from bot.domain.sample import Source
from bot.domain.session import Session
from bot.domain.value import Value
from bot.domain.verdict import Verdict, worst


class Judgement(Value):
    """A day's verdict: the results of the criteria that are not excluded, in the order of CRITERIA."""

    verdict: Verdict
    criteria: tuple[CriterionResult, ...]
    excluded: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Case:
    """What is judged. Samples and looks are laid out in time once, for every criterion that reads them."""

    policy: Policy
    session: Session
    evidence: Evidence
    samples: Coverage
    looks: Coverage


_Inquiry = Callable[[_Case], Finding]


def _gauge(role: str, case: _Case) -> Finding:
    return judge_gauge(role, case.policy, case.samples)


def _retries(kind: str, case: _Case) -> Finding:
    return judge_retries(kind, case.policy, case.samples)


_INQUIRIES: Final[dict[str, _Inquiry]] = {
    **{role: partial(_gauge, role) for role in GAUGES},
    SCAN_TICKS: lambda case: judge_scan_ticks(case.policy, case.samples),
    "drill": lambda case: judge_drills(case.policy, case.session, case.evidence.drills),
    "flatten": lambda case: judge_flattens(case.policy, case.evidence.flattens),
    "reconcile": lambda case: judge_reconciles(case.session, case.evidence.reconciles),
    **{retries(kind): partial(_retries, kind) for kind in RETRIES},
    "alerts": lambda case: judge_alerts(case.policy, case.looks, case.evidence.alerts),
}


def judge(policy: Policy, session: Session, evidence: Evidence) -> Judgement:
    """Judge a day. The same policy, session and evidence give the same judgement, whatever order they come in."""
    samples = Timeline.of(session, (s for s in evidence.samples if s.source is not Source.ALERTS))
    looks = [*evidence.alert_looks, *(s for s in evidence.samples if s.source is Source.ALERTS)]
    case = _Case(
        policy=policy,
        session=session,
        evidence=evidence,
        samples=Coverage.of(samples, policy.scrape_interval),
        looks=Coverage.of(Timeline.of(session, looks), policy.alerts.interval),
    )
    findings = ((name, _INQUIRIES[name](case)) for name in CRITERIA if name not in policy.excluded)
    results = tuple(_result(name, held_to_self_test(name, finding, evidence)) for name, finding in findings)
    return Judgement(
        verdict=worst(result.verdict for result in results), criteria=results, excluded=dict(policy.excluded)
    )


def _result(name: str, finding: Finding) -> CriterionResult:
    return CriterionResult(
        id=name, verdict=finding.verdict, reason=finding.reason, detail=finding.detail, evidence=finding.evidence
    )
