"""From parsed lines of metrics to what each role reads; an exposition and a Prometheus tell them in one form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.domain.metrics import RETRIES, retries
from bot.domain.sample import MetricType, Reading, Series
from bot.domain.selector import Selector, escape_label
from bot.errors import BadAnswer

_ABSENT_IS_ZERO = frozenset(map(retries, RETRIES))


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one series, with the type its metric was declared to have."""

    name: str
    labels: Mapping[str, str]
    type: MetricType
    value: float

    @property
    def series(self) -> Series:
        """The series as a reading holds it."""
        return Series(exposed(self.labels), self.value)


def readings_of(
    lines: Iterable[Line], roles: Mapping[str, tuple[Selector, ...]], *, whole: bool = True
) -> dict[str, Reading]:
    """Return the roles that are present: for each, all series of its first selector that matches any.

    A retry counter that is absent counts as zero, for a label's counter comes with its first retry. One without labels
    is there from the start, so that its absence is told, by a reading without a series; and so it is where the lines
    are not the whole of what the trader exposed.

    Raises:
        BadAnswer: a series is there twice.
    """
    by_name: dict[str, list[Line]] = {}
    for line in lines:
        by_name.setdefault(line.name, []).append(line)
    found = (
        (role, _reading(selectors, by_name) or _told_absent(role, selectors, whole=whole))
        for role, selectors in roles.items()
    )
    return {role: reading for role, reading in found if reading is not None} if by_name else {}


def _told_absent(role: str, selectors: Iterable[Selector], *, whole: bool) -> Reading | None:
    comes_later = whole and all(selector.matchers for selector in selectors)
    return Reading(MetricType.UNKNOWN, ()) if role in _ABSENT_IS_ZERO and not comes_later else None


def exposed(labels: Mapping[str, str]) -> str:
    """Return labels as an exposition writes them, in order of their names; none as an empty text.

    A label with an empty value is the same as none: Prometheus does not keep it.
    """
    inside = ",".join(f'{name}="{escape_label(value)}"' for name, value in sorted(labels.items()) if value)
    return f"{{{inside}}}" if inside else ""


def _reading(selectors: Iterable[Selector], by_name: Mapping[str, Sequence[Line]]) -> Reading | None:
    for selector in selectors:
        lines = [line for line in by_name.get(selector.name, ()) if selector.matches(line.name, line.labels)]
        if lines:
            return Reading(lines[0].type, _distinct(selector, lines))
    return None


def _distinct(selector: Selector, lines: Sequence[Line]) -> tuple[Series, ...]:
    series = sorted((line.series for line in lines), key=lambda one: one.labels)
    for before, after in pairwise(series):
        if before.labels == after.labels:
            # Summing both would double a counter; believing either would be a guess.
            raise BadAnswer(f"the metrics hold {selector.name}{after.labels} twice; mend the trader's metrics")
    return tuple(series)
