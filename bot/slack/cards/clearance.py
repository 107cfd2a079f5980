"""Cleared for canary LIVE, and a clearance that no longer holds."""

from bot.domain.criteria import CRITERIA
from bot.domain.notice import Cleared, Revoked, SignedOff
from bot.slack.cards.blocks import Block, context, escape, header, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import coverage, when, who


def render_cleared(cleared: Cleared, trader: str) -> Message:
    """The clearance, the days it stands on, and what it was won with."""
    count = f"{cleared.streak.passed}/{cleared.streak.required}"
    criteria = coverage(cleared.excluded, cleared.criteria_total or len(CRITERIA))
    blocks: list[Block] = [
        header(f"🎉 CLEARED for canary LIVE · {trader} · {count}"),
        section(f"PASS on {', '.join(str(day) for day in cleared.streak.days) or 'every day required'} · {criteria}"),
        section("*Next:* the canary may go LIVE by the desk's own procedure; a FAIL or a new build revokes this."),
    ]
    if cleared.build:
        blocks.append(context(f"Build `{escape(cleared.build, 100)}`"))
    return message(f"🎉 CLEARED for canary LIVE · {escape(trader, 80)} · {count} · {criteria}", blocks)


def render_revoked(revoked: Revoked, trader: str) -> Message:
    """That the clearance is gone, and why."""
    why = escape(revoked.why)
    blocks = [
        header(f"⛔ Clearance REVOKED · {trader}"),
        section(f"*Why:* {why}"),
        section("*Next:* keep the canary off LIVE; the burn-in starts anew with the next session."),
    ]
    return message(f"⛔ Clearance REVOKED · {escape(trader, 80)}: {why}", blocks)


def render_signed_off(signed: SignedOff, trader: str) -> Message:
    """Who signed the clearance off, and when."""
    count = f"{signed.streak.passed}/{signed.streak.required}"
    by = f"{who(signed.signed.actor)} at {when(signed.signed.at)}"
    said = f"✍️ Clearance of {escape(trader, 80)} · {count} · signed off by {by}"
    return message(said, [section(said)])
