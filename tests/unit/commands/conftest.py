"""A desk in memory for the commands: one trader, a session of a minute, half a minute into it."""

from datetime import timedelta

import pytest

from bot.domain.session import Session
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, sessions, world


@pytest.fixture
def clock() -> ManualClock:
    """A clock half a minute into the first session."""
    return ManualClock(OPENS + timedelta(seconds=30))


@pytest.fixture
def days() -> tuple[Session, ...]:
    """Four sessions of a minute, a day apart."""
    return sessions(4)


@pytest.fixture
def desk(clock: ManualClock, days: tuple[Session, ...]) -> World:
    """A desk with a healthy trader on paper."""
    return world(clock, ListCalendar(days))
