"""Which series of an exposition a reading is taken from: a metric name narrowed by label matchers."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from bot.domain.value import Value

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_SELECTOR = re.compile(rf"\s*({_NAME})\s*(?:\{{(.*)\}})?\s*")
_ESCAPES = {"n": "\n", "\\": "\\", '"': '"'}


class LabelMatcher(Value):
    """One condition on a label, with Prometheus's four operators; a missing label counts as empty."""

    label: str
    operator: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a series with these labels satisfies the condition."""
        actual = labels.get(self.label, "")
        same = (
            _anchored(self.value).fullmatch(actual) is not None if self.operator.endswith("~") else actual == self.value
        )
        return same != self.operator.startswith("!")


@cache
def _anchored(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class Selector(Value):
    """A metric name and the label matchers that narrow it."""

    name: str
    matchers: tuple[LabelMatcher, ...] = ()

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Tell whether a sample of that name and labels belongs to the selection."""
        return name == self.name and all(matcher.matches(labels) for matcher in self.matchers)

    def __str__(self) -> str:
        if not self.matchers:
            return self.name
        inside = ",".join(f'{m.label}{m.operator}"{escape_label(m.value)}"' for m in self.matchers)
        return f"{self.name}{{{inside}}}"


def parse_selector(text: str) -> Selector:
    """Read `name` or `name{label="value",…}`.

    Raises:
        ValueError: the text is not a selector.
    """
    whole = _SELECTOR.fullmatch(text)
    if whole is None:
        raise ValueError(f'{text!r} is not a metric selector; write name or name{{label="value"}}')
    return Selector(name=whole[1], matchers=tuple(_matchers(whole[2] or "", text)))


def _matchers(inside: str, text: str) -> list[LabelMatcher]:
    found, position = [], 0
    while inside[position:].strip():
        match = _MATCHER.match(inside, position)
        if match is None:
            raise ValueError(f'{text!r}: cannot read the labels at {inside[position:]!r}; write label="value"')
        value = re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[0]), match[3])
        if match[2].endswith("~"):
            _compiles(value)
        found.append(LabelMatcher(label=match[1], operator=match[2], value=value))
        position = match.end()
    return found


def _compiles(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error


def escape_label(value: str) -> str:
    """Return a label's value as it stands between quotes in an exposition and in a selector."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _alternatives(value: Any) -> Any:
    items = value if isinstance(value, list | tuple) else [value]
    if not items:
        raise ValueError('an empty list selects nothing; write name or name{label="value"}')
    return tuple(parse_selector(item) if isinstance(item, str) else item for item in items)


# The first alternative that is present in a scrape is read: exporters disagree on a prefix, not on the meaning.
Selectors = Annotated[
    tuple[Selector, ...],
    BeforeValidator(_alternatives),
    PlainSerializer(lambda selectors: [str(s) for s in selectors], return_type=list[str]),
]
