"""What the page offers while somebody types `/burnin`: the commands with their help, and what may follow each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic.fields import FieldInfo

from bot.sandbox.workspace.interactions import Completion
from commands.command import Command

_DAYS = ("today", "yesterday")


def completions_of(commands: Mapping[str, Command], traders: Sequence[str]) -> tuple[Completion, ...]:
    """Return a completion for every command, in the order in which help lists them."""
    known = {"trader": tuple(traders), "day": _DAYS, "command": tuple(commands)}
    return tuple(
        Completion(name, command.summary, tuple(_words(command.options.model_fields, known)))
        for name, command in commands.items()
    )


def _words(fields: Mapping[str, FieldInfo], known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the values of what is typed by its place, and the names of the rest."""
    for name, field in fields.items():
        extra: Any = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("positional"):
            yield from known.get(name, ())
        else:
            yield f"--{name.replace('_', '-')}"
