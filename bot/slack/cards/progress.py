"""How far a long command is, in one message that is edited as it goes."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.people import Actor
from bot.slack.cards.blocks import Block, context, escape, lines, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import SECONDS, seconds, when, who
from commands.steps import Step, StepState

_SIGNS = {
    StepState.PENDING: "⚪ waiting",
    StepState.IN_PROGRESS: "⏳ running",
    StepState.COMPLETE: "✅ done",
    StepState.ERROR: "❌ failed",
}


def progress_message(command: str, actor: Actor, steps: Sequence[Step]) -> Message:
    """The steps of a command that is under way."""
    done = sum(step.state is StepState.COMPLETE for step in steps)
    said = f"⏳ {escape(command, 80)} by {who(actor)}: {done} of {len(steps)} steps done"
    return message(said, [section(f"*{said}*"), *_steps(steps)])


def ended_message(command: str, actor: Actor, steps: Sequence[Step], ended: str, at: datetime) -> Message:
    """The same message once the command has ended; `ended` says how, as mrkdwn.

    It is empty where the thread is told the result: then a line is left, for nobody wants to read the steps twice.
    """
    line = f"{escape(command, 80)} · run by {who(actor)}, ended {when(at, form=SECONDS)}"
    if not ended:
        return message(line, [context(line)])
    said = f"{ended} · {escape(command, 80)}"
    return message(said, [section(f"*{said}*"), *_steps(steps), context(line)])


def _steps(steps: Sequence[Step]) -> list[Block]:
    return lines([_line(step) for step in steps])


def _line(step: Step) -> str:
    took = f" · {seconds(step.seconds)}" if step.seconds is not None else ""
    detail = f": {escape(step.detail, 200)}" if step.detail else ""
    return f"{_SIGNS[step.state]} · {escape(step.name, 80)}{took}{detail}"
