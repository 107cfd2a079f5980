"""Durations as people write them in the configuration: `500ms`, `1s`, `5m`, `1h30m`, `400d` or a number of seconds."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def parse_duration(value: object) -> timedelta:
    """Read a duration; a bare number means seconds.

    Raises:
        ValueError: the text is not a duration, or is negative.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_seconds(float(value))
    text = str(value).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return _from_seconds(float(text))
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration; write 500ms, 1s, 5m, 1h30m, 400d or a number of seconds")
    return _from_seconds(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def _from_seconds(seconds: float) -> timedelta:
    if not 0 <= seconds < timedelta.max.total_seconds():
        raise ValueError("a duration is a finite number of seconds, zero or more")
    return timedelta(seconds=seconds)


def spoken(duration: timedelta) -> str:
    """Return a duration as a person says it, at most two units: `2 h 10 min`, `1.5 s`, `250 ms`."""
    seconds = duration.total_seconds()
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes = round(seconds / 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min"
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) if days == 0 else f"{days} d {hours} h"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(lambda d: d.total_seconds(), return_type=float),
]
