"""The desk that the tests of the watch share."""

from datetime import timedelta

import pytest

from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, world
from tests.support.watched_room import POLICY, SESSION


@pytest.fixture
def room() -> World:
    """A desk ten seconds before its only session."""
    return world(ManualClock(OPENS - timedelta(seconds=10)), ListCalendar((SESSION,)), policy=POLICY)
