"""The greatest age a session can hide, worked out by hand: between samples, at its edges, and between two clocks."""

import pytest

from bot.domain.judge.gauges import read_gauge
from bot.domain.judge.hidden_age import hidden_age
from bot.domain.judge.timeline import SECOND, Timeline
from bot.domain.metrics import LEADER
from bot.domain.sample import Sample, Source, timed
from tests.support.evidence import gauge, sample_at, session_of

SESSION = session_of(60.0)
BOT, PROMETHEUS = Source.BOT, Source.PROMETHEUS
Reading = tuple[float, float, Source]  # seconds since the open, age in seconds, who took it


def peak(*readings: Reading) -> tuple[float, float] | None:
    """Return the greatest age and the second after which it may have been reached; None where nothing bounds it."""
    samples = [sample_at(SESSION, at, {LEADER: gauge(age)}, source) for at, age, source in readings]
    found = hidden_age(Timeline.of(SESSION, samples), _age)
    return None if found is None else (round(found.age, 6), found.since / SECOND)


def _age(sample: Sample) -> float:
    value = read_gauge(sample.readings[LEADER])
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        # Within the session: just before the last beat it was as old as it had become since the first sample.
        ([(0, 0.5, BOT), (20, 0.5, BOT), (60, 39.0, BOT)], (39.0, 20.0)),
        ([(0, 1.0, BOT), (30, 2.0, BOT), (60, 2.0, BOT)], (30.0, 30.0)),
        ([(0, 7.0, BOT), (5, 0.0, BOT), (60, 55.0, BOT)], (55.0, 5.0)),
        ([(0, 70.0, BOT), (60, 60.0, BOT)], (70.0, 0.0)),  # what was read at the open itself
        # From before the open: only what lies in the session counts.
        ([(-10, 1.0, BOT), (60, 60.0, BOT)], (60.0, 0.0)),  # its last beat was at the open
        ([(-10, 1.0, BOT), (60, 59.0, BOT)], (59.0, 0.0)),
        ([(-10, 80.0, BOT), (60, 1.0, BOT)], (149.0, 0.0)),
        ([(-10, 80.0, BOT), (2, 2.0, BOT), (60, 58.0, BOT)], (58.0, 2.0)),  # beaten at the open, or before it
        ([(-10, 80.0, BOT), (2, 1.5, BOT), (60, 58.0, BOT)], (90.5, 0.0)),
        ([(-10, 80.0, BOT), (2, 1.9999995, BOT), (60, 58.0, BOT)], (90.0, 0.0)),
        ([(0, 0.0, BOT), (59.999999, 59.0, BOT)], (59.000001, 59.999999)),
        # Over the close: no more than it can have become by then.
        ([(0, 0.0, BOT), (50, 50.0, BOT), (70, 1.0, BOT)], (60.0, 50.0)),
        ([(0, 0.0, BOT), (50, 50.0, BOT), (70, 15.0, BOT)], (55.0, 50.0)),
        ([(0, 0.0, BOT), (58, 0.0, BOT), (70, 12.0, BOT)], (58.0, 0.0)),
        ([(0, 0.0, BOT), (1, 1.0, BOT), (70, 70.0, BOT)], (60.0, 1.0)),
        ([(0, 0.0, BOT), (50, 50.0, BOT)], (60.0, 50.0)),  # nothing after it
    ],
)
def test_the_greatest_age_between_samples(readings: list[Reading], expected: tuple[float, float]) -> None:
    """An age grows at most one second a second, and falls only by a beat."""
    assert peak(*readings) == expected


@pytest.mark.parametrize(
    ("first", "bounded"),
    [
        ((0, 0.1, BOT), True),
        ((0.000001, 0.1, BOT), False),
        ((-0.5, 0.1, PROMETHEUS), True),
        ((-0.499999, 0.1, PROMETHEUS), False),  # by the other clock it may have been after the open
    ],
)
def test_without_a_sample_at_the_open_nothing_bounds_it(first: Reading, bounded: bool) -> None:
    """A sample of Prometheus must stand as far before the open as the clocks may differ."""
    assert (peak(first, (30, 29.0, BOT), (60, 59.0, BOT)) is not None) == bounded


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        # More time may have passed between two clocks than they tell.
        ([(0, 1.0, BOT), (30, 2.0, PROMETHEUS), (60, 32.0, PROMETHEUS)], (32.5, 60.0)),
        ([(0, 4.0, BOT), (30, 2.0, PROMETHEUS), (60, 31.0, BOT)], (32.5, 0.0)),
        ([(0, 4.0, PROMETHEUS), (30, 2.0, PROMETHEUS), (60, 31.0, PROMETHEUS)], None),
        ([(-1, 4.0, PROMETHEUS), (30, 2.0, PROMETHEUS), (60, 31.0, PROMETHEUS)], (33.5, 0.0)),
        ([(-1, 4.0, BOT), (10, 2.0, PROMETHEUS), (40, 1.0, PROMETHEUS), (60, 20.0, BOT)], (31.0, 10.0)),  # one clock
        # Whether the last beat came in the session, and what may have come until the close.
        ([(-10, 80.0, BOT), (2, 2.0, PROMETHEUS), (60, 58.0, PROMETHEUS)], (90.5, 0.0)),
        ([(-10, 80.0, BOT), (2, 2.5, PROMETHEUS), (60, 58.0, PROMETHEUS)], (58.5, 60.0)),
        ([(0, 0.0, BOT), (50, 50.0, BOT), (70, 1.0, PROMETHEUS)], (60.5, 50.0)),
        ([(0, 0.0, BOT), (50, 50.0, BOT), (59, 59.0, PROMETHEUS)], (60.5, 59.0)),
        ([(0, 0.0, BOT), (50, 50.0, BOT), (60, 59.0, PROMETHEUS)], (59.5, 60.0)),
        ([(0, 0.0, BOT), (50, 50.0, BOT), (60.5, 60.5, PROMETHEUS)], (60.5, 50.0)),
        ([(0, 0.0, BOT), (50, 50.0, PROMETHEUS), (70, 70.0, PROMETHEUS)], (60.5, 50.0)),
        ([(0, 0.0, BOT), (50, 50.0, PROMETHEUS), (70, 15.0, PROMETHEUS)], (55.5, 50.0)),
    ],
)
def test_between_two_clocks_more_may_be_hidden(readings: list[Reading], expected: tuple[float, float] | None) -> None:
    """By as much as clocks may differ that are held to agree."""
    assert peak(*readings) == expected


def test_a_slow_scrape_read_what_was_so_at_its_end() -> None:
    """By then more time had passed than the beginnings of two scrapes tell; at the open it may have been after it."""

    def read(at: float, age: float, took: float) -> Sample:
        return sample_at(SESSION, at, timed({LEADER: gauge(age)}, took))

    def found(*samples: Sample) -> float | None:
        peak = hidden_age(Timeline.of(SESSION, samples), _age)
        return None if peak is None else round(peak.age, 6)

    assert found(read(0, 4.0, 0.0), read(10, 2.0, 1.5), read(60, 40.0, 0.0)) == 40.0
    assert found(read(0, 38.0, 0.0), read(10, 2.0, 1.5), read(60, 40.0, 0.0)) == 47.5
    assert found(read(-2, 1.0, 2.0), read(30, 1.0, 0.0), read(60, 2.0, 0.0)) == 32.0
    assert found(read(-2, 1.0, 2.1), read(30, 1.0, 0.0), read(60, 2.0, 0.0)) is None
