"""A day that somebody asks to be void, and what became of it."""

from bot.domain.notice import VoidAsked, VoidDecided
from bot.slack.cards.blocks import ONCE, Block, actions, context, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import run_button, when, who

_DECISIONS = {"approved": "🚫 VOID", "declined": "⛔ Not void", "expired": "⌛ Not void"}


def render_asked(asked: VoidAsked, trader: str) -> Message:
    """Who asks for what and why, and the two answers of somebody else."""
    said = f"✋ {who(asked.asked_by)} asks to void {asked.day} of {escape(trader, 80)}: {escape(asked.reason, 1000)}"
    blocks: list[Block] = [
        section(said),
        section("*Next:* another person, an approver, answers. A void day neither counts nor resets the streak."),
        context(f"Open until {when(asked.expires_at)}; then it is void no more than before"),
        actions(
            run_button("Approve", f"approve {asked.request}", primary=True),
            run_button("Decline", f"decline {asked.request}"),
            block_id=ONCE,
        ),
    ]
    return message(said, blocks)


def render_decided(decided: VoidDecided, trader: str) -> Message:
    """The answer, who gave it, and what follows."""
    by = who(decided.decided_by) if decided.decided_by else "nobody answered in time"
    said = f"{_DECISIONS[decided.decision]} · {escape(trader, 80)} · {decided.day}: {escape(decided.reason, 1000)}"
    answered = f"Asked for by {who(decided.asked_by)}; {decided.decision} by {by} at {when(decided.at)}"
    if decided.decided_by is None:
        answered = f"Asked for by {who(decided.asked_by)}; {by}"
    blocks: list[Block] = [section(f"*{said}*"), context(answered)]
    if decided.streak_note:
        blocks.append(section(escape(decided.streak_note)))
    return message(said, blocks)
