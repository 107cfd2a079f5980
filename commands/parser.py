"""From what was typed to a command and its options. Both fronts use it, so both forgive and refuse alike."""

import difflib
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from bot.errors import UsageError
from commands.command import Command, CommandOptions

# Slack's and phones' keyboards turn -- and straight quotes into these.
_TYPOGRAPHY = str.maketrans(
    {"\u2014": "--", "\u2013": "--", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"}
)


def tokens_of(text: str) -> tuple[str, ...]:
    """Split a line as a shell would.

    Raises:
        UsageError: a quote is not closed.
    """
    try:
        return tuple(shlex.split(text.translate(_TYPOGRAPHY)))
    except ValueError as error:
        raise UsageError(f"Cannot read {text!r}: {error}.", hint="help") from error


def line_of(*words: str) -> str:
    """Return the line that `tokens_of` splits into these words, whatever a person has put into them."""
    return shlex.join(word.translate(_TYPOGRAPHY) for word in words)


def parse(tokens: Sequence[str], commands: Mapping[str, Command]) -> tuple[Command, CommandOptions]:
    """Return the command that is meant and its options; no words at all mean `help`.

    Raises:
        UsageError: no such command or option, or a value that does not fit; the hint is the nearest right line.
    """
    name, words = (tokens[0].lower(), tokens[1:]) if tokens else ("help", ())
    command = commands.get(name)
    if command is None:
        nearest = nearest_of(name, commands)
        say = f"There is no command {tokens[0]!r}." + (f" Did you mean {nearest!r}?" if nearest else "")
        raise UsageError(say, hint=shlex.join([nearest, *words]) if nearest else "help")
    return command, _options(command, words)


def nearest_of(word: str, names: Mapping[str, object] | Sequence[str]) -> str:
    """Return the name most like a word, or an empty text where none is like it."""
    return next(iter(difflib.get_close_matches(word, list(names), n=1, cutoff=0.5)), "")


def _options(command: Command, words: Sequence[str]) -> CommandOptions:
    fields = command.options.model_fields
    values: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name, value = _named(command, word, rest)
        else:
            name, value = _positional(command, word, values), word
        if name in values:
            raise UsageError(f"{command.name}: {name} is given twice.", hint=command.usage)
        values[name] = value
    for option, said in faults_of(command, values).items():
        shown = f"--{option.replace('_', '-')}" if option in fields else option
        raise UsageError(f"{command.name}: {shown} {values.get(option, '')}: {said}.", hint=command.usage)
    return command.options.model_validate(values)


def faults_of(command: Command, values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with which option; nothing where all of them fit."""
    try:
        command.options.model_validate(values)
    except ValidationError as error:
        fields = command.options.model_fields
        found = [(str(one["loc"][0]) if one["loc"] else "", one) for one in error.errors()]
        return {option: _said(one["type"], one["msg"], fields.get(option)) for option, one in found}
    return {}


def _said(kind: str, message: str, field: FieldInfo | None) -> str:
    """Return what is wrong with a value; nobody is shown a regular expression."""
    if kind == "string_pattern_mismatch" and field is not None:
        return f"it must be {field.description}"
    return message.removeprefix("Value error, ").replace("Input should be", "it must be")


def _named(command: Command, word: str, rest: list[str]) -> tuple[str, Any]:
    flag, equals, inline = word[2:].partition("=")
    name = flag.replace("-", "_")
    fields = command.options.model_fields
    if name not in fields:
        near = nearest_of(name, list(fields))
        say = f"{command.name} has no option --{flag}." + (f" Did you mean --{near.replace('_', '-')}?" if near else "")
        raise UsageError(say, hint=command.usage)
    if equals:
        return name, inline
    if fields[name].annotation is bool:
        return name, True
    if not rest or rest[0].startswith("--"):
        raise UsageError(f"{command.name}: --{flag} needs a value.", hint=command.usage)
    return name, rest.pop(0)


def _positional(command: Command, word: str, taken: Mapping[str, Any]) -> str:
    """Return the positional field that a word fits: the pickiest first, so `2026-11-20` is a day and no trader."""
    free = [name for name in reversed(command.options.model_fields) if _is_positional(command, name)]
    for name in free:
        if name not in taken and _fits(command.options.model_fields[name], word):
            return name
    raise UsageError(f"{command.name}: what is {word!r} meant to be?", hint=command.usage)


def _is_positional(command: Command, name: str) -> bool:
    extra = command.options.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("positional"))


def _fits(field: FieldInfo, word: str) -> bool:
    try:
        annotated: Any = Annotated[field.annotation, *field.metadata, None]
        TypeAdapter(annotated).validate_python(word)
    except ValidationError:
        return False
    return True
