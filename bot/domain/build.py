"""Which build of the trader a session was watched on, as the trader itself reports it."""

import re
from collections.abc import Iterable, Mapping

from bot.domain.day import THEN
from bot.domain.metrics import BUILD
from bot.domain.sample import Reading, Sample
from bot.domain.value import JsonObject

_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_IDENTIFYING = ("revision", "commit", "build", "image", "version")


def build_in(readings: Mapping[str, Reading]) -> str:
    """Return the build that a scrape's info metric names, or an empty text where it names none."""
    reading = readings.get(BUILD)
    if reading is None or not reading.series:
        return ""
    return " + ".join(_identity(series.labels) for series in reading.series)


def builds_of(samples: Iterable[Sample]) -> str:
    """Return the build of a session; where it changed within the session, every build in order of appearance.

    Two builds in one session are equal to neither of them, so such a day never joins a streak.
    """
    seen: dict[str, None] = {}
    for sample in samples:
        if build := build_in(sample.readings):
            seen.setdefault(build)
    return THEN.join(seen)


def build_said_by(ready: JsonObject) -> str:
    """Return the build that `/ready` names, or an empty text."""
    return next((str(ready[name]) for name in ("build", "revision", "commit", "version") if ready.get(name)), "")


def _identity(labels: str) -> str:
    named = dict(_LABEL.findall(labels))
    return next((named[name] for name in _IDENTIFYING if named.get(name)), labels)
