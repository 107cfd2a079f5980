"""The closed days of a trader, newest first."""

from bot.domain.results import DayReport, HistoryReport
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, captioned, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import plural, streak_words, worst_first

MOST = 30  # rows
_VOID = "VOID"


def render_report(report: HistoryReport) -> Message:
    """The streak, then a row a day."""
    said = f"{escape(report.trader, 80)}: {streak_words(report.streak)} · {plural(len(report.days), 'closed day')}"
    blocks: list[Block] = [section(f"*{said}*")]
    if report.days:
        rows = [(str(day.date), _VOID if day.void else str(day.verdict or "-"), _why(day)) for day in report.days]
        caption = f"Closed days of {report.trader}, the newest first"
        blocks += captioned(caption, ("Day", "Verdict", "Why"), rows, most=MOST)
    return message(said, blocks)


def _why(day: DayReport) -> str:
    if day.void is not None:
        return f"{day.void.reason} (it was {day.verdict})"
    bad = [result for result in worst_first(day) if result.verdict is not Verdict.PASS]
    return "; ".join(f"{result.id}: {result.detail or result.reason}" for result in bad) or day.streak_note
