"""The eleven criteria in plain language: one line each, its worst value beside its limit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final

from bot.domain.criteria import ALERTS, CRITERIA, CriterionResult
from bot.domain.day import DayState
from bot.domain.duration import spoken
from bot.domain.measures import Measure, Watched
from bot.domain.metrics import HEARTBEATS, LEADER, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.results import DayReport
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import escape
from bot.slack.cards.words import TO_DO, mark, when, worst_first

NAMES: Final[Mapping[str, str]] = {
    LEADER: "Leader",
    heartbeat("marketdata"): "Market data heartbeat",
    heartbeat("order_stream"): "Order stream heartbeat",
    heartbeat("scan"): "Scan heartbeat",
    SCAN_TICKS: "Scan ticks",
    "drill": "OCO drill",
    "flatten": "Flatten",
    "reconcile": "Reconcile",
    retries("token_refresh"): "Token-refresh retries",
    retries("rate_limit"): "Rate-limit retries",
    ALERTS: "Alerts",
}
HOLDS = "🟢 holds"
WAITS = "⚪ waiting"
_AGES = tuple(heartbeat(name) for name in HEARTBEATS)
_COUNTS = tuple(retries(kind) for kind in RETRIES)
_DONE_AT_CLOSE = "reconcile"
_VAST = 1e6
_KEEP = "\u00a0"  # a space at which no line is broken


def name_of(criterion: str) -> str:
    """Return a criterion's name in plain language."""
    return NAMES.get(criterion) or escape(criterion, 60)


def measured(measure: Measure) -> str:
    """Return a worst value beside its limit, in one piece where the lines are short: `0.8 s of 5 s`."""
    return _measured(measure).replace(" ", _KEEP)


def _measured(measure: Measure) -> str:
    if measure.id == LEADER:
        return "1 throughout"
    if measure.id == ALERTS:
        return "none fired"
    if measure.id in _COUNTS:
        return f"{_number(measure.worst)} of {measure.limit:g} in {spoken(timedelta(seconds=measure.window or 0))}"
    if measure.id == SCAN_TICKS:
        return f"longest pause {measure.worst:.0f} s of {measure.limit:g} s"
    return f"{_number(measure.worst)} s of {measure.limit:g} s"


def _number(value: float) -> str:
    """Return a value to the hundredth, for one just below its limit must not read as the limit; a vast one shorter."""
    return f"{value:.2g}" if value >= _VAST else f"{value:.2f}".rstrip("0").rstrip(".")


def lines_of(report: DayReport, room: int = 200) -> list[str]:
    """Return a day's criteria, worst first: what is lost, what is to do, what holds, what passed."""
    told = worst_first(report)
    to_do = [result for result in told if report.is_to_do(result)]
    judged = [result for result in told if result not in to_do]
    bad = [result for result in judged if result.verdict is not Verdict.PASS]
    good = [result for result in judged if result.verdict is Verdict.PASS]
    numbers = {measure.id: measured(measure) for measure in report.measures}
    return [
        *_bad_lines(bad, room),
        *_to_do_lines(to_do),
        *_live_lines(report, numbers),
        *(_good_line(result, numbers) for result in good),
    ]


def reason_of(result: CriterionResult, limit: int = 200) -> str:
    """Return why a criterion is what it is, beginning with its name: `*Leader* was 0 at 10:12:31 …`."""
    return _named([result], limit)


def coverage_words(watched: Watched) -> str:
    """Return how much of the session was read."""
    since = f", watched since {when(watched.since)}" if watched.since else ""
    gap = f"longest gap {watched.longest_gap:.1f} s of {watched.gap_limit:g} s"
    return f"Coverage {watched.percent}% of the session ({watched.samples:,} samples, {gap}{since})"


def _bad_lines(results: Iterable[CriterionResult], room: int) -> list[str]:
    """Say what one and the same thing kept from passing on one line."""
    alike = groupby(results, key=lambda r: (r.verdict, r.detail, "" if r.detail else r.id))
    return [f"{mark(verdict)} {_named(list(group), room)}" for (verdict, _, _), group in alike]


def _named(results: Sequence[CriterionResult], limit: int) -> str:
    said = escape(results[0].detail or results[0].reason, limit)
    names = ", ".join(name_of(result.id) for result in results)
    if said.startswith(f"{names} "):
        return f"*{names}*{said.removeprefix(names)}"
    return f"*{names}*" + (f": {said}" if said else "")


def _to_do_lines(results: Sequence[CriterionResult]) -> list[str]:
    now = [name_of(result.id) for result in results if result.id != _DONE_AT_CLOSE]
    later = [name_of(result.id) for result in results if result.id == _DONE_AT_CLOSE]
    said = [f"{TO_DO} *{', '.join(now)}*"] if now else []
    return said + [f"⚪ at the close *{name}*" for name in later]


def _live_lines(report: DayReport, numbers: Mapping[str, str]) -> list[str]:
    """Say what nobody has judged yet: what holds, with its number, and what is not seen yet."""
    if report.state not in (DayState.OPEN, DayState.AWAITING_CLOSE):
        return []
    told = {result.id for result in report.criteria} | report.excluded.keys()
    live = [name for name in CRITERIA if name not in told]
    waits = [name_of(name) for name in live if name not in numbers]
    holds = [f"{HOLDS} {name_of(name)} ·{_KEEP}{numbers[name]}" for name in live if name in numbers]
    return [*([f"{WAITS} *{', '.join(waits)}*"] if waits else []), *holds]


def _good_line(result: CriterionResult, numbers: Mapping[str, str]) -> str:
    if result.id in numbers:
        return f"{mark(result.verdict)} {name_of(result.id)} ·{_KEEP}{numbers[result.id]}"
    return f"{mark(result.verdict)} {_named([result], 160).replace('*', '')}"
