"""Short words about a line that runs although Slack says otherwise, that does not run twice or is not shown."""

from bot.slack.cards.blocks import context, escape
from bot.slack.cards.help import COMMAND
from bot.slack.cards.message import Message, message


def render_received(line: str) -> Message:
    """That a line arrived, although the connection dropped before Slack knew."""
    return _note(
        f"📨 {_typed(line)} arrived and is being dealt with. Slack may have shown you an error, because the connection "
        "dropped before its receipt; there is no need to send it again."
    )


def render_pressed_already(line: str) -> Message:
    """That a button was pressed twice."""
    return _note(f"{_typed(line)}: you have pressed this button already, and it runs once.")


def render_full(line: str) -> Message:
    """That too much waits already."""
    return _note(
        f"⛔ {_typed(line)} was not run: too many commands run and wait already. Send it again once some have ended; "
        f"`{COMMAND} flatten` waits for none of them."
    )


def render_stopping(line: str) -> Message:
    """That the bot stops."""
    return _note(
        f"⛔ {_typed(line)} was not run: the bot is being stopped. Send it again once it is back, or run `burnin` on "
        "its host."
    )


def render_cut_off(line: str) -> Message:
    """That the bot could not wait for its end."""
    return _note(
        f"⚠️ {_typed(line)} was cut off, because the bot is being stopped. See the day's thread and `{COMMAND} audit` "
        "for what became of it, and send it again once the bot is back."
    )


def render_unsayable(key: str) -> Message:
    """That something happened for which there are no words."""
    return _note(
        f"⚠️ Something is to be told here that could not be shown ({escape(key, 200)}). `{COMMAND} audit` tells what "
        "happened and the bot's log why it is not shown: report it."
    )


def _typed(line: str) -> str:
    return f"`{f'{COMMAND} {escape(line, 200)}'.strip().replace('`', chr(39))}`"


def _note(said: str) -> Message:
    return message(said, [context(said)])
