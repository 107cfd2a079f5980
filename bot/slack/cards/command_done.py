"""A drill, a flatten, a reconcile or a self-test that ended: verdict, reason, every step, what to do next."""

from bot.domain.notice import CommandDone
from bot.domain.results import CheckReport, DrillReport, FlattenReport, ReconcileReport, SelfTestReport
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict
from bot.slack.cards import check, self_test
from bot.slack.cards.blocks import Block, actions, captioned, clip, code, context, escape, lines, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import interval, line_for, mark, plural, run_button, seconds, who

_CHECKS = 20
_ROWS = 9
_ROW = 160  # characters

Report = DrillReport | FlattenReport | ReconcileReport | SelfTestReport

_NEXT = {
    ("drill", Verdict.FAIL): "find out why, then run the drill again: the day needs one that passes.",
    ("drill", Verdict.INCONCLUSIVE): "mend what kept it from being measured, then run the drill again.",
    ("flatten", Verdict.FAIL): "look at the trader's positions now; flatten again or close them by hand.",
    ("flatten", Verdict.INCONCLUSIVE): "look at the trader's positions; a flatten counts with positions open.",
    ("reconcile", Verdict.FAIL): "look at these rows in the trader's database, mend them, reconcile again.",
    ("reconcile", Verdict.INCONCLUSIVE): "mend what kept it from being proven, then reconcile again.",
    (
        "selftest",
        Verdict.FAIL,
    ): "mend the policy, selector or check that is blind, before the close: until then no PASS of it counts.",
    (
        "selftest",
        Verdict.INCONCLUSIVE,
    ): "mend what kept it from being tried, before the close: until then no PASS counts.",
}


def render(done: CommandDone) -> Message:
    """What a command found and who ran it."""
    if isinstance(done.report, CheckReport):
        return check.render_shared(done.report, who(done.actor))
    return _shown(done.report, who(done.actor))


def render_report(report: Report) -> Message:
    """The same, as an answer to the one who asked."""
    return _shown(report, "")


def headline(report: Report) -> str:
    """Verdict first, then the reason, in one line."""
    reason = _reason(report)
    return f"{mark(report.verdict)} · {report.kind} {escape(report.trader, 80)}" + (f": {reason}" if reason else "")


def _shown(report: Report, actor: str) -> Message:
    blocks: list[Block] = [section(f"*{headline(report)}*"), *_next(report), *_details(report)]
    if actor:
        blocks.append(context(f"Run by {actor}"))
    return message(headline(report), blocks)


def _next(report: Report) -> list[Block]:
    """What to do where it did not pass, above the details: on a phone those are long."""
    advice = _NEXT.get((report.kind, report.verdict))
    if isinstance(report, ReconcileReport) and report.orders == 0 and report.verdict is Verdict.INCONCLUSIVE:
        advice = "a drill places an order; the close reconciles again by itself."
    if advice is None:
        return []
    line = line_for(report.kind, report.trader)
    return [section(f"*Next:* {advice}"), actions(run_button(f"Run {report.kind} again", line, primary=True))]


def _reason(report: Report) -> str:
    if not isinstance(report, ReconcileReport):
        return escape(report.detail or ("" if report.verdict is Verdict.PASS else report.reason))
    if report.detail:
        return escape(report.detail)
    rows = sum(check.rows or 0 for check in report.checks)
    unproven = sum(check.rows is None for check in report.checks)
    said = f"{plural(rows, 'violation')} in {plural(len(report.checks), 'check')}"
    orders = "" if report.orders is None else f", {plural(report.orders, 'order')} looked at"
    return said + orders + (f", {unproven} not run" if unproven else "")


def _details(report: Report) -> list[Block]:
    match report:
        case DrillReport():
            steps = [
                f"{mark(step.verdict)} {escape(step.name, 80)} · {seconds(step.seconds)}"
                + (f": {escape(step.detail, 200)}" if step.detail else "")
                for step in report.steps
            ]
            return [*lines(steps), context(f"Flatten: {interval(report.flatten_seconds)}")]
        case FlattenReport():
            before, after = _count(report.positions_before), _count(report.positions_after)
            return [section(f"Positions {before} → {after}; {interval(report.seconds)}")]
        case ReconcileReport():
            return _checks(report)
        case SelfTestReport():
            return self_test.details(report)


def _checks(report: ReconcileReport) -> list[Block]:
    if not report.checks:
        return []
    rows = [
        (check.name, "-" if check.rows is None else str(check.rows), str(check.verdict), check.detail)
        for check in report.checks
    ]
    found = [f"{check.name}: {_row(row)}" for check in report.checks for row in check.sample[:3]]
    columns = ("Check", "Rows", "Verdict", "Detail")
    caption = f"Checks of the order book of {report.trader}"
    shown = captioned(
        caption, columns, rows, right=(1,), most=_CHECKS, rest="all rows are in the CSV in the day's thread"
    )
    if not found:
        return shown
    left = sum(check.rows or 0 for check in report.checks) - _ROWS
    more = [context(f"… and {plural(left, 'more row')}; all are in the CSV in the day's thread")] if left > 0 else []
    return [*shown, section("*First rows found*"), code("\n".join(found[:_ROWS])), *more]


def _row(row: JsonObject) -> str:
    return clip(", ".join(f"{name} {value}" for name, value in row.items()), _ROW)


def _count(number: int | None) -> str:
    return "unknown" if number is None else str(number)
