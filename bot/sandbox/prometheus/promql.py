"""The part of PromQL the stand-in reads: selectors, selectors with a range, and a comparison with a number."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_TEXT = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`"""
_MATCHER = re.compile(rf"\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*({_TEXT})\s*(?:,|$)")
_SELECTOR = re.compile(rf"\s*({_NAME})?\s*(?:\{{((?:{_TEXT}|[^\"'`}}])*)\}})?\s*(?:\[\s*(\w+)\s*\])?\s*")
_COMPARISON = re.compile(
    r"(.+?)\s*(==|!=|<=|>=|<|>)\s*([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|Inf|NaN))\s*", re.S | re.I
)
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_UNIT_SECONDS = (365 * 86400, 7 * 86400, 86400, 3600, 60, 1, 0.001)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class UnspokenError(ValueError):
    """The stand-in does not speak this query; the text says what it does."""

    def __init__(self, query: str) -> None:
        super().__init__(
            f"{query!r}: the sandbox's Prometheus stand-in speaks only `metric{{labels}}`, `metric{{labels}}[30s]`, "
            "`time()` and, in rules, `metric{labels} OP number`; ask a real Prometheus"
        )


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label; an absent label counts as the empty text."""

    label: str
    op: str
    text: str

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels meets the condition."""
        value = labels.get(self.label, "")
        equal = value == self.text if self.op in ("=", "!=") else bool(re.fullmatch(self.text, value))
        return equal != self.op.startswith("!")

    def __str__(self) -> str:
        text = self.text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.op}"{text}"'


@dataclass(frozen=True, slots=True)
class Selector:
    """Which series are asked for, and over how many seconds back when a range is asked for."""

    matchers: tuple[Matcher, ...]
    seconds: float | None = None

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels is asked for."""
        return all(matcher.accepts(labels) for matcher in self.matchers)

    def __str__(self) -> str:
        names = [m.text for m in self.matchers if m.label == "__name__" and m.op == "="][:1]
        rest = [str(m) for m in self.matchers if not (m.label == "__name__" and m.op == "=")]
        return "".join(names) + (f"{{{','.join(rest)}}}" if rest or not names else "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rule's condition: those series of a selector whose value compares with the number."""

    selector: Selector
    op: str
    number: float

    def holds(self, value: float) -> bool:
        """Whether a series of this value is kept."""
        return _COMPARE[self.op](value, self.number)

    def __str__(self) -> str:
        return f"{self.selector} {self.op} {number_text(self.number)}"


def parse_selector(query: str) -> Selector:
    """Read a selector, with or without a range.

    Raises:
        UnspokenError: it is anything else, selects everything, or holds a broken regular expression.
    """
    found = _SELECTOR.fullmatch(query)
    if not found:
        raise UnspokenError(query)
    name, braces, seconds = found.groups()
    matchers = [Matcher("__name__", "=", name)] if name else []
    matchers += _parse_matchers(braces or "", query)
    if all(matcher.accepts({}) for matcher in matchers):
        raise UnspokenError(query)
    try:
        return Selector(tuple(matchers), parse_duration(seconds) if seconds else None)
    except ValueError as error:
        raise UnspokenError(query) from error


def parse_comparison(expression: str) -> Comparison:
    """Read a rule's condition `selector OP number`.

    Raises:
        UnspokenError: it is anything else.
    """
    found = _COMPARISON.fullmatch(expression)
    if not found:
        raise UnspokenError(expression)
    selector = parse_selector(found[1])
    if selector.seconds is not None:
        raise UnspokenError(expression)
    return Comparison(selector, found[2], float(found[3]))


def parse_duration(text: str) -> float:
    """Return the seconds of a Prometheus duration such as `500ms`, `2s` or `1h30m`.

    Raises:
        ValueError: it is none.
    """
    if text == "0":
        return 0.0
    found = _DURATION.fullmatch(text)
    if not text or not found:
        raise ValueError(f"{text!r} is not a duration such as 500ms, 2s, 5m or 1h30m")
    return sum(int(count) * unit for count, unit in zip(found.groups("0"), _UNIT_SECONDS, strict=True))


def number_text(value: float) -> str:
    """Return the number as Prometheus writes a sample's value: shortest digits, no exponent."""
    if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - the test for NaN
        return "NaN" if value != value else f"{value:+}".replace("inf", "Inf")  # noqa: PLR0124
    return f"{Decimal(repr(value)).normalize():f}"


def _parse_matchers(braces: str, query: str) -> list[Matcher]:
    matchers, position = [], 0
    while braces[position:].strip():
        found = _MATCHER.match(braces, position)
        if not found:
            raise UnspokenError(query)
        matchers.append(Matcher(found[1], found[2], _unquoted(found[3], query)))
        position = found.end()
    try:
        for matcher in matchers:
            re.compile(matcher.text if "~" in matcher.op else "")
    except re.error as error:
        raise UnspokenError(query) from error
    return matchers


def _unquoted(quoted: str, query: str) -> str:
    if quoted.startswith("`"):
        return quoted[1:-1]
    try:
        return re.sub(r"\\(.)", lambda escape: _ESCAPES[escape[1]], quoted[1:-1])
    except KeyError as error:
        raise UnspokenError(query) from error
