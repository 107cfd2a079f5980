"""The small vocabulary in which Slack's rules for blocks are written down: strings, lists, objects, choices.

A rule is called with a value, the JSON pointer to it and a list to which it adds what is wrong.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a payload, and the JSON pointer to where."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"[ERROR] {self.message} [json-pointer:{self.pointer}]"


Rule = Callable[[Any, str, list[Problem]], None]
Field = tuple[Rule, bool]


def required(rule: Rule) -> Field:
    """A field that must be there."""
    return rule, True


def optional(rule: Rule) -> Field:
    """A field that may be left out."""
    return rule, False


def string(longest: int, *, shortest: int = 1, pattern: str | None = None) -> Rule:
    """A string of `shortest` to `longest` characters that matches `pattern` as a whole."""

    def check(value: Any, at: str, found: list[Problem]) -> None:
        if not isinstance(value, str):
            found.append(Problem(at, "must be a string"))
        elif len(value) < shortest:
            found.append(Problem(at, f"must be more than {shortest - 1} characters"))
        elif len(value) > longest:
            found.append(Problem(at, f"must be less than {longest + 1} characters"))
        elif pattern is not None and not re.fullmatch(pattern, value):
            found.append(Problem(at, f"must match the pattern {pattern}"))

    return check


def number(least: float | None = None, most: float | None = None, *, whole: bool = True) -> Rule:
    """A number (an integer where `whole`) from `least` to `most`."""
    kinds = int if whole else (int, float)

    def check(value: Any, at: str, found: list[Problem]) -> None:
        if isinstance(value, bool) or not isinstance(value, kinds):
            found.append(Problem(at, f"must be {'an integer' if whole else 'a number'}"))
        elif (least is not None and value < least) or (most is not None and value > most):
            found.append(Problem(at, f"must be from {least} to {most}"))

    return check


def flag(value: Any, at: str, found: list[Problem]) -> None:
    """True or false."""
    if not isinstance(value, bool):
        found.append(Problem(at, "must be a boolean"))


def one_of(*allowed: Any) -> Rule:
    """One of the listed constants."""

    def check(value: Any, at: str, found: list[Problem]) -> None:
        if value not in allowed:
            found.append(Problem(at, f"must be a valid enum value, one of {', '.join(map(str, allowed))}"))

    return check


def array(rule: Rule, most: int, *, least: int = 1) -> Rule:
    """A list of `least` to `most` items that each follow `rule`."""

    def check(value: Any, at: str, found: list[Problem]) -> None:
        if not isinstance(value, list):
            found.append(Problem(at, "must be an array"))
            return
        if len(value) < least:
            found.append(Problem(at, f"no fewer than {least} items allowed"))
        if len(value) > most:
            found.append(Problem(at, f"no more than {most} items allowed"))
        for index, item in enumerate(value):
            rule(item, f"{at}/{index}", found)

    return check


def record(fields: Mapping[str, Field], *, any_of: tuple[str, ...] = (), exactly_one: tuple[str, ...] = ()) -> Rule:
    """An object with these fields and no others; `any_of` and `exactly_one` name fields that go together."""

    def check(value: Any, at: str, found: list[Problem]) -> None:
        if not isinstance(value, dict):
            found.append(Problem(at, "must be an object"))
            return
        found += [Problem(at, f"invalid additional property: {name}") for name in value if name not in fields]
        for name, (rule, needed) in fields.items():
            if name in value:
                rule(value[name], f"{at}/{name}", found)
            elif needed:
                found.append(Problem(at, f"missing required field: {name}"))
        if any_of and not any(name in value for name in any_of):
            found.append(Problem(at, f"one of {', '.join(any_of)} is required"))
        if exactly_one and sum(name in value for name in exactly_one) != 1:
            found.append(Problem(at, f"exactly one of {', '.join(exactly_one)} is required"))

    return check


def by_type(rules: Mapping[str, Rule]) -> Rule:
    """An object whose `type` chooses its rule."""

    def check(value: Any, at: str, found: list[Problem]) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        rule = rules.get(kind) if isinstance(kind, str) else None
        if rule is None:
            found.append(Problem(f"{at}/type", f"unsupported type: {kind}"))
        else:
            rule(value, at, found)

    return check


def typed(kind: str, **fields: Field) -> Mapping[str, Field]:
    """The fields of an object whose `type` is `kind`."""
    return {"type": required(one_of(kind)), **fields}
