"""The criterion that no alert of the rules file fired, proven by history and by looks through the session."""

from collections.abc import Iterator

from bot.domain.evidence import RULES_FIRING, RULES_PROBLEMS, RULES_STARTED, AlertHistory
from bot.domain.judge.finding import Finding, counted, failed, inconclusive, passed
from bot.domain.judge.gauges import read_gauge
from bot.domain.judge.reasons import Reason, clause
from bot.domain.judge.timeline import Coverage, Timeline
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.value import JsonObject


def judge_alerts(policy: Policy, looks: Coverage, history: AlertHistory | None) -> Finding:
    """Judge a session's alerts by its looks at Prometheus's rules and by Prometheus's own samples."""
    evidence = {**_evidence(history), **looks.evidence()} if history is not None else looks.evidence()
    if fired := _fired(looks.timeline, history):
        return failed(Reason.FIRED, f"{' and '.join(fired)} fired in the session.", evidence)
    if history is None and looks.seen > 0:
        return inconclusive(
            Reason.HISTORY_INCOMPLETE, "Prometheus was not asked what fired; a close asks it.", evidence
        )
    if history is None:
        return inconclusive(Reason.NO_ALERT_SOURCE, "No alert source is configured; set `prometheus` and `rules_file`.")
    doubt = next(_doubts(policy, looks, history), None)
    if doubt is not None:
        return inconclusive(doubt.reason, doubt.detail, evidence)
    rules = counted(len(history.rules), "rule")
    return passed(f"None of {rules} fired; they were loaded and evaluated all session long.", evidence)


def _fired(looks: Timeline, history: AlertHistory | None) -> list[str]:
    """Return the rules that fired; a look tells only of rules that the file held then, whatever became of it since."""
    seen = {name for _, look in looks.inside for name in firing_in(look)}
    if history is None:
        return sorted(seen)
    names = {rule.name for rule in history.rules}
    opens, closes = looks.session.opens, looks.session.closes
    overlapping = (alert for alert in history.firing if alert.first <= closes and alert.last >= opens)
    return sorted(seen | ({alert.name for alert in overlapping} & names))


def firing_in(look: Sample) -> tuple[str, ...]:
    """Return the rules that one look saw firing."""
    return _texts(look, RULES_FIRING)


def problems_in(look: Sample) -> tuple[str, ...]:
    """Return what one look found to be wrong with the rules, a sentence each."""
    return _texts(look, RULES_PROBLEMS)


def _texts(look: Sample, role: str) -> tuple[str, ...]:
    reading = look.readings.get(role)
    return () if reading is None else tuple(series.labels for series in reading.series)


def _doubts(policy: Policy, looks: Coverage, history: AlertHistory) -> Iterator[Finding]:
    """Yield everything that keeps silence from being a proof, the most telling first."""
    if history.trouble is not None:
        yield inconclusive(Reason.HISTORY_INCOMPLETE, f"Prometheus's history cannot be used: {history.trouble}")
    if not history.complete:
        yield _doubt(Reason.HISTORY_INCOMPLETE)
    if not history.rules:
        yield _doubt(Reason.NO_RULES)
    if history.restarts is None or history.evaluation_failures is None or history.iterations_missed is None:
        text = "Prometheus did not tell how its rule evaluations went; see `prometheus.metrics`."
        yield inconclusive(Reason.HISTORY_INCOMPLETE, text)
    if history.restarts:
        yield _doubt(Reason.PROMETHEUS_RESTARTED)
    if history.evaluation_failures:
        yield _doubt(Reason.EVALUATION_FAILED)
    if history.iterations_missed:
        yield _doubt(Reason.EVALUATION_MISSED)
    yield from _doubts_of_looks(looks.timeline)
    if hole := looks.hole(policy.alerts.max_gap):
        yield inconclusive(Reason.NOT_WATCHED, f"Prometheus's rules were not watched throughout. {hole.detail}")


def _doubts_of_looks(looks: Timeline) -> Iterator[Finding]:
    started: float | None = None
    for at, look in looks.inside:
        if problems := problems_in(look):
            text = f"Prometheus's rules were not in order at {looks.clock(at)}: {'; '.join(problems)}"
            yield inconclusive(Reason.RULES_NOT_LOADED, text)
        start = read_gauge(look.readings.get(RULES_STARTED))
        if isinstance(start, Reason):
            text = f"A look at Prometheus's rules at {looks.clock(at)} cannot be used: {clause(start)}."
            yield inconclusive(Reason.NOT_WATCHED, text)
        elif started is not None and start != started:
            yield inconclusive(Reason.PROMETHEUS_RESTARTED, f"Prometheus restarted before {looks.clock(at)}.")
        else:
            started = start


def _doubt(reason: Reason) -> Finding:
    text = clause(reason)
    return inconclusive(reason, f"{text[:1].upper()}{text[1:]}.")


def _evidence(history: AlertHistory) -> JsonObject:
    told = history.to_json()
    return {**{name: told[name] for name in told if name != "rules"}, "rules": len(history.rules)}
