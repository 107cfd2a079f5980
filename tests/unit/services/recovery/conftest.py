"""The desk that the tests of the recovery share."""

from datetime import timedelta

import pytest

from tests.support.clock import ManualClock
from tests.support.cut_off import DAYS
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, world


@pytest.fixture
def room() -> World:
    """A desk half a minute into its session."""
    return world(ManualClock(OPENS + timedelta(seconds=30)), ListCalendar(DAYS))
