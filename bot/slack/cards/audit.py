"""The audit trail: who ran what, where, when, and how it ended."""

from bot.domain.results import AuditReport, AuditRow
from bot.slack.cards.blocks import Block, section, table
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import plural, seconds

MOST = 30  # rows; more would not fit a message with all their words


def render_report(report: AuditReport) -> Message:
    """A row a command, newest first."""
    shown = report.rows[:MOST]
    said = f"Audit trail: {plural(len(report.rows), 'command')}"
    if len(report.rows) > MOST:
        said += f", the newest {MOST} are shown"
    blocks: list[Block] = [section(f"*{said}*")]
    if shown:
        columns = ("#", "When (UTC)", "Who", "Command", "Outcome", "Seconds")
        blocks.append(table(columns, [_row(row) for row in shown], right=(0, 5)))
    return message(said, blocks)


def _row(row: AuditRow) -> tuple[str, ...]:
    typed = f"{row.command} {row.args}".strip()
    outcome = " ".join(part for part in (row.outcome, row.verdict, row.detail) if part)
    return (str(row.seq), f"{row.at:%Y-%m-%d %H:%M:%S}", row.actor[:60], typed[:80], outcome[:90], seconds(row.seconds))
