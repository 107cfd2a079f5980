"""The audit trail: who ran what, where, when, and how it ended."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.results import AuditReport, AuditRow
from bot.slack.cards.blocks import ONCE, Block, actions, captioned, clip, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import plural, run_button, seconds

MOST = 30  # rows; more would not fit a message with all their words


def render_report(report: AuditReport, hint: str = "") -> Message:
    """A row a command, newest first; where there is none, `hint` is the line that shows more."""
    of = f" {report.narrowed}" if report.narrowed else ""
    if not report.rows:
        said = f"Nothing {escape(report.narrowed, 200)} is on record." if of else "Nobody has run anything yet."
        blocks: list[Block] = [section(said)]
        return message(
            said, [*blocks, actions(run_button("Show all of them", hint), block_id=ONCE)] if hint else blocks
        )
    counted = plural(len(report.rows), "command")
    shown = f"the newest {counted}; --last N shows older ones" if report.older else f"{counted}, the newest first"
    caption = f"Audit trail{of}: {shown}"
    columns = (f"When ({_zone(report)})", "Who", "Command", "Outcome", "Seconds", "#")  # a phone shows the first few
    rows = [_row(row, ZoneInfo(report.timezone)) for row in report.rows]
    rest = "the command line shows all of them: burnin audit"
    return message(escape(caption, 300), captioned(caption, columns, rows, right=(4, 5), most=MOST, rest=rest))


def _zone(report: AuditReport) -> str:
    return f"{report.rows[0].at.astimezone(ZoneInfo(report.timezone)):%Z}"


def _row(row: AuditRow, zone: ZoneInfo) -> tuple[str, ...]:
    typed = f"{row.command} {row.args}".strip()
    outcome = " ".join(part for part in (row.outcome, row.verdict, row.detail) if part)
    return (
        _stamp(row.at, zone),
        row.actor[:60],
        clip(typed, 80),
        clip(outcome, 90),
        seconds(row.seconds),
        str(row.seq),
    )


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d %b %H:%M:%S}"
