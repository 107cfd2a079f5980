"""The options of a command as people may give them: by name, by place, in one word or in several."""

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from commands.command import Command, CommandOptions

FILLERS = ("for", "of", "on", "by", "from", "in", "at", "the", "please", "now")  # said in passing, they mean nothing


class Option:
    """One option of a command.

    Its field may say in `json_schema_extra`: `positional` (it may be typed without its name), `words` (as one of at
    most so many words), `text` (by name it takes all words up to the next option), `hidden` (nobody is told of it),
    `also` (other names that it answers to), `choices` (the words that it takes, for a typo of one to be put right).
    """

    def __init__(self, name: str, field: FieldInfo) -> None:
        extra = field.json_schema_extra
        said: Mapping[str, Any] = extra if isinstance(extra, dict) else {}
        self.name = name
        self.description = field.description or ""
        self.positional = bool(said.get("positional"))
        self.words = int(said.get("words", 1))
        self.is_text = bool(said.get("text"))
        self.hidden = bool(said.get("hidden"))
        self.also: tuple[str, ...] = tuple(said.get("also", ()))
        self.choices: tuple[str, ...] = tuple(said.get("choices", ()))
        self.required = field.is_required()
        self._field = field

    @property
    def typed(self) -> str:
        """How it is typed: `--qty`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def is_flag(self) -> bool:
        """Whether its name alone says it."""
        return self._field.annotation is bool

    @cached_property
    def catches_all(self) -> bool:
        """Whether any word at all fits it, as any may be a trader's name."""
        return self.fits("\0any word at all")

    def fits(self, text: str) -> bool:
        """Tell whether a text is a value of it."""
        try:
            self._values.validate_python(text)
        except ValidationError:
            return False
        return True

    @cached_property
    def _values(self) -> TypeAdapter[Any]:
        annotated: Any = Annotated[self._field.annotation, *self._field.metadata, None]
        return TypeAdapter(annotated)


def options_of(command: Command) -> dict[str, Option]:
    """Return a command's options by name, in the order in which they are declared."""
    return _options(command.options)


@cache  # a person waits while a line is read, and what tells whether a word fits takes long to build
def _options(model: type[CommandOptions]) -> dict[str, Option]:
    return {name: Option(name, field) for name, field in model.model_fields.items()}


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
    """Return what is wrong with a value: the option's own words, for nobody is shown what a library says."""
    if kind == "value_error" or field is None or not field.description:
        return message.removeprefix("Value error, ")
    return f"it must be {field.description}"
