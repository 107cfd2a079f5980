"""What the one who typed a command is told: refusals, failures, and how a command of theirs ended."""

from collections.abc import Collection, Sequence

from bot.domain.results import Report
from bot.slack.cards.blocks import ONCE, Block, actions, context, escape, section
from bot.slack.cards.help import COMMAND, WITH_FORMS, line_button
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import form_button, mark, run_button

_MOST = 5  # lines offered


def render_refusal(text: str, hint: str, runnable: Collection[str], choices: Sequence[str] = ()) -> Message:
    """That it was refused, why, and the right next step: a button where a line can be run as it stands."""
    return _told(f"⛔ {escape(text, 1500)}", hint, runnable, choices)


def render_failure(text: str, hint: str, runnable: Collection[str], choices: Sequence[str] = ()) -> Message:
    """That it failed, why, and the right next step."""
    return _told(f"⚠️ {escape(text, 1500)}", hint, runnable, choices)


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


def _told(said: str, hint: str, runnable: Collection[str], choices: Sequence[str]) -> Message:
    """What is wrong, and what to do: press the line that is meant, or see how the command is typed."""
    blocks: list[Block] = [section(said)]
    lines = [line for line in choices if line.split(" ", 1)[0] in runnable][:_MOST]
    command = hint.split(" ", 1)[0]
    if lines:
        buttons = [line_button(line, line) for line in lines]
        blocks.append(actions(*_told_apart(buttons), block_id=ONCE))
    elif command in runnable and _is_usage(hint):
        blocks.append(context(f"Type `{COMMAND} {escape(hint, 300)}`"))
        buttons = [run_button(f"Help on {command}", f"help {command}", primary=command not in WITH_FORMS)]
        if command in WITH_FORMS:
            buttons.insert(0, form_button("Fill in a form", command, primary=True))
        blocks.append(actions(*buttons, block_id=ONCE))
    elif command in runnable:
        label = "Show what I can run" if hint == "help" else f"Run {COMMAND} {hint}"
        blocks.append(actions(line_button(label, hint, primary=True), block_id=ONCE))
    return message(said, blocks)


def _told_apart(buttons: Sequence[Block]) -> list[Block]:
    """Give buttons of one command action ids that differ, as Slack wants them in a row."""
    return [button | {"action_id": f"{button['action_id']}:{at}"} for at, button in enumerate(buttons)]


def _is_usage(hint: str) -> bool:
    """Tell whether a hint is how a command is typed, rather than a line to run."""
    return "[" in hint
