"""What one successful scrape read, kept small: a session holds tens of thousands of these."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import isfinite
from typing import Final

# By so much may two clocks differ that samples of both are laid on one line of time; the judge reckons with it.
CLOCKS_AGREE_WITHIN: Final = timedelta(milliseconds=500)

SCRAPE_SECONDS: Final = "scrape_seconds"  # the role that tells how long a scrape took


class MetricType(StrEnum):
    """The type an exposition declares for a metric."""

    GAUGE = "gauge"
    COUNTER = "counter"
    UNKNOWN = "unknown"
    OTHER = "other"  # histogram, summary, info …: never right for a role


class Source(StrEnum):
    """Who took a sample."""

    BOT = "bot"  # the bot's own scrape
    PROMETHEUS = "prometheus"  # a raw sample of the trader's Prometheus, filling a hole
    ALERTS = "alerts"  # a look at Prometheus's rules, not at the trader


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a metric: its labels in exposition form (`{a="b"}`, or empty) and its value."""

    labels: str
    value: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a scrape held for one role: every series that matched."""

    type: MetricType
    series: tuple[Series, ...]

    @property
    def only(self) -> float | None:
        """The value where exactly one series matched, otherwise None."""
        return self.series[0].value if len(self.series) == 1 else None

    @property
    def total(self) -> float:
        """The sum over all series; what a counter's reading amounts to."""
        return sum(series.value for series in self.series)


@dataclass(frozen=True, slots=True)
class Sample:
    """One successful scrape: the instant it began, and a reading for each role that was present."""

    at: datetime
    readings: Mapping[str, Reading]
    source: Source = Source.BOT

    @property
    def took(self) -> float:
        """How long the scrape took (s), 0 where that is not known: what it read was so at some instant of that time."""
        reading = self.readings.get(SCRAPE_SECONDS)
        seconds = reading.only if reading is not None else None
        return seconds if seconds is not None and isfinite(seconds) and seconds > 0 else 0.0


def timed(readings: Mapping[str, Reading], seconds: float | None) -> Mapping[str, Reading]:
    """Return what a scrape read together with how long it took, if that is known and anything was read."""
    if seconds is None or not readings:
        return readings
    return {**readings, SCRAPE_SECONDS: Reading(MetricType.GAUGE, (Series("", seconds),))}


def encode_readings(readings: Mapping[str, Reading]) -> str:
    """Return readings as compact JSON text; NaN and infinities are written as Prometheus does."""
    return json.dumps(
        {
            role: [reading.type.value, [[series.labels, json_number(series.value)] for series in reading.series]]
            for role, reading in sorted(readings.items())
        },
        separators=(",", ":"),
    )


def decode_readings(text: str) -> dict[str, Reading]:
    """Read back what `encode_readings` wrote.

    Raises:
        ValueError: the text was not written by `encode_readings`.
    """
    try:
        return {role: _reading(kind, series) for role, (kind, series) in json.loads(text).items()}
    except (AttributeError, TypeError) as error:
        raise ValueError(f"a stored sample cannot be read: {error}") from error


def _reading(kind: str, series: Sequence[tuple[str, float | str]]) -> Reading:
    if len(series) == 1:
        ((labels, value),) = series
        return _of_one_series(kind, labels, str(value))
    return Reading(MetricType(kind), tuple(Series(labels, float(value)) for labels, value in series))


@lru_cache(maxsize=8192)
def _of_one_series(kind: str, labels: str, value: str) -> Reading:
    """Return a reading that samples share: of a session's hundred thousands most are alike, and frozen.

    By the value's text, for 0.0 and -0.0 are the same number. Python's garbage collector would look through them all.
    """
    return Reading(MetricType(kind), (Series(labels, float(value)),))


def json_number(value: float) -> float | str:
    """Return a number as JSON can hold it: NaN and infinities as text, written as Prometheus does."""
    if value != value:  # noqa: PLR0124 - the one value that differs from itself is NaN
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return value
