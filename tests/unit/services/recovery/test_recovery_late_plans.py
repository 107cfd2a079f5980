"""Plans that an abandoned drill's script injects after the recovery."""

import asyncio

from bot.errors import TraderUnreachable
from bot.services.recovery import Recovery
from tests.support.cut_off import begun, injecting, recover, told
from tests.support.fake_trader import LIVE
from tests.support.fakes import World, finish


async def test_a_plan_that_a_script_injects_after_the_recovery_is_flattened_too(room: World) -> None:
    """The script outlived the bot that was killed; within its time its position is found, and told."""
    await injecting(room, await begun(room))
    recovery = Recovery(room.desk)
    await recovery.start()
    running = asyncio.create_task(recovery.run())
    await room.clock.advance(20.0)
    room.trader.take_plan()
    await room.clock.advance(5.0)
    assert room.trader.held == 0
    assert told(room)[-1].notice.detail == (
        "A drill left a position, seen at 03:45:51 UTC. Its positions were flattened; none is left."
    )
    await room.clock.advance(60.0)
    room.trader.take_plan()
    await room.clock.advance(60.0)
    assert room.trader.held == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_plan_that_came_late_while_no_bot_ran_is_flattened_too(room: World) -> None:
    """The recovery was killed as well, before the script could run no more; the next bot looks, and says so once."""
    await injecting(room, await begun(room))
    await finish(room.clock, recover(room.desk))
    room.trader.take_plan()
    await room.clock.advance(3600.0)
    recovery = Recovery(room.desk)
    await recovery.start()
    running = asyncio.create_task(recovery.run())
    await room.clock.advance(10.0)
    assert room.trader.held == 0
    assert "left a position" in told(room)[-1].notice.detail
    assert room.ledger.of_kind("command_finished")[-1].command == "recovery"
    entries = len(room.ledger.chain)
    room.trader.take_plan()
    await room.clock.advance(60.0)
    assert (room.trader.held, len(room.ledger.chain)) == (1, entries)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_trader_that_is_away_is_looked_at_for_late_plans_when_it_is_back(room: World) -> None:
    """Whether a position came is not known before."""
    await injecting(room, await begun(room))
    await finish(room.clock, recover(room.desk))
    room.trader.trouble = {"positions": TraderUnreachable("No answer.")}
    recovery = Recovery(room.desk)
    running = asyncio.create_task(recovery.run())
    await room.clock.advance(120.0)
    assert "recovery" not in [body.command for body in room.ledger.of_kind("command_finished")]
    room.trader.trouble = {}
    await room.clock.advance(2.0)
    (looked,) = [body for body in room.ledger.of_kind("command_finished") if body.command == "recovery"]
    assert looked.detail == "The drill's script cannot run any more, and no position came of it."
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_positions_of_a_trader_that_went_live_are_nobody_elses_plan(room: World) -> None:
    """They are left alone, and nobody is told that a drill left them."""
    await injecting(room, await begun(room))
    await finish(room.clock, recover(room.desk))
    room.trader.mode = LIVE
    room.trader.take_plan()
    entries = len(room.ledger.chain)
    running = asyncio.create_task(Recovery(room.desk).run())
    await room.clock.advance(120.0)
    assert (room.trader.held, len(room.ledger.chain)) == (1, entries)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_drill_that_runs_is_not_flattened_for_an_abandoned_one(room: World) -> None:
    """Its own flatten leaves no position."""
    await injecting(room, await begun(room))
    recovery = Recovery(room.desk)
    await recovery.start()
    running = asyncio.create_task(recovery.run())
    await room.clock.advance(5.0)
    room.desk.under_way.add(await begun(room))
    room.trader.take_plan()
    await room.clock.advance(60.0)
    assert room.trader.held == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
