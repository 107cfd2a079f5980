"""The criterion that one end-to-end OCO worked in the session: counters rose, and the rows are in the database."""

from collections.abc import Iterable

from bot.domain.evidence import CounterRise, DrillRun
from bot.domain.judge.finding import Finding, failed, inconclusive, passed
from bot.domain.judge.reasons import Reason
from bot.domain.policy import Policy
from bot.domain.session import Session
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict


def judge_drill(policy: Policy, run: DrillRun) -> Finding:
    """Judge one drill by its counters and rows; the flatten that ends it is judged by itself."""
    if not run.injected:
        return inconclusive(Reason.NOT_INJECTED, f"The plan was not injected{_because(run)}.", _evidence(run))
    parts = [
        _judge_rise(run, "orders placed", run.orders_placed, policy),
        _judge_rise(run, "OCO children created", run.oco_children_created, policy),
        _judge_rows(run, "parent order", run.parent_rows),
        _judge_rows(run, "OCO child", run.child_rows),
    ]
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        if found := next((part for part in parts if part is not None and part.verdict is verdict), None):
            return found
    placed, created = (_rose(rise) for rise in (run.orders_placed, run.oco_children_created))
    rows = f"{run.parent_rows} parent and {run.child_rows} child rows are in the database"
    return passed(f"Orders placed rose {placed}, OCO children created {created}, and {rows}.", _evidence(run))


def _rose(rise: CounterRise) -> str:
    return f"from {rise.before:.15g} to {rise.after:.15g}"


def _judge_rise(run: DrillRun, words: str, rise: CounterRise, policy: Policy) -> Finding | None:
    before, after = rise.before, rise.after
    if before is None or after is None:
        when = "before the plan" if before is None else "after the plan"
        text = f"The counter of {words} was not read {when}{_because(run)}."
        return inconclusive(Reason.COUNTER_UNREAD, text, _evidence(run))
    if after < before:
        text = f"The counter of {words} fell from {before:.15g} to {after:.15g}: it was reset during the drill."
        return inconclusive(Reason.COUNTER_RESET, text, _evidence(run))
    if after > before:
        return None
    text = f"The counter of {words} stayed at {after:.15g} after the plan"
    if run.trouble is not None:
        return inconclusive(Reason.NOT_MEASURED, f"{text}, but the drill was cut short{_because(run)}.", _evidence(run))
    return failed(
        Reason.COUNTER_NOT_RISEN,
        f"{text}; it has {policy.drill_rise_within.total_seconds():g} s to rise.",
        _evidence(run),
    )


def _judge_rows(run: DrillRun, words: str, rows: int | None) -> Finding | None:
    if rows is None:
        text = f"The trader's database could not be asked for the {words}{_because(run)}."
        return inconclusive(Reason.ROWS_UNREAD, text, _evidence(run))
    if rows > 0:
        return None
    text = f"The trader's database holds no row of the {words} after the plan"
    if run.trouble is not None:
        return inconclusive(Reason.NOT_MEASURED, f"{text}, but the drill was cut short{_because(run)}.", _evidence(run))
    return failed(Reason.ROWS_MISSING, f"{text}.", _evidence(run))


def _because(run: DrillRun) -> str:
    return f" ({run.trouble.rstrip('.')})" if run.trouble else ""


def _evidence(run: DrillRun) -> JsonObject:
    return run.to_json()


def judge_drills(policy: Policy, session: Session, runs: Iterable[DrillRun]) -> Finding:
    """Judge a session's drills together: one that failed decides, then one that passed. None takes any time."""
    attempts = sorted(
        (run for run in runs if session.contains(run.started_at)),
        key=lambda run: (run.started_at, run.model_dump_json()),
    )
    findings = [judge_drill(policy, run) for run in attempts]
    for verdict in (Verdict.FAIL, Verdict.PASS, Verdict.INCONCLUSIVE):
        if found := [finding for finding in findings if finding.verdict is verdict]:
            return found[-1]
    return inconclusive(Reason.NOT_RUN, "No drill was run in this session.")
