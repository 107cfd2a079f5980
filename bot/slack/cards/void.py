"""A day that somebody asks to be void, and what became of it."""

from bot.domain.notice import VoidAsked, VoidDecided
from bot.domain.results import VoidReport
from bot.slack.cards.blocks import Block, actions, context, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import line_for, run_button, streak_words, when, who

_SIGNS = {"asked": "✋ VOID asked for", "approved": "🚫 VOID", "declined": "⛔ Not void", "expired": "⌛ Not void"}
_WHEN = "{date_short} {time}"
_REASON = 600  # characters


def render_asked(asked: VoidAsked, trader: str) -> Message:
    """Who asks for what and why, and the two answers of somebody else."""
    said = f"{_SIGNS['asked']} · {escape(trader, 80)} · {asked.day}: {escape(asked.reason, _REASON)}"
    blocks: list[Block] = [
        section(f"*{said}*"),
        section(f"{who(asked.asked_by)} asks for this day to be void: it would neither count nor reset the streak."),
        section(f"*Next:* another person, an approver, answers by {when(asked.expires_at, form=_WHEN)}."),
        actions(
            run_button("Approve", line_for(f"approve {asked.request}", trader), primary=True),
            run_button("Decline", line_for(f"decline {asked.request}", trader)),
        ),
        context(f"Request {asked.request}, of {when(asked.at, form=_WHEN)}. Unanswered, the day counts as it did."),
    ]
    return message(f"{said} · {who(asked.asked_by)} asks, another approver answers", blocks)


def render_decided(decided: VoidDecided, trader: str) -> Message:
    """The answer, who gave it, and what follows."""
    said = f"{_SIGNS[decided.decision]} · {escape(trader, 80)} · {decided.day}: {escape(decided.reason, _REASON)}"
    blocks: list[Block] = [section(f"*{said}*"), section(_follows(decided))]
    blocks.append(context(f"Request {decided.request}, asked for by {who(decided.asked_by)}; {_answer(decided)}"))
    return message(f"{said} · {_answer(decided)}", blocks)


def _follows(decided: VoidDecided) -> str:
    if decided.decision != "approved":
        return "The day counts as it did."
    note = f" {escape(decided.streak_note)}." if decided.streak_note else ""
    return f"The day neither counts nor resets the streak.{note}"


def _answer(decided: VoidDecided) -> str:
    at = when(decided.at, form=_WHEN)
    if decided.decided_by is None:
        return f"nobody answered by {at}"
    withdrawn = decided.decision == "declined" and decided.decided_by == decided.asked_by
    how = "withdrawn" if withdrawn else decided.decision
    return f"{how} by {who(decided.decided_by)} at {at}"


def render_report(report: VoidReport) -> Message:
    """A request as it was asked for or answered."""
    said = f"{_SIGNS[report.state]} · {escape(report.trader, 80)} · {report.date}: {escape(report.reason, _REASON)}"
    by = f", answered by {who(report.decided_by)}" if report.decided_by else ""
    blocks: list[Block] = [
        section(f"*{said}*"),
        context(
            f"Request {report.request} of {who(report.asked_by)}{by}",
            streak_words(report.streak, report.streak_note),
        ),
    ]
    return message(said, blocks)
