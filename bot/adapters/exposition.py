"""What the roles need out of a Prometheus exposition, and nothing else.

Only the lines of wanted metrics are given to the library's parser, which is the authority on what they mean: a trader
may expose thousands of series that no criterion looks at, once a second.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from prometheus_client.metrics_core import METRIC_TYPES, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families
from prometheus_client.samples import Sample as ParsedSample

from bot.adapters.role_readings import Line, readings_of
from bot.domain.sample import MetricType, Reading
from bot.domain.selector import Selector
from bot.errors import BadAnswer

_OPENMETRICS = "application/openmetrics-text"
_EOF = "# EOF"
_SUFFIXES = ("_total", "_created", "_count", "_sum", "_bucket", "_gcount", "_gsum", "_info")
_PARTS_OF_HISTOGRAMS = ("_count", "_sum", "_bucket")
_TYPES = {"gauge": MetricType.GAUGE, "counter": MetricType.COUNTER}
_UNDECLARED = ("untyped", "unknown")
_FIRST_SAMPLE = re.compile(r"^[^\S\n]*[^#\s].*$", re.MULTILINE)
_UNREADABLE = (ValueError, LookupError, ArithmeticError, TypeError)  # what the library raises over broken lines


def read_roles(text: str, content_type: str, roles: Mapping[str, tuple[Selector, ...]]) -> dict[str, Reading]:
    """Read the roles that are present: for each, all series of its first selector that matches any.

    Args:
        text: the body of `/metrics`.
        content_type: its media type, which tells OpenMetrics from the text format.
        roles: which metrics each role may be read from, best first.

    Raises:
        BadAnswer: it is no exposition, it was cut off, or a wanted line cannot be read; the text names the line.
    """
    _refuse_other_formats(text, content_type)
    wanted = frozenset(selector.name for selectors in roles.values() for selector in selectors)
    lines = _openmetrics_lines(text, wanted) if _OPENMETRICS in content_type else _text_lines(text, wanted)
    return readings_of(lines, roles)


def _refuse_other_formats(text: str, content_type: str) -> None:
    beginning = text.lstrip()[:1]
    if not beginning:
        raise BadAnswer("the metrics are empty; see whether the trader has finished starting")
    if "html" in content_type or beginning == "<":
        raise BadAnswer("HTML came instead of metrics; check that the url points at the trader itself")
    if "json" in content_type or beginning == "[":
        raise BadAnswer("JSON came instead of metrics; check that the url points at the trader itself")


def _text_lines(text: str, wanted: frozenset[str]) -> list[Line]:
    if not text.endswith("\n"):
        # A number that lost its last digits would look like a counter that was reset.
        raise BadAnswer(f"the metrics were cut off in the line {_shortened(text.rsplit(chr(10), 1)[-1])}")
    if first := _FIRST_SAMPLE.search(text):
        _parse([first[0]], text_families)
    matches = _wanted_lines(text, wanted)
    types = dict(_declared(match) for match in matches if match["family"])
    samples = [match[0] for match in matches if not match["family"]]
    # Types are looked up by name rather than left to the parser, which renames a counter that lacks `_total`.
    return [
        Line(sample.name, sample.labels, _text_type(sample.name, types), value)
        for _, sample, value in _parse(samples, text_families)
    ]


def _declared(match: re.Match[str]) -> tuple[str, str]:
    if match["type"] not in (*METRIC_TYPES, "untyped"):
        raise _unreadable(match[0])
    return match["family"], match["type"]


def _text_type(name: str, types: Mapping[str, str]) -> MetricType:
    if name in types:
        return _type(types[name])
    families = (name.removesuffix(suffix) for suffix in _PARTS_OF_HISTOGRAMS if name.endswith(suffix))
    return MetricType.OTHER if any(types.get(f) in ("histogram", "summary") for f in families) else MetricType.UNKNOWN


def _openmetrics_lines(text: str, wanted: frozenset[str]) -> list[Line]:
    if text.rstrip("\n").rsplit("\n", 1)[-1] != _EOF:
        raise BadAnswer(f"the metrics were cut off: {_EOF} is missing at their end")
    matches = _wanted_lines(text, wanted)
    lines = [
        Line(sample.name, sample.labels or {}, _type(declared), value)
        for declared, sample, value in _parse([*(match[0] for match in matches), _EOF], openmetrics_families)
    ]
    if len(lines) < sum(match["family"] is None for match in matches):
        raise BadAnswer("a wanted metric has the same series twice; mend the trader's metrics")
    return lines


def _type(declared: str) -> MetricType:
    return MetricType.UNKNOWN if declared in _UNDECLARED else _TYPES.get(declared, MetricType.OTHER)


def _wanted_lines(text: str, wanted: frozenset[str]) -> list[re.Match[str]]:
    stems, pattern = _search(wanted)
    return [match for line in _lines_with(stems, text) if (match := pattern.match(line))]


def _lines_with(stems: Iterable[str], text: str) -> list[str]:
    """Return the lines that hold one of the stems, in order; looking for stems is faster than looking at each line."""
    found: dict[int, str] = {}
    for stem in stems:
        at = text.find(stem)
        while at >= 0:
            start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            end = end if end >= 0 else len(text)
            found[start] = text[start:end]
            at = text.find(stem, end)
    return [found[start] for start in sorted(found)]


@lru_cache(maxsize=16)
def _search(wanted: frozenset[str]) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """Return what a line must hold, and what it must match, to be a TYPE or sample line of a wanted name's family."""
    families = {name: {name, *(name.removesuffix(suffix) for suffix in _SUFFIXES)} - {""} for name in wanted}
    stems = {min(family, key=len) for family in families.values()}
    names = f"(?:{'|'.join(sorted(set().union(*families.values())))})(?:{'|'.join(_SUFFIXES)})?"
    pattern = re.compile(
        rf"\s*(?:{names}(?![\w:]).*"
        rf"|\{{.*"  # the name may stand inside of the braces
        rf'|#[ \t]+TYPE[ \t]+"?(?P<family>{names})"?(?!\S)\s*(?P<type>.*?)\s*$)'
    )
    return tuple(sorted(stems)), pattern


def _parse(lines: Sequence[str], parser: Callable[[str], Iterable[Metric]]) -> list[tuple[str, ParsedSample, float]]:
    families = parser("".join(f"{line}\n" for line in lines))
    try:
        # A native histogram has no value; its type alone keeps it from being believed.
        return [
            (family.type, one, 0.0 if one.value is None else float(one.value))
            for family in families
            for one in family.samples
        ]
    except _UNREADABLE as error:
        broken = next((line for line in lines if _is_broken(line)), "")
        raise _unreadable(broken or str(error)) from error


def _unreadable(line: str) -> BadAnswer:
    return BadAnswer(f"the metrics hold a line that cannot be read: {_shortened(line)}; mend the trader's metrics")


def _is_broken(line: str) -> bool:
    try:
        list(text_families(f"{line}\n"))
    except _UNREADABLE:
        return True
    return False


def _shortened(line: str) -> str:
    return repr(line if len(line) <= 120 else line[:120] + "…")  # noqa: PLR2004 - about a line of a terminal
