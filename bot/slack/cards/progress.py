"""How far a long command is, in one message that is edited as it goes."""

from collections.abc import Sequence

from bot.domain.notice import CommandProgress, ProgressEnded
from bot.domain.steps import Step, StepState
from bot.slack.cards.blocks import Block, context, escape, lines, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import SECONDS, seconds, when, who

_SIGNS = {
    StepState.PENDING: "⚪ waiting",
    StepState.IN_PROGRESS: "⏳ running",
    StepState.COMPLETE: "✅ done",
    StepState.ERROR: "❌ failed",
}
_ENDED = {"refused": "⛔ refused", "failed": "⚠️ failed", "abandoned": "⚠️ cut off"}


def render(progress: CommandProgress) -> Message:
    """The steps of a command that is under way."""
    done = sum(step.state is StepState.COMPLETE for step in progress.steps)
    what = f"{escape(progress.command, 80)} by {who(progress.actor)}"
    said = f"⏳ {what}: {done} of {len(progress.steps)} steps done"
    return message(said, [section(f"*{said}*"), *_steps(progress.steps)])


def render_ended(ended: ProgressEnded) -> Message:
    """The same message once the command has ended.

    Where it is done, a line is left: the thread is told the result, and nobody wants to read the steps twice.
    """
    line = f"{escape(ended.command, 80)} · run by {who(ended.actor)}, ended {when(ended.at, form=SECONDS)}"
    if ended.outcome == "done":
        return message(line, [context(line)])
    how = f"{_ENDED[ended.outcome]} · {escape(ended.command, 80)}"
    said = f"{how}: {escape(ended.detail, 1500)}" if ended.detail else how
    return message(said, [section(f"*{how}*" + said.removeprefix(how)), *_steps(ended.steps), context(line)])


def _steps(steps: Sequence[Step]) -> list[Block]:
    return lines([_line(step) for step in steps])


def _line(step: Step) -> str:
    took = f" · {seconds(step.seconds)}" if step.seconds is not None else ""
    detail = f": {escape(step.detail, 200)}" if step.detail else ""
    return f"{_SIGNS[step.state]} · {escape(step.name, 80)}{took}{detail}"
