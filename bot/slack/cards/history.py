"""The closed days of a trader, newest first."""

from bot.domain.results import DayReport, HistoryReport
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, escape, section, table
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import plural, streak_words, worst_first


def render_report(report: HistoryReport) -> Message:
    """The streak, then a row a day."""
    said = f"{escape(report.trader, 80)}: {streak_words(report.streak)} · {plural(len(report.days), 'closed day')}"
    blocks: list[Block] = [section(f"*{said}*")]
    if report.days:
        rows = [(str(day.date), str(day.verdict or "-"), _why(day)) for day in report.days]
        blocks.append(table(("Day", "Verdict", "Why"), rows))
    return message(said, blocks)


def _why(day: DayReport) -> str:
    bad = [result for result in worst_first(day) if result.verdict is not Verdict.PASS]
    return "; ".join(f"{result.id}: {result.detail or result.reason}" for result in bad) or day.streak_note
