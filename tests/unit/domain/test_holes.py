"""Where a session was not seen: between samples, and at its edges."""

from datetime import timedelta

import pytest

from bot.domain.holes import Hole, holes_in, joined
from bot.domain.policy import Policy
from bot.domain.sample import Sample, Source
from tests.support.evidence import sample_at, session_of

SESSION = session_of(60.0)
POLICY = Policy()
LATER = SESSION.closes + timedelta(minutes=1)


def seen(*seconds: float, source: Source = Source.BOT) -> list[Sample]:
    """Return samples taken so many seconds after the open."""
    return [sample_at(SESSION, at, {}, source) for at in seconds]


def found(samples: list[Sample], until: float = 120.0) -> list[tuple[float, float]]:
    """Return the holes in seconds after the open."""
    holes = holes_in(SESSION, POLICY, samples, SESSION.opens + timedelta(seconds=until))
    return [tuple((at - SESSION.opens).total_seconds() for at in hole) for hole in holes]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("samples", "holes"),
    [
        ([*range(-2, 63)], []),
        ([*range(-2, 10), 11.5, *range(12, 63)], []),  # one scrape missed, and the next late
        ([*range(-2, 10), *range(12, 63)], [(9, 12)]),
        ([*range(-2, 10), *range(13, 30), *range(40, 63)], [(9, 13), (29, 40)]),
        ([*range(5, 63)], [(-5, 5)]),  # an edge is covered from outside
        ([-20, *range(1, 63)], [(-20, 1)]),
        ([*range(-2, 50)], [(49, 65)]),
        ([], [(-5, 65)]),
    ],
)
def test_holes_are_what_lies_between_samples(samples: list[float], holes: list[tuple[float, float]]) -> None:
    """Two scrapes or more, from the sample before the open to the one after the close."""
    assert found(seen(*samples)) == holes


def test_up_to_an_instant_only() -> None:
    """What comes after it is not seen yet, and is no hole."""
    assert found(seen(*range(-2, 10), *range(30, 40)), until=30) == [(9, 30)]
    assert found(seen(*range(-2, 10)), until=9.5) == []


def test_looks_at_rules_fill_nothing() -> None:
    """Only samples of the trader count, whoever took them."""
    assert found([*seen(*range(-2, 63)), *seen(20.5, source=Source.ALERTS)]) == []
    assert found([*seen(*range(-2, 20), *range(25, 63)), *seen(22.0, source=Source.ALERTS)]) == [(19, 25)]
    assert found([*seen(*range(-2, 20), *range(25, 63)), *seen(21, 23, source=Source.PROMETHEUS)]) == []


def test_holes_near_each_other_are_asked_for_together() -> None:
    """No farther apart than the distance given, in order."""
    at = [SESSION.opens + timedelta(seconds=second) for second in (0, 5, 10, 15, 40, 45)]
    holes = [Hole(at[0], at[1]), Hole(at[2], at[3]), Hole(at[4], at[5])]
    assert joined(holes, timedelta(seconds=5)) == [Hole(at[0], at[3]), holes[2]]
    assert joined(holes, timedelta(seconds=25)) == [Hole(at[0], at[5])]
    assert joined(holes, timedelta(0)) == holes
    assert joined([], timedelta(0)) == []
    assert holes[0].length == timedelta(seconds=5)
