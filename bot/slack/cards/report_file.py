"""The words beside a report."""

from collections.abc import Sequence
from datetime import date

from bot.domain.notice import ReportFile
from bot.domain.results import ReportAsked
from bot.slack.cards.blocks import escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import VOID, mark, plural, who


def render(report: ReportFile, trader: str) -> Message:
    """What the report is about, and that it opens in a browser."""
    asked = f", asked for by {who(report.actor)}" if report.actor else ""
    about = _about(report.days)
    said = f"{_verdict(report)}📑 {escape(trader, 80)} · report {about}{asked}. It opens in any browser."
    return message(said, [section(said)])


def render_report(asked: ReportAsked) -> Message:
    """That a report is on its way."""
    where = "the channel" if asked.whole else "the day's thread"
    said = f"📑 The report {_about(asked.days)} is being made, and comes into {where}."
    return message(said, [section(said)])


def _verdict(report: ReportFile) -> str:
    if report.void:
        return f"{VOID} · "
    return f"{mark(report.verdict)} · " if report.verdict else ""


def _about(days: Sequence[date]) -> str:
    if len(days) == 1:
        return f"of {days[0]}"
    return f"of {plural(len(days), 'day')}, {days[0]} to {days[-1]}"
