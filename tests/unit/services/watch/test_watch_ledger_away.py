"""The watch while the ledger is slow or away: no sample is lost, and the record comes later."""

import logging
from itertools import pairwise
from typing import Any

import pytest

from bot.domain.entry import Draft
from bot.domain.metrics import LEADER
from tests.support.evidence import OPENS, gauge
from tests.support.fakes import FickleLedger, World
from tests.support.watched_room import SESSION, said, samples, until, watching


async def test_a_ledger_that_takes_its_time_costs_no_sample(room: World) -> None:
    """Facts are recorded beside the scrapes, and samples are stored beside them."""

    async def slowly(*drafts: Draft) -> Any:
        await room.clock.sleep(4.0)
        return await FickleLedger.append(room.ledger, *drafts)

    async with watching(room):
        await until(room, 10)
        room.ledger.append = slowly  # type: ignore[method-assign]
        room.trader.readings[LEADER] = gauge(0.0)
        await until(room, 20)
        assert len(room.ledger.of_kind("watch_breached")) == 1
        await until(room, 90)
    times = [sample.at for sample in await samples(room)]
    assert {round((b - a).total_seconds(), 3) for a, b in pairwise(times)} == {1.0}


async def test_nothing_is_lost_while_the_ledger_is_away(room: World) -> None:
    """Samples and breaches wait in memory, which the health says, and are stored in order, once, when it is back."""
    async with watching(room) as watch:
        await until(room, 10)
        room.ledger.away = True
        room.trader.readings[LEADER] = gauge(0.0)
        await until(room, 15)
        room.trader.readings[LEADER] = gauge(1.0)
        await until(room, 30)
        assert "samples wait in memory: " in watch.health().detail
        assert not watch.health().ok
        room.ledger.away = False
        await until(room, 75)
    times = [sample.at for sample in await samples(room)]
    assert {round((b - a).total_seconds(), 3) for a, b in pairwise(times)} == {1.0}
    changes = [kind for kind in room.ledger.kinds() if kind.startswith("watch_")]
    assert changes == ["watch_breached", "watch_recovered"]


async def test_a_stop_while_the_ledger_is_away_says_what_is_lost(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody holds the samples after it; Prometheus may."""
    async with watching(room):
        await until(room, 10)
        room.ledger.away = True
        await until(room, 15)
    assert caplog.text.count("the last samples of orb are lost") == 1


async def test_a_ledger_away_at_the_open_and_the_start_delays_only_the_record(room: World) -> None:
    """The watch scrapes all the same, and the open is recorded as soon as it can be."""
    room.ledger.away = True
    async with watching(room):
        await until(room, 20)
        room.ledger.away = False
        await until(room, 22)
        assert len(room.ledger.of_kind("session_opened")) == 1
        assert said(room, "bot_returned") == []
        assert (await samples(room))[0].at < OPENS


async def test_a_ledger_away_at_the_close_loses_no_sample(room: World) -> None:
    """The end waits for the ledger, with everything that was read."""
    async with watching(room):
        await until(room, 50)
        room.ledger.away = True
        await until(room, 90)
        room.ledger.away = False
        await until(room, 92)
    assert (await samples(room))[-1].at >= SESSION.closes
    assert room.ledger.kinds()[-2:] == ["samples_sealed", "session_ended"]


async def test_a_ledger_that_stays_away_is_given_up(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """After ten minutes the watch goes on to the next session, and the log says what was lost."""
    async with watching(room):
        await until(room, 50)
        room.ledger.away = True
        with caplog.at_level(logging.ERROR):
            await until(room, 700)
    assert "the last samples of orb could not be stored" in caplog.text
