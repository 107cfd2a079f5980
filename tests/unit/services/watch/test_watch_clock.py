"""The watch and a wall clock that steps or lags: no gap is opened, hidden or watched twice."""

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.errors import TraderUnreachable
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, sessions, world
from tests.support.watched_room import POLICY, SESSION, said, samples, until, watching


@pytest.mark.parametrize("step", [-3600.0, -37.0, -2.0, 2.0, 37.0, 3600.0])
@pytest.mark.parametrize("at", [-1.0, 20.0, 59.2])
async def test_a_step_of_the_wall_clock_neither_opens_nor_hides_a_gap(room: World, step: float, at: float) -> None:
    """A session that is watched is counted on the monotonic clock: before its open, in it and over its close."""
    begun = room.clock.monotonic()
    async with watching(room):
        await until(room, at)
        room.clock.step_wall(step)
        await room.clock.advance(70.0 - (room.clock.monotonic() - begun))
        assert len(room.ledger.of_kind("session_ended")) == 0
        await room.clock.advance(2.0)
        stored = await samples(room)
    assert {round((b.at - a.at).total_seconds(), 3) for a, b in pairwise(stored)} == {1.0}
    assert stored[0].at < OPENS
    assert len([sample for sample in stored if sample.at >= SESSION.closes]) == 1
    assert len(room.ledger.of_kind("session_opened")) == len(room.ledger.of_kind("session_ended")) == 1
    assert [body.criterion for body in room.ledger.of_kind("watch_breached")] == ["clock"]
    assert [notice.criterion for notice in said(room, "watch_change")] == ["clock"]


async def test_a_missing_gap_is_not_hidden_by_a_step_of_the_wall_clock(room: World) -> None:
    """A clock set back while the trader was away would make the samples look as if nothing was missing."""
    async with watching(room):
        await until(room, 20)
        room.trader.trouble["scrape"] = TraderUnreachable("No answer.")
        await room.clock.advance(10.0)
        room.clock.step_wall(-10.0)
        room.trader.trouble.clear()
        await room.clock.advance(60.0)
    times = [sample.at for sample in await samples(room)]
    assert max(later - earlier for earlier, later in pairwise(times)) == timedelta(seconds=11)
    assert "coverage" in [body.criterion for body in room.ledger.of_kind("watch_breached")]


@pytest.mark.parametrize("step", [-5.0, -2.0, 2.0, 5.0])
async def test_a_step_of_the_wall_clock_before_a_session_moves_its_open(step: float) -> None:
    """Nothing is counted yet, so the clock that was set right is the one that counts, at once."""
    room = world(ManualClock(OPENS - timedelta(seconds=60)), ListCalendar((SESSION,)), policy=POLICY)
    async with watching(room):
        await until(room, -20.4)
        room.clock.step_wall(step)
        await until(room, 75)
    stored = await samples(room)
    assert stored[0].at < OPENS
    assert {round((b.at - a.at).total_seconds(), 3) for a, b in pairwise(stored)} == {1.0}
    assert room.ledger.of_kind("watch_breached") == []


@pytest.mark.parametrize("step", [-1.0, -330.0, -3600.0])
async def test_a_wall_clock_set_back_after_a_session_does_not_watch_it_again(step: float) -> None:
    """Nor the one before it: what was counted to its end is over."""
    days = sessions(3, apart=300.0)
    room = world(ManualClock(OPENS - timedelta(seconds=10)), ListCalendar(days), policy=POLICY)
    async with watching(room):
        await until(room, 375)
        assert [body.session.date for body in room.ledger.of_kind("session_ended")] == [days[0].date, days[1].date]
        room.clock.step_wall(step)
        await room.clock.advance(100.0)
        assert len(room.ledger.of_kind("session_opened")) == 2
        await until(room, 675)
    assert [body.session.date for body in room.ledger.of_kind("session_ended")] == [day.date for day in days]


async def test_a_wall_clock_that_lags_does_not_watch_a_session_twice(room: World) -> None:
    """Slewed by a second, the host's clock still shows the session when the watch has counted to its end."""
    async with watching(room):
        await until(room, 20)
        room.clock.step_wall(-1.0)
        await room.clock.advance(60.0)
    assert said(room, "bot_returned") == []
    assert len(room.ledger.of_kind("session_ended")) == 1
