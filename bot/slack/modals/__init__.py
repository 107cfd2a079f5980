"""Modals, one file each: commands that are asked about, or given their parameters, before they run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.slack.modals import drill, flatten, void
from bot.slack.modals.form import CALLBACK, Asked, Faults, Filled, Form, reference_of, values_of
from commands.command import Command

FORMS = {form.command: form for form in (flatten.FORM, drill.FORM, void.FORM)}


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a form says that was handed in: the line to run and where it was opened, or what is wrong by field."""

    line: str = ""
    channel: str = ""
    faults: Faults = field(default_factory=dict)


def handed_in(view: Mapping[str, Any], commands: Mapping[str, Command]) -> HandedIn:
    """Read a form that was handed in, also one that another process of the bot has opened."""
    form = FORMS[str(view["callback_id"]).removeprefix(CALLBACK)]
    reference, command, values = reference_of(view), commands.get(form.command), values_of(view)
    if reference is None or command is None or not values.keys() >= set(form.fields):
        fields = (block["block_id"] for block in view["blocks"] if block["type"] == "input")
        return HandedIn(faults={next(fields): "This form is of another version of the bot. Close it and open it anew."})
    read = form.read(Filled(command, reference.trader, values))
    return HandedIn(faults=read) if isinstance(read, dict) else HandedIn(line=read, channel=reference.channel)


__all__ = ["CALLBACK", "FORMS", "Asked", "Form", "HandedIn", "handed_in"]
