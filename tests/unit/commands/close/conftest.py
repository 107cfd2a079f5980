"""The desk that the tests of the close share."""

import pytest

from bot.domain.session import Session
from tests.support.clock import ManualClock
from tests.support.fakes import ListCalendar, World, world
from tests.support.lived_day import POLICY


@pytest.fixture
def desk(clock: ManualClock, days: tuple[Session, ...]) -> World:
    """A desk with a Prometheus, so that a day can pass every criterion."""
    return world(clock, ListCalendar(days), policy=POLICY, prometheus=True)
