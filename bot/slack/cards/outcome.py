"""What the one who typed a command is told: refusals, failures, and how a command of theirs ended."""

from collections.abc import Collection

from bot.domain.results import Report
from bot.slack.cards.blocks import ONCE, Block, actions, context, escape, section
from bot.slack.cards.help import COMMAND
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import mark, run_button


def render_refusal(text: str, hint: str, runnable: Collection[str]) -> Message:
    """That it was refused, why, and the right next step: a button where the hint can be run as it stands."""
    return _told(f"⛔ {escape(text, 1500)}", hint, runnable)


def render_failure(text: str, hint: str, runnable: Collection[str]) -> Message:
    """That it failed, why, and the right next step."""
    return _told(f"⚠️ {escape(text, 1500)}", hint, runnable)


def render_ended(command: str, trader: str, report: Report | None, detail: str, took: float) -> Message:
    """One line for the one who ran something whose result the channel sees anyway."""
    verdict = getattr(report, "verdict", None)
    what = escape(f"{command} {trader}".strip(), 120)
    ended = f"{mark(verdict)} · {what}" if verdict else f"✅ {what} is done"
    said = f"{ended} ({took:.1f} s)" + (f": {escape(detail)}" if detail else "")
    return message(said, [section(said)])


def render_running(line: str) -> Message:
    """That a long command has begun."""
    said = f"⏳ Running `{COMMAND} {escape(line, 200).replace('`', chr(39))}` …"
    return message(said, [context(said)])


def _told(said: str, hint: str, runnable: Collection[str]) -> Message:
    blocks: list[Block] = [section(said)]
    if hint and hint.split(" ", 1)[0] in runnable:
        if "[" in hint:
            blocks.append(context(f"Type `{COMMAND} {escape(hint, 300)}`"))
        else:
            blocks.append(actions(run_button(f"Run {COMMAND} {hint}", hint, primary=True), block_id=ONCE))
    return message(said, blocks)
