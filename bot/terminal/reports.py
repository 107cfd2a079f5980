"""How answers read on a terminal: the verdict first, then why, then what to type next."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from bot.domain.day import THEN, Provenance
from bot.domain.duration import spoken
from bot.domain.results import (
    AuditReport,
    CheckReport,
    DayReport,
    DrillReport,
    FlattenReport,
    GaugeReading,
    HelpReport,
    HistoryReport,
    ReconcileReport,
    ReminderReport,
    Report,
    ReportAsked,
    SelfTestReport,
    SignOffReport,
    StatusList,
    StatusReport,
    StreakCount,
    VoidReport,
)
from bot.domain.sample import Source
from bot.domain.session import Session
from bot.domain.steps import Step, StepState
from bot.domain.verdict import Verdict
from commands.dispatcher import Outcome

if TYPE_CHECKING:
    from rich.table import Table

_COLOURS: Mapping[str, str] = {"PASS": "green", "FAIL": "red", "INCONCLUSIVE": "yellow", "VOID": "magenta"}

_SOURCES: Mapping[str, str] = {Source.BOT: "the bot's own scrapes", Source.PROMETHEUS: "Prometheus"}
VOID = "VOID"
_SHOWN = 12  # characters of a digest
_USAGE_WIDTH = 30  # a longer usage has its summary on the next line


def show(outcome: Outcome) -> None:
    """Print how a command ended: its report on standard output, a refusal or failure on standard error."""
    if outcome.report is not None:
        show_report(outcome.report)
        return
    if outcome.message:
        command = outcome.command if outcome.command != "unknown" else "burnin"
        # The parser has named the command already, for fronts that show a message by itself.
        named = outcome.message.startswith((f"{command}:", f"{command} "))
        click.echo(outcome.message if named else f"{command}: {outcome.message}", err=True)
    for line in outcome.choices or [line for line in (outcome.hint,) if line]:
        click.echo(f"Try: burnin {line}", err=True)


def show_report(report: Report) -> None:
    """Print a report."""
    views: Mapping[str, Callable[[Any], None]] = {
        "check": _check,
        "drill": _drill,
        "flatten": _flatten,
        "reconcile": _reconcile,
        "selftest": _self_test,
        "day": _day,
        "statuses": _statuses,
        "history": _history,
        "reminder": _reminder,
        "void": _void,
        "signoff": _signed_off,
        "audit": _audit,
        "report": _report_asked,
        "help": _help,
    }
    views[report.kind](report)


class StepLines:
    """Progress on standard error: a line as each step ends."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    async def __call__(self, steps: tuple[Step, ...]) -> None:
        """Print the steps that ended since the last time."""
        for step in steps:
            ended = step.state in (StepState.COMPLETE, StepState.ERROR)
            if ended and step.name not in self._told:
                self._told.add(step.name)
                word = "done  " if step.state is StepState.COMPLETE else "failed"
                click.echo(f"  {word} {step.name}{_took(step.seconds)}{_after(step.detail)}", err=True)


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f" ({seconds:.2f} s)"


def _after(detail: str) -> str:
    return f": {detail}" if detail else ""


def worded(verdict: Verdict | str | None) -> str:
    """Return a verdict as a word in its colour; a dash where there is none yet."""
    return click.style(verdict, fg=_COLOURS.get(verdict), bold=True) if verdict else "-"


def _word(day: DayReport) -> str | None:
    """Return the word for a day: that it is void comes before whatever it proved."""
    return VOID if day.void else day.verdict


def _headline(verdict: str | None, *parts: str) -> None:
    click.echo("  ".join([*([worded(verdict)] if verdict else []), *(part for part in parts if part)]))


def _counted(streak: StreakCount) -> str:
    return f"{streak.passed}/{streak.required}" + (" CLEARED" if streak.cleared else "")


def _check(report: CheckReport) -> None:
    _headline(report.verdict, report.trader, f"{report.at:%H:%M:%S} UTC")
    print_table(gauges_table(report.readings))
    for name, said in (("ready", report.ready), ("supervisor", report.supervisor)):
        facts = (f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in said.items())
        click.echo(f"{name}: {', '.join(facts) or 'no answer'}")
    if report.shared:
        click.echo("shared: the running bot tells the day's thread, with all rows as CSV")


def gauges_table(readings: Iterable[GaugeReading]) -> "Table":
    """Return each gauge against its target, with what is wrong in words."""
    from bot.domain.judge import describe_reason  # noqa: PLC0415 - only what reads gauges has it loaded already

    rows = [
        (r.name, r.shown, r.target, r.verdict, "" if r.explains_itself else describe_reason(r.reason)) for r in readings
    ]
    return table_of(("gauge", "value", "target", "verdict", "why"), rows)


def _drill(report: DrillReport) -> None:
    _headline(report.verdict, report.trader, "drill", report.detail or report.reason)
    _table(
        ("step", "verdict", "seconds", "what"),
        [(s.name, s.verdict, f"{s.seconds:.2f}", s.detail) for s in report.steps],
    )
    if report.flatten_seconds != (None, None):
        click.echo(f"Flat {_between(report.flatten_seconds)} after the request.")


def _flatten(report: FlattenReport) -> None:
    before, after = (("?" if n is None else str(n)) for n in (report.positions_before, report.positions_after))
    _headline(report.verdict, report.trader, "flatten", report.detail or report.reason)
    click.echo(f"Positions {before} → {after}, {_between(report.seconds)} after the request.")


def _between(bounds: tuple[float | None, float | None]) -> str:
    low, high = bounds
    if high is None:
        return f"not before {low:.2f} s" if low is not None else "never seen"
    return f"within {high:.2f} s" if low is None else f"between {low:.2f} s and {high:.2f} s"


def _reconcile(report: ReconcileReport) -> None:
    orders = "" if report.orders is None else f"over {report.orders} orders"
    _headline(report.verdict, report.trader, "reconcile", orders, report.detail)
    rows = [(c.name, "-" if c.rows is None else str(c.rows), c.verdict, c.detail) for c in report.checks]
    _table(("check", "rows", "verdict", "why"), rows)
    for check in report.checks:
        for row in check.sample:
            click.echo(f"  {check.name}: {', '.join(f'{key}={value}' for key, value in row.items())}")


def _self_test(report: SelfTestReport) -> None:
    _headline(report.verdict, report.trader, "selftest", report.detail or report.reason)
    cases = [
        (c.criterion, c.case, c.found, "" if c.caught else c.beside or f"must be {c.wanted}") for c in report.cases
    ]
    _table(("criterion", "planted", "judged", "why not"), cases)
    rows = [
        (c.check, *("-" if n is None else str(n) for n in (c.expected, c.found)), c.error or "") for c in report.checks
    ]
    _table(("check", "planted", "found", "why not"), rows)
    for name in report.uncontrolled:
        click.echo(f"{name}: no control, so never seen to find anything")


def _day(report: DayReport) -> None:
    _headline(_word(report), report.trader, f"{report.date}", _in_words(report), f"streak {_counted(report.streak)}")
    if (void := report.void) is not None:
        found = f" (it was {report.verdict})" if report.verdict else ""
        click.echo(f"void{found}: {void.reason}; asked for by {void.asked_by}, approved by {void.approved_by}")
    if report.session:
        click.echo(_hours(report.session))
    judged = () if report.before_burn_in else report.criteria
    rows = [(c.id, "to do" if report.is_to_do(c) else c.verdict, c.detail) for c in judged]
    _table(("criterion", "verdict", "why"), rows)
    for criterion, reason in report.excluded.items():
        click.echo(f"excluded: {criterion} ({reason})")
    for run in report.scripts:
        click.echo(f"script {run.name}: {run.trouble or f'exit code {run.exit_code}'} ({run.seconds:.1f} s)")
    if report.streak_note:
        click.echo(f"streak: {report.streak_note}")
    if report.sources:
        counts = ", ".join(f"{number} from {_SOURCES.get(name, name)}" for name, number in report.sources.items())
        click.echo(f"samples: {counts}")
    if by := _judged_by(report.provenance):
        click.echo(f"judged by: {by}")


def _judged_by(provenance: Provenance) -> str:
    """What a day was judged by; a digest is told by its begin, which is enough to see that it is the same."""
    told = {"policy": _short(provenance.policy), "rules file": _short(provenance.rules), "build": provenance.build}
    return ", ".join(f"{what} {value}" for what, value in told.items() if value)


def _short(digest: str) -> str:
    return THEN.join(one[:_SHOWN] for one in digest.split(THEN))


def _in_words(report: DayReport) -> str:
    return "over, and nobody watched it" if report.before_burn_in else str(report.state).replace("_", " ")


def _hours(session: Session) -> str:
    zone = ZoneInfo(session.timezone)
    opens, closes = session.opens.astimezone(zone), session.closes.astimezone(zone)
    return f"session {opens:%a %d %b %H:%M} to {closes:%H:%M} {session.timezone} ({spoken(session.length)})"


def _statuses(report: StatusList) -> None:
    for status in report.traders:
        _status(status)


def _status(status: StatusReport) -> None:
    day = status.day
    if day is None:
        click.echo(f"{status.trader}  no session yet")
    else:
        _headline(_word(day), status.trader, f"{day.date}", _in_words(day), f"streak {_counted(day.streak)}")
        if day.streak_note:
            click.echo(f"  streak: {day.streak_note}")
        for criterion in day.criteria:
            if criterion.verdict is not Verdict.PASS:
                word = "to do" if day.is_to_do(criterion) else worded(criterion.verdict)
                click.echo(f"  {word} {criterion.id}: {criterion.detail}")
    for asked in status.void_requests:
        click.echo(f"  void? {asked.asked_by} asks to void {asked.day}: {asked.reason} (burnin approve {asked.number})")
    if status.legal_hold:
        click.echo(f"  legal hold: {status.legal_hold}; no sample is deleted")
    for running in status.running:
        click.echo(f"  running: {running.command} by {running.actor} since {running.since:%H:%M:%S} UTC")
    if status.next_session:
        click.echo(f"  next {_hours(status.next_session)}")
    if status.next_step:
        click.echo(f"  next step: burnin {status.next_step}")


def _history(report: HistoryReport) -> None:
    click.echo(f"{report.trader}  streak {_counted(report.streak)}, {len(report.days)} closed days")
    rows = [(f"{day.date}", _word(day) or "-", _why(day)) for day in report.days]
    _table(("day", "verdict", "why"), rows)


def _why(day: DayReport) -> str:
    if day.void is not None:
        return f"{day.void.reason} (it was {day.verdict})"
    return "; ".join(f"{c.id}: {c.detail}" for c in day.criteria if c.verdict is not Verdict.PASS) or day.streak_note


def _reminder(report: ReminderReport) -> None:
    until = f" until {report.until:%H:%M} UTC" if report.until else ""
    click.echo(f"{report.trader}  {report.by} has {report.answer} {report.about} of {report.date}{until}")


def _void(report: VoidReport) -> None:
    _headline(VOID if report.state == "approved" else None, report.trader, f"{report.date}", report.reason)
    by = f" by {report.decided_by}" if report.decided_by else f"; it expires at {_stamp(report.expires_at)} UTC"
    click.echo(f"request {report.request} of {report.asked_by}: {report.state}{by}")
    click.echo(f"streak {_counted(report.streak)}" + (f": {report.streak_note}" if report.streak_note else ""))
    if report.state == "asked":
        click.echo(f"next step: another person runs burnin approve {report.request} {report.trader}")


def _signed_off(report: SignOffReport) -> None:
    days, void = (", ".join(map(str, listed)) for listed in (report.days, report.void))
    click.echo(f"{report.trader}  clearance signed off by {report.signed.actor} at {_stamp(report.signed.at)} UTC")
    click.echo(f"PASS on {days}" + (f"; void: {void}" if void else ""))


def _audit(report: AuditReport) -> None:
    from bot.terminal.audit_trail import show_trail  # noqa: PLC0415 - it has forms that nothing else has

    show_trail(report)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _report_asked(asked: ReportAsked) -> None:
    click.echo(f"The report of {', '.join(map(str, asked.days))} is on its way into {asked.trader}'s channel.")


def _help(report: HelpReport) -> None:
    if report.now:
        click.echo(report.now)
    if report.next_step:
        click.echo(f"next step: burnin {report.next_step}")
    for command in report.commands:
        if report.about:
            click.echo(f"Usage: burnin {command.usage}\n\n{command.text}\n\nRole: {command.role}")
        else:
            usage = f"  {command.usage:<{_USAGE_WIDTH}}"
            gap = "" if len(command.usage) < _USAGE_WIDTH else f"\n{'':<{_USAGE_WIDTH + 2}}"
            click.echo(f"{usage}{gap}{command.summary}")
    if not report.about:
        click.echo("burnin help COMMAND tells more; burnin --help lists what only the command line has.")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    listed = list(rows)
    if listed:
        print_table(table_of(columns, listed))


def table_of(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    """Return a plain table; a cell that is a verdict has its colour."""
    from rich.table import Table  # noqa: PLC0415 - short answers need no table
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        table.add_row(*(Text(str(cell), style=_COLOURS.get(str(cell), "")) for cell in row))
    return table


def print_table(table: "Table") -> None:
    """Print a table on standard output; where that is no terminal, as wide as its cells need."""
    from rich.console import Console  # noqa: PLC0415 - see above

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=500)
    console.print(table)
