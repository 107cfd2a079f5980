"""The audit trail: who ran what, where, when, and how it ended."""

from datetime import UTC

from bot.domain.results import AuditReport, AuditRow
from bot.slack.cards.blocks import ONCE, Block, actions, captioned, clip, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import plural, run_button

MOST = 30  # rows; more would not fit a message with all their words
_COLUMNS = ("When", "Who did what, and how it ended")  # as many as a phone shows side by side


def render_report(report: AuditReport, hint: str = "") -> Message:
    """A row a command or act, newest first; where there is none, `hint` is the line that shows more."""
    of = f" {report.narrowed}" if report.narrowed else ""
    if not report.rows:
        said = f"Nothing {escape(report.narrowed, 200)} is on record." if of else "Nobody has run anything yet."
        blocks: list[Block] = [section(said)]
        return message(
            said, [*blocks, actions(run_button("Show all of them", hint), block_id=ONCE)] if hint else blocks
        )
    counted = plural(len(report.rows), "row")
    shown = f"the newest {counted}; --last N shows older ones" if report.older else f"{counted}, the newest first"
    caption = f"Audit trail{of}: {shown}"
    rows = [_row(row) for row in report.rows]
    rest = "the command line shows all of them: burnin audit"
    return message(escape(caption, 300), captioned(caption, _COLUMNS, rows, most=MOST, rest=rest))


def _row(row: AuditRow) -> tuple[str, str]:
    typed = clip(f"{row.command} {row.args}".strip(), 80)
    outcome = " ".join(part for part in (row.outcome, row.verdict) if part)
    took = "" if row.seconds is None else f" in {row.seconds:.1f} s"
    detail = f": {clip(row.detail, 90)}" if row.detail else ""
    return _when(row), f"{row.actor[:60]}: {typed} → {outcome}{took}{detail} (#{row.seq})"


def _when(row: AuditRow) -> str:
    """The time by the exchange's clock, and in UTC where that is another."""
    utc = row.at.astimezone(UTC)
    if row.local.utcoffset() == utc.utcoffset():
        return f"{utc:%d %b %H:%M:%S} UTC"
    form = "%H:%M:%S" if utc.date() == row.local.date() else "%d %b %H:%M:%S"
    return f"{row.local:%d %b %H:%M:%S %Z}, {utc:{form}} UTC"
