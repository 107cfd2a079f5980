"""Pydantic's complaints in the words of somebody who edits a YAML file: key, expectation, nearest right key."""

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.configuration.yaml_file import ConfigFile, KeyPath, Problem

_EXPECTED = {
    "tuple_type": "this should be a list",
    "dict_type": "this should be a mapping of keys",
    "model_type": "this should be a mapping of keys",
}
_SECRET_KEYS = frozenset({"database", "headers", "env"})


def problems_of(error: ValidationError, model: type[BaseModel], file: ConfigFile) -> tuple[Problem, ...]:
    """Return what validation found, without what only repeats a problem that the file already has."""
    known = {problem.path for problem in file.problems}
    found = [Problem(path, text) for path, text in _spoken(error, model, file)]
    own = {problem.path for problem in found}
    return tuple(p for p in found if not _inherited(p.path, own, file) and not _covered(p.path, known))


def _spoken(error: ValidationError, model: type[BaseModel], file: ConfigFile) -> Iterator[tuple[KeyPath, str]]:
    every = error.errors()
    for details in every:
        path = tuple(step for step in details["loc"] if step != "[key]")
        if details["type"] == "too_short" and any(
            _covered(other["loc"], {path}) for other in every if other != details
        ):
            continue  # the list only became short by the items that are complained about themselves
        yield path, _words(details, path, model, file)


def _covered(path: KeyPath, known: set[KeyPath]) -> bool:
    return any(path[:length] in known for length in range(1, len(path) + 1))


def _inherited(path: KeyPath, own: set[KeyPath], file: ConfigFile) -> bool:
    """Tell whether a trader only inherited a value that is already complained about where it stands."""
    match path:
        case ("traders", int(), ("policy" | "access" | "channel") as key, *rest):
            source = ("slack", "channel") if key == "channel" else (key, *rest)
            return path not in file.lines and source in own
    return False


def _words(details: ErrorDetails, path: KeyPath, model: type[BaseModel], file: ConfigFile) -> str:
    said = details["msg"].removeprefix("Value error, ")
    match details["type"]:
        case "missing":
            return "this key is needed, and is missing"
        case "extra_forbidden":
            return _unknown(str(path[-1]), keys_at(model, path[:-1]))
        case "value_error":
            return said
        case "too_short":
            return "this list must not be empty"
    expected = _EXPECTED.get(details["type"]) or said.replace("Input should", "this should")
    return f"{expected}, not {_shown(path, file.value_at(path))}"


def _unknown(key: str, keys: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, keys, n=1, cutoff=0.5)
    there = "there is only" if len(keys) == 1 else "there are"
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; {there} {', '.join(keys)}"


def _shown(path: KeyPath, value: Any) -> str:
    """Return a value as it is written in the file, so that a secret from the environment stays there."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if _SECRET_KEYS.intersection(path):
        return "what stands there"
    return repr(value) if isinstance(value, str) else str(value)


def keys_at(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """Return the keys that a mapping at this path of the configuration may have; none where any may stand there."""
    kind: Any = model
    for step in path:
        fields = _fields(kind)
        kind = fields[step].annotation if isinstance(step, str) and step in fields else _model_in(kind)
        kind = _model_in(kind)
    return tuple(_fields(kind))


def _fields(kind: Any) -> dict[str, Any]:
    return dict(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _model_in(annotation: Any) -> Any:
    """Return the model inside an annotation: of `Section | None`, `tuple[Section, ...]` or `dict[str, Section]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
