"""How far a long command is, in one message that is edited as it goes: a plan, or plain lines where none is taken."""

from collections.abc import Sequence

from bot.domain.notice import CommandProgress, ProgressEnded
from bot.domain.steps import Step, StepState
from bot.slack.cards.blocks import Block, context, escape, lines, plan, section, task_card
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
    head = section(f"*{said}*")
    return message(said, [head, *_plan(progress.command, progress.steps)], plainer=[head, *_lines(progress.steps)])


def render_ended(ended: ProgressEnded) -> Message:
    """The same message once the command has ended.

    Where it is done, a line is left: the thread is told the result, and nobody wants to read the steps twice.
    """
    line = f"{escape(ended.command, 80)} · run by {who(ended.actor)}, ended {when(ended.at, form=SECONDS)}"
    if ended.outcome == "done":
        return message(line, [context(line)])
    how = f"{_ENDED[ended.outcome]} · {escape(ended.command, 80)}"
    said = f"{how}: {escape(ended.detail, 1500)}" if ended.detail else how
    head, foot = section(f"*{how}*" + said.removeprefix(how)), context(line)
    if not ended.steps:
        return message(said, [head, foot])
    stopped = [_stopped(step) for step in ended.steps]
    return message(said, [head, *_plan(ended.command, stopped), foot], plainer=[head, *_lines(stopped), foot])


def _stopped(step: Step) -> Step:
    """A step as the end leaves it: what was running has not come to its end."""
    return step.model_copy(update={"state": StepState.ERROR}) if step.state is StepState.IN_PROGRESS else step


def _plan(command: str, steps: Sequence[Step]) -> list[Block]:
    if not steps:
        return []
    return [plan(command, [_task(at, step) for at, step in enumerate(steps)])]


def _task(at: int, step: Step) -> Block:
    """One step; its id is its place, which stays the same from edit to edit."""
    return task_card(f"step-{at}", f"{step.name}{_took(step)}", step.state.value, step.detail)


def _lines(steps: Sequence[Step]) -> list[Block]:
    return lines([_line(step) for step in steps])


def _line(step: Step) -> str:
    detail = f": {escape(step.detail, 200)}" if step.detail else ""
    return f"{_SIGNS[step.state]} · {escape(step.name, 80)}{_took(step)}{detail}"


def _took(step: Step) -> str:
    return f" · {seconds(step.seconds)}" if step.seconds is not None else ""
