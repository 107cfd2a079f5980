"""A target that was lost, or is held again, while the session runs."""

from bot.domain.notice import WatchChange
from bot.slack.cards.blocks import Block, actions, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import line_for, local, run_button, when


def render(change: WatchChange, trader: str) -> Message:
    """What changed, since when, and a look at the gauges where something was lost."""
    said = _say(change)
    detail = escape(change.detail)
    text = f"{said} · {escape(trader, 80)} · {local(change.at)}" + (f": {detail}" if detail else "")
    shown = f"*{said}* · {escape(trader, 80)} · {when(change.at, form='{time_secs}')}"
    blocks: list[Block] = [section(f"{shown}\n{detail}" if detail else shown)]
    if not change.recovered:
        blocks.append(actions(run_button("Check the gauges", line_for("check", trader), primary=True)))
    return message(text, blocks)


def _say(change: WatchChange) -> str:
    if change.criterion == "coverage":
        return "✅ The trader is read again" if change.recovered else "⚠️ The trader cannot be read"
    name = escape(change.criterion, 60)
    return f"✅ {name} is held again" if change.recovered else f"❌ {name} was lost"
