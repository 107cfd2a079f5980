"""A metrics text as the trader would expose it, made from the trader's own selectors and not from what it does expose.

What is planted so is read by the same selectors as a scrape: one that reads nothing, or too much, shows at once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.metrics import BUILD, HEARTBEATS, LEADER, PROCESS_START, heartbeat
from bot.domain.sample import json_number
from bot.domain.selector import LabelMatcher, Selector, escape_label
from bot.errors import ConfigurationError

_GAUGES = frozenset({LEADER, BUILD, PROCESS_START, *(heartbeat(name) for name in HEARTBEATS)})
_SIMPLE = ("other", "a", "1", "a1", "A", "planted-1", "127.0.0.1:8000", "")  # an empty label is one that is absent
# What common pieces of a regular expression may stand for, in this order.
_PIECES = (
    (r"\((?:\?:)?([^()|]*)\|[^()]*\)", r"\1"),
    (r"\(\?:|[()^$]", ""),
    (r"(\\d|\[0-9\])(\{\d+(,\d*)?\}|[+*?])?", "1"),
    (r"(\\w|\[[^\]]*\])(\{\d+(,\d*)?\}|[+*?])?", "a"),
    (r"(?<!\\)\.([+*?]|\{\d+(,\d*)?\})?", "a"),
    (r"\\(.)", r"\1"),
)


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    labels: Mapping[str, str]
    type: str
    readers: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        inside = ",".join(f'{label}="{escape_label(value)}"' for label, value in self.labels.items() if value)
        return f"{self.name}{{{inside}}}" if inside else self.name


class PlantedMetrics:
    """One series for each role, or one for several roles whose selectors cannot tell them apart.

    Args:
        roles: the selectors of each role; what is planted answers the first of them.

    Raises:
        ConfigurationError: no series could ever answer a selector.
    """

    def __init__(self, roles: Mapping[str, Sequence[Selector]]) -> None:
        first = {role: selectors[0] for role, selectors in roles.items()}
        self._series: list[_Series] = []
        for role in sorted(first, key=lambda role: _width(first[role])):
            # A narrow selector's series may answer a wide one too: a second would be one too many for a gauge.
            if not any(first[role].matches(series.name, series.labels) for series in self._series):
                type_ = "gauge" if role in _GAUGES else "counter"
                self._series.append(_Series(first[role].name, _labels(first[role]), type_))
        for series in self._series:
            series.readers.update(role for role in first if first[role].matches(series.name, series.labels))

    def readers(self, role: str) -> frozenset[str]:
        """Return all the roles that read what this one reads, itself among them."""
        return frozenset(reader for series in self._series if role in series.readers for reader in series.readers)

    def text(self, values: Mapping[str, float]) -> str:
        """Return the exposition in which each role reads its value; roles of one series share one role's value."""
        lines, declared = [], set()
        for series in sorted(self._series, key=lambda series: series.name):
            if series.name not in declared:
                declared.add(series.name)
                lines.append(f"# TYPE {series.name} {series.type}\n")
            lines.append(f"{series} {json_number(values[min(series.readers)])}\n")
        return "".join(lines)


def _width(selector: Selector) -> tuple[int, int]:
    exact = sum(matcher.operator == "=" for matcher in selector.matchers)
    return -exact, -len(selector.matchers)


def _labels(selector: Selector) -> dict[str, str]:
    """Return labels that satisfy a selector."""
    return {label: _value(selector, label) for label in dict.fromkeys(m.label for m in selector.matchers)}


def _value(selector: Selector, label: str) -> str:
    matchers = [matcher for matcher in selector.matchers if matcher.label == label]
    candidates = [*(value for matcher in matchers for value in _candidates(matcher)), *_SIMPLE]
    for value in candidates:
        if all(matcher.matches({label: value}) for matcher in matchers):
            return value
    raise ConfigurationError(
        f"metrics: the self-test found no label {label!r} that {selector} selects; "
        "if there is one, name it by an alternative of its own, as in a|b"
    )


def _candidates(matcher: LabelMatcher) -> Iterator[str]:
    if matcher.operator == "=":
        yield matcher.value
    if matcher.operator == "=~":
        for part in (matcher.value, *matcher.value.split("|")):
            yield part
            yield _plain(part)


def _plain(pattern: str) -> str:
    """Return a text that a simple regular expression may match."""
    for piece, text in _PIECES:
        pattern = re.sub(piece, text, pattern)
    return pattern
