"""What the watch tells while it happens: breaches, their ends, and a trader that was started again."""

from datetime import timedelta

import pytest

from bot.domain.metrics import LEADER, PROCESS_START
from bot.errors import TraderUnreachable
from tests.support.evidence import gauge
from tests.support.fakes import World
from tests.support.watched_room import Counting, said, until, watching


async def test_a_breach_and_its_end_are_told_while_they_happen(room: World) -> None:
    """Each with the message that tells of it, in one transaction, once."""
    meter = Counting()
    async with watching(room, meter):
        await until(room, 10)
        room.trader.readings[LEADER] = gauge(0.0)
        await until(room, 15)
        room.trader.readings[LEADER] = gauge(1.0)
        await until(room, 20)
        beside = ("session_opened", "streak_counted", "command_started", "self_tested", "command_finished")
        kinds = [kind for kind in room.ledger.kinds() if kind not in (*beside, "samples_sealed")]
        assert kinds[1:] == ["watch_breached", "message_queued", "watch_recovered", "message_queued"]
    breach, recovered = room.ledger.of_kind("watch_breached")[0], room.ledger.of_kind("watch_recovered")[0]
    assert (breach.criterion, breach.verdict, recovered.seconds) == ("leader", "FAIL", 5.0)
    assert [notice.recovered for notice in said(room, "watch_change")] == [False, True]
    assert meter.breaches == ["leader"]


async def test_a_trader_out_of_sight_is_a_breach_of_coverage(room: World) -> None:
    """Longer than the largest gap, and told once; samples go on when it answers again."""
    meter = Counting()
    async with watching(room, meter) as watch:
        await until(room, 10)
        room.trader.trouble["scrape"] = TraderUnreachable("No answer.")
        await until(room, 20)
        assert not watch.health().ok
        del room.trader.trouble["scrape"]
        await until(room, 22)
        assert watch.health().ok
    breach = room.ledger.of_kind("watch_breached")[0]
    assert (breach.criterion, breach.verdict, breach.detail) == ("coverage", "INCONCLUSIVE", "No answer.")
    assert len(room.ledger.of_kind("watch_breached")) == len(room.ledger.of_kind("watch_recovered")) == 1
    assert meter.misses == pytest.approx(10, abs=1)


async def test_nothing_is_told_outside_of_the_session(room: World) -> None:
    """A trader that is not leader before the open breaks nothing."""
    room.trader.readings[LEADER] = gauge(0.0)
    async with watching(room):
        await until(room, -0.6)
        room.trader.readings[LEADER] = gauge(1.0)
        await until(room, 5)
    assert room.ledger.of_kind("watch_breached") == []


async def test_a_restart_of_the_trader_stands_on_the_day(room: World) -> None:
    """Another start time between two samples is recorded and told, once, whatever the criteria say."""
    async with watching(room):
        await until(room, 20)
        room.trader.readings[PROCESS_START] = gauge(1_800_000_000.0)
        await until(room, 25)
        assert room.ledger.of_kind("trader_restarted") == []
        room.trader.readings[PROCESS_START] = gauge(1_800_000_025.0)
        await until(room, 40)
    (restart,) = room.ledger.of_kind("trader_restarted")
    assert restart.at - restart.last_seen == timedelta(seconds=1)
    assert [notice.at for notice in said(room, "trader_restart_seen")] == [restart.at]
