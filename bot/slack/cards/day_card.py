"""The root message of a trader's day, and the same facts as an answer to `/burnin day`."""

from bot.daybook import next_step
from bot.domain.day import DayState
from bot.domain.notice import DayCard
from bot.domain.results import DayReport
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, actions, context, escape, header, lines, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import (
    coverage,
    criterion_line,
    day_words,
    line_for,
    mark,
    run_button,
    session_words,
    so_far,
    streak_words,
    worst_first,
)

STATES = {
    DayState.SCHEDULED: "not open yet",
    DayState.OPEN: "session open",
    DayState.AWAITING_CLOSE: "session over, not closed yet",
    DayState.CLOSED: "closed",
}
_LABELS = {"close": "Close the day", "drill": "Run the drill", "check": "Check the gauges"}


def render(card: DayCard, trader: str) -> Message:
    """The day at a glance: state and verdict so far, every criterion on its line, what to do next."""
    title = f"{day_words(card.number, card.required)} · {trader or card.report.trader} · {card.report.date}"
    return _day(card.report, title, card.next_step)


def render_report(report: DayReport) -> Message:
    """A day as it was asked for."""
    return _day(report, f"{report.trader} · {report.date}", "")


def _day(report: DayReport, title: str, advice: str) -> Message:
    standing = standing_of(report)
    blocks: list[Block] = [header(title), section(f"*{standing}*")]
    if report.session:
        blocks.append(context(f"Session {session_words(report.session)}"))
    if report.state is not DayState.SCHEDULED:
        blocks += lines([criterion_line(r, to_do=report.is_to_do(r)) for r in worst_first(report)])
    blocks.append(context(" · ".join(_small_print(report))))
    if advice:
        blocks.append(section(f"*Next:* {escape(advice)}"))
    if (following := next_line(report)) is not None:
        label, line = following
        blocks.append(actions(run_button(label, line, primary=True)))
    return message(f"{escape(title)}: {standing}", blocks)


def standing_of(report: DayReport) -> str:
    """Where the day stands, verdict first."""
    if report.verdict is not None:
        return f"{mark(report.verdict)} · {STATES[report.state]}"
    if report.state is DayState.SCHEDULED:
        return STATES[report.state]
    counted = worst_first(report)
    seen = [result for result in counted if not report.is_to_do(result)]
    waiting = [result.id for result in counted if report.is_to_do(result)]
    bad = any(result.verdict is not Verdict.PASS for result in seen)
    # Nothing is called PASS before the whole session has been judged.
    standing = f"{mark(so_far(report))} so far" if bad else "🟢 Nothing lost so far"
    to_do = f" · to do: {', '.join(waiting)}" if waiting else ""
    return f"{standing} · {STATES[report.state]}{to_do}"


def next_line(report: DayReport) -> tuple[str, str] | None:
    """The label and the line of the next thing to run, if a person has something to do."""
    command = next_step(report) or ("check" if report.state is DayState.OPEN else "")
    return (_LABELS[command], line_for(command, report.trader)) if command else None


def _small_print(report: DayReport) -> list[str]:
    said = [streak_words(report.streak, report.streak_note), coverage(report.excluded)]
    return [*said, f"ledger head {escape(report.head[:12])}"] if report.head else said
