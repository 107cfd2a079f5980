"""The configuration file as values that remember where they stand, so that every complaint names its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.configuration.env_references import expand
from bot.errors import ConfigurationError

KeyPath = tuple[str | int, ...]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration: at which key, and what to do about it."""

    path: KeyPath
    text: str


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What a file holds: its values with the environment filled in, and as written; and each key's line, from 1."""

    path: Path
    values: dict[str, Any]
    written: dict[str, Any]
    lines: Mapping[KeyPath, int]
    problems: tuple[Problem, ...] = ()

    def line(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest key around it that the file holds."""
        return next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 1)

    def value_at(self, path: KeyPath) -> Any:
        """Return the value of a key as it is written; None where the file does not hold it."""
        value: Any = self.written
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def error(self, problems: tuple[Problem, ...]) -> ConfigurationError:
        """Return all problems as one error, a line each, in the order of the file."""
        ordered = sorted(problems, key=lambda problem: self.line(problem.path))
        lines = [f"{self.path}:{self.line(p.path)}: {dotted(p.path)}: {p.text}" for p in ordered]
        return ConfigurationError("\n".join(lines))


def dotted(path: KeyPath) -> str:
    """Return a key path as people write it: `traders[0].policy.max_gap`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "the file"


def read_config(path: Path, environ: Mapping[str, str]) -> ConfigFile:
    """Read a YAML file.

    Raises:
        ConfigurationError: the file cannot be read, is not YAML, or is not a mapping of keys.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}). Name a file that is there.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} cannot be read: {error}. Save it as UTF-8.") from error
    try:
        written, lines, twice = _parse(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: this is not YAML: {error.problem}. Mend that line.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(f"{path}: this is not YAML: {error}") from error
    if not isinstance(written, dict):
        raise ConfigurationError(f"{path}:1: the file must hold keys with values, such as `traders:`")
    values, unset = _expanded(written, (), environ)
    return ConfigFile(path, values, written, lines, (*twice, *unset))


def _parse(text: str) -> tuple[Any, dict[KeyPath, int], tuple[Problem, ...]]:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}, {}, ()
        # Before construction, because `<<:` merges then put the same key into a mapping twice, lawfully.
        twice = tuple(_duplicates(node))
        values = loader.construct_document(node)
        return values, dict(_lines(node)), twice
    finally:
        loader.dispose()


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, yaml.Node]]:
    """Yield each child's step, the node whose line a reader would point at, and the child itself."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key, value
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield index, value, value


def _lines(node: yaml.Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, int]]:
    for step, place, child in _children(node):
        yield (*path, step), place.start_mark.line + 1
        yield from _lines(child, (*path, step))


def _duplicates(node: yaml.Node, path: KeyPath = (), above: tuple[yaml.Node, ...] = ()) -> Iterator[Problem]:
    if node in above:
        raise yaml.MarkedYAMLError(problem="an alias inside its own anchor", problem_mark=node.start_mark)
    first: dict[str | int, int] = {}
    for step, place, child in _children(node):
        line = place.start_mark.line + 1
        if step in first:
            where = f"the key stands twice, in lines {first[step]} and {line}; keep one"
            yield Problem((*path, step), where)
        first.setdefault(step, line)
        yield from _duplicates(child, (*path, step), (*above, node))


def _expanded(value: Any, path: KeyPath, environ: Mapping[str, str]) -> tuple[Any, list[Problem]]:
    """Return a copy with every text expanded, and the references that could not be."""
    if isinstance(value, str):
        expansion = expand(value, environ)
        return expansion.text, [Problem(path, text) for text in expansion.problems]
    if isinstance(value, dict):
        parts = {key: _expanded(item, (*path, str(key)), environ) for key, item in value.items()}
        return {key: part for key, (part, _) in parts.items()}, [p for _, found in parts.values() for p in found]
    if isinstance(value, list):
        items = [_expanded(item, (*path, index), environ) for index, item in enumerate(value)]
        return [item for item, _ in items], [p for _, found in items for p in found]
    return value, []
