"""A script of the desk that ended: its exit code and the last lines it wrote."""

from bot.domain.notice import ScriptDone
from bot.domain.results import ScriptRun
from bot.slack.cards.blocks import Block, code, context, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import seconds


def render(done: ScriptDone, trader: str) -> Message:
    """How it ended, then what it said."""
    said = f"{script_words(done.run)} · {escape(trader, 80)}"
    blocks: list[Block] = [section(said), context(f"`{escape(' '.join(done.run.argv), 300).replace('`', chr(39))}`")]
    if done.run.tail.strip():
        blocks.append(code(done.run.tail.rstrip()))
    if not done.run.succeeded:
        blocks.append(section("*Next:* mend the script or its configuration; the day's verdict does not wait for it."))
    return message(said, blocks)


def script_words(run: ScriptRun) -> str:
    """One line on a script: whether it succeeded, its exit code, how long it took."""
    name = escape(run.name, 60)
    if run.succeeded:
        return f"✅ {name} succeeded (exit 0, {seconds(run.seconds)})"
    code_words = "no exit code" if run.exit_code is None else f"exit {run.exit_code}"
    trouble = f": {escape(run.trouble)}" if run.trouble else ""
    return f"❌ {name} failed ({code_words}, {seconds(run.seconds)}){trouble}"
