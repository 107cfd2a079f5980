"""What all modals share: what a command is asked about in, how it is shown and how what was filled in is read.

What a modal keeps about itself and what comes back from it are references: they become a line, and that line goes the
way of every typed one, with the rights that whoever hands it in has by then.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from bot.desk import TraderDesk
from bot.domain.value import Value
from bot.slack.cards.blocks import Block, clip, plain
from commands.command import Command, CommandOptions
from commands.parser import faults_of, line_of

CALLBACK = "form:"  # how callback ids of modals begin
MOST_TITLE = 24
MOST_WORDS = 3000  # characters of a field; Slack's limit

Faults = dict[str, str]  # what is wrong, by field


class Reference(Value):
    """What a modal keeps while it is filled in: where it was opened and which trader it is about."""

    channel: str
    trader: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a modal is opened for. `options` are those that the line gives already."""

    trader: TraderDesk
    options: CommandOptions
    channel: str
    now: datetime

    @property
    def reference(self) -> Reference:
        """What the modal keeps of it."""
        return Reference(channel=self.channel, trader=self.trader.name)

    def given(self, option: str) -> str:
        """Return what the line gives for an option; an empty text where it gives nothing."""
        value = getattr(self.options, option, None)
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was handed in: the values by field, empty where nothing was given."""

    command: Command
    trader: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """A command's modal.

    Attributes:
        command: the command's name.
        fields: what has to be handed in with it.
        wanted: tells whether a typed line is asked about in it rather than run.
        view: the modal as it is shown at once.
        read: returns the line to run, or what is wrong with which field.
        look: returns the modal with what had to be looked up; None where nothing has.
    """

    command: str
    fields: tuple[str, ...]
    wanted: Callable[[CommandOptions], bool]
    view: Callable[[Asked], Block]
    read: Callable[[Filled], str | Faults]
    look: Callable[[Asked], Awaitable[Block]] | None = None


def modal(command: str, title: str, submit: str, reference: Reference, blocks: Sequence[Block]) -> Block:
    """Return a view whose fields are handed in together."""
    return {
        "type": "modal",
        "callback_id": CALLBACK + command,
        "title": plain(clip(title, MOST_TITLE), MOST_TITLE),
        "submit": plain(submit, MOST_TITLE),
        "close": plain("Cancel", MOST_TITLE),
        "private_metadata": reference.model_dump_json(),
        "blocks": list(blocks),
    }


def field(name: str, label: str, element: Block, *, hint: str = "") -> Block:
    """A field to fill in, which has to be."""
    block: Block = {"type": "input", "block_id": name, "label": plain(label, 2000)}
    block["element"] = {**element, "action_id": name}
    return block | ({"hint": plain(hint, 2000)} if hint else {})


def words(initial: str = "", *, multiline: bool = False, most: int = MOST_WORDS) -> Block:
    """A text field, which takes no more than `most` characters."""
    element: Block = {"type": "plain_text_input", "multiline": multiline}
    element |= {"max_length": most} if most < MOST_WORDS else {}
    return element | ({"initial_value": clip(initial, most)} if initial else {})


def option(value: str) -> Block:
    """One of the values that may be chosen."""
    return {"text": plain(value, 75), "value": value}


def reference_of(view: Mapping[str, Any]) -> Reference | None:
    """Return what a modal has kept; None where it cannot be read, as after a new version of the bot."""
    try:
        return Reference.model_validate_json(str(view.get("private_metadata") or ""))
    except ValidationError:
        return None


def values_of(view: Mapping[str, Any]) -> dict[str, str]:
    """Return what was filled in, by field."""
    fields = (view.get("state") or {}).get("values") or {}
    return {name: _value(next(iter(elements.values()), {})) for name, elements in fields.items()}


def options_line(filled: Filled, *positional: str, named: Sequence[str]) -> str | Faults:
    """Return the command's line with the values of these fields, or what is wrong with them."""
    faults = faults_of(filled.command, filled.values)
    if faults:
        return faults
    options = (f"--{name}={filled.values[name]}" for name in named)
    return line_of(filled.command.name, *positional, filled.trader, *options)


def _value(state: Mapping[str, Any]) -> str:
    chosen = state.get("selected_option") or {}
    return str(state.get("value") or state.get("selected_date") or chosen.get("value") or "").strip()
