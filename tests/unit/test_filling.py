"""Holes filled from Prometheus: only within them, and on record whatever came of it."""

from datetime import timedelta

import pytest

from bot.domain.entry import HolesFilled
from bot.domain.policy import Policy
from bot.domain.sample import Sample, Source
from bot.errors import BadAnswer
from bot.filling import fill_holes, filled_in_words
from tests.support.clock import ManualClock
from tests.support.evidence import sample_at
from tests.support.fake_trader import healthy
from tests.support.fakes import ListCalendar, World, sessions, world

(SESSION,) = sessions(1)
LATER = SESSION.closes + timedelta(seconds=5)


def read(*seconds: float, source: Source = Source.BOT) -> list[Sample]:
    """Return samples of a healthy trader so many seconds after the open."""
    return [sample_at(SESSION, at, healthy(), source) for at in seconds]


@pytest.fixture
async def room() -> World:
    """A desk after a session of 60 s in which the bot saw nothing from second 10 to 20, and from 40 to 45."""
    room = world(ManualClock(LATER), ListCalendar((SESSION,)), policy=Policy(), prometheus=True)
    await room.ledger.store_samples("orb", SESSION.date, read(*range(-2, 11), *range(20, 41), *range(45, 63)))
    return room


async def kept(room: World) -> list[float]:
    """Return when the samples of Prometheus that are stored were taken, in seconds after the open."""
    samples = await room.ledger.samples("orb", SESSION.date)
    return [(s.at - SESSION.opens).total_seconds() for s in samples if s.source is Source.PROMETHEUS]


async def test_only_what_lies_within_the_holes_is_stored(room: World) -> None:
    """Holes near each other are one question; samples between them are the bot's own already."""
    room.history.kept = read(*range(-5, 70), source=Source.PROMETHEUS)
    filled = await fill_holes(room.desk, room.trader_desk, SESSION, LATER)
    assert await kept(room) == [*range(11, 20), *range(41, 45)]
    assert len(room.history.asked) == 1
    assert filled == HolesFilled(holes=2, seconds=15.0, samples=13)
    assert room.ledger.of_kind("holes_filled") == [filled]
    assert await fill_holes(room.desk, room.trader_desk, SESSION, LATER) is None  # there is none left


async def test_without_a_prometheus_there_is_nothing_to_ask(room: World) -> None:
    """And nothing to put on record."""
    bare = world(room.clock, ListCalendar((SESSION,)))
    assert await fill_holes(bare.desk, bare.trader_desk, SESSION, LATER) is None
    assert bare.ledger.kinds() == []


async def test_trouble_is_on_record(room: World) -> None:
    """Why nothing came is part of the entry."""
    room.history.trouble = BadAnswer("two targets expose trader_is_leader; narrow `prometheus.select`")
    filled = await fill_holes(room.desk, room.trader_desk, SESSION, LATER)
    assert filled is not None
    assert (filled.samples, filled.trouble) == (0, str(room.history.trouble))
    assert await kept(room) == []


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        (HolesFilled(holes=1, seconds=9, samples=1), "Prometheus filled it with 1 sample."),
        (HolesFilled(holes=2, seconds=9, samples=8), "Prometheus filled them with 8 samples."),
        (
            HolesFilled(holes=2, seconds=9, samples=8, trouble="No answer."),
            "Prometheus filled them with 8 samples. Then it could not be asked: No answer.",
        ),
        (
            HolesFilled(holes=1, seconds=9, samples=0),
            "Prometheus could not fill it: it holds no sample of that time either.",
        ),
        (HolesFilled(holes=2, seconds=9, samples=0, trouble="No."), "Prometheus could not fill them: No."),
    ],
)
def test_what_came_of_it_is_said_in_words(filled: HolesFilled, said: str) -> None:
    """How much there was, or why there was not."""
    assert filled_in_words(filled) == said
