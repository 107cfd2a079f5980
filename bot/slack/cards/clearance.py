"""Cleared for canary LIVE, signed off by an approver, and a clearance that no longer holds."""

from collections.abc import Sequence
from datetime import date

from bot.domain.criteria import CRITERIA
from bot.domain.notice import Cleared, Revoked, SignedOff
from bot.domain.people import SignOff
from bot.domain.results import SignOffReport
from bot.domain.streak import Streak
from bot.slack.cards.blocks import Block, actions, context, escape, header, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import coverage, line_for, run_button, when, who

_MOST_DAYS = 10  # named; of more, the last
_WHEN = "{date_short} {time}"


def render_cleared(cleared: Cleared, trader: str) -> Message:
    """The clearance, the days it stands on, what it was won with, and who signed it off or still has to."""
    count = f"{cleared.streak.passed}/{cleared.streak.required}"
    criteria = coverage(cleared.excluded, cleared.criteria_total or len(CRITERIA))
    void = _void(cleared.streak)
    blocks: list[Block] = [
        header(f"🎉 CLEARED for canary LIVE · {trader} · {count}"),
        section(f"PASS on {_named(cleared.streak.days) or 'every day required'}{void} · {criteria}"),
    ]
    if cleared.signed is None:
        line = line_for("signoff", trader)
        line += f" --clearance {cleared.number}" if cleared.number else ""
        blocks.append(section("*Next:* an approver signs it off; then the canary may go LIVE by the desk's procedure."))
        blocks.append(actions(run_button("Sign off", line, primary=True)))
    else:
        blocks.append(section(f"✍️ Signed off by {_signed(cleared.signed)}"))
        blocks.append(section("*Next:* the canary may go LIVE by the desk's own procedure."))
    build = f"Build `{escape(cleared.build, 100)}`. " if cleared.build else ""
    blocks.append(context(f"{build}A FAIL or a new build revokes this."))
    signed = f" · signed off by {who(cleared.signed.actor)}" if cleared.signed else ""
    return message(f"🎉 CLEARED for canary LIVE · {escape(trader, 80)} · {count}{void} · {criteria}{signed}", blocks)


def render_revoked(revoked: Revoked, trader: str) -> Message:
    """That the clearance is gone, and why."""
    why = escape(revoked.why)
    blocks = [
        header(f"⛔ Clearance REVOKED · {trader}"),
        section(f"*Why:* {why}"),
        section("*Next:* keep the canary off LIVE until the trader is cleared again; `status` says what is missing."),
    ]
    return message(f"⛔ Clearance REVOKED · {escape(trader, 80)}: {why}", blocks)


def render_signed_off(signed: SignedOff, trader: str) -> Message:
    """Who signed the clearance off, and when."""
    count = f"{signed.streak.passed}/{signed.streak.required}"
    said = f"✍️ SIGNED OFF · clearance of {escape(trader, 80)} · {count}{_void(signed.streak)}"
    by = _signed(signed.signed)
    blocks = [
        section(f"*{said}*\nBy {by}, on PASS of {_named(signed.streak.days) or 'every day required'}"),
        section("*Next:* the canary may go LIVE by the desk's own procedure."),
    ]
    return message(f"{said} · by {by}", blocks)


def render_report(report: SignOffReport) -> Message:
    """A sign-off as it was asked for."""
    void = f", void: {_named(report.void)}" if report.void else ""
    said = f"✍️ SIGNED OFF · clearance of {escape(report.trader, 80)} · PASS on {_named(report.days)}{void}"
    return message(said, [section(f"*{said}*"), context(f"By {_signed(report.signed)}")])


def _signed(signed: SignOff) -> str:
    return f"{who(signed.actor)} at {when(signed.at, form=_WHEN)}"


def _void(streak: Streak) -> str:
    return f" (void: {_named(streak.void)})" if streak.void else ""


def _named(days: Sequence[date]) -> str:
    left_out = len(days) - _MOST_DAYS
    named = ", ".join(str(day) for day in days[-_MOST_DAYS:])
    return f"{left_out} earlier days, {named}" if left_out > 0 else named
