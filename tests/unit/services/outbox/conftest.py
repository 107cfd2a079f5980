"""The desk, the announcer and the outbox that its tests share."""

from datetime import timedelta

import pytest

from bot.services.outbox import Outbox
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import FakeAnnouncer, ListCalendar, World, world
from tests.support.outbox_room import DAYS


@pytest.fixture
def room() -> World:
    """A desk in the middle of a session, with two traders of a channel each."""
    return world(ManualClock(OPENS + timedelta(seconds=30)), ListCalendar(DAYS), names=("orb", "gap"))


@pytest.fixture
def announcer() -> FakeAnnouncer:
    """Where it is said."""
    return FakeAnnouncer()


@pytest.fixture
def outbox(room: World, announcer: FakeAnnouncer) -> Outbox:
    """The outbox of that desk; what fails in it waits for as long as it may."""
    return Outbox(room.desk, announcer, spread=longest)


def longest(_: float, most: float) -> float:
    """The longest pause of all."""
    return most
