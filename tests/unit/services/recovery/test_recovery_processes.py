"""Whose command it is: what still runs somewhere is left alone, what nobody runs is abandoned."""

import asyncio
import os
import socket
import sys
from datetime import timedelta

import pytest

from bot.domain.entry import CommandStarted, Draft
from bot.domain.people import INSIDE, SCHEDULER, Actor, Origin
from bot.services.recovery import Recovery
from tests.support.cut_off import begun, injecting, recover, told
from tests.support.fakes import World

CLI = Origin(surface="cli", team=socket.gethostname())


async def test_what_the_scheduler_was_doing_is_abandoned_without_words(room: World) -> None:
    """It does it again by itself."""
    at = room.clock.now()
    body = CommandStarted(command="selftest", expires_at=at + timedelta(hours=1))
    await room.ledger.append(Draft(at=at, body=body, actor=SCHEDULER, origin=INSIDE, trader="orb"))
    recovery = Recovery(room.desk)
    await recovery.start()
    assert room.ledger.kinds() == ["command_started"]  # it may have begun in this process, a moment ago
    running = asyncio.create_task(recovery.run())
    await room.clock.advance(1.0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert room.ledger.kinds() == ["command_started", "command_finished"]


async def test_a_command_of_this_process_is_left_alone_until_it_is_out_of_hand(room: World) -> None:
    """One that ended and could not be recorded is ended by the recovery, once it was seen so twice."""
    recovery = Recovery(room.desk)
    await recovery.start()
    running = asyncio.create_task(recovery.run())
    first = await begun(room, "reconcile")
    room.desk.under_way.add(first)
    await room.clock.advance(5.0)
    assert room.ledger.of_kind("command_finished") == []
    room.desk.under_way.discard(first)
    await room.clock.advance(1.0)
    assert room.ledger.of_kind("command_finished") == []
    await room.clock.advance(1.0)
    assert [body.started for body in room.ledger.of_kind("command_finished")] == [first]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_bot_that_may_not_act_recovers_nothing(room: World) -> None:
    """Neither begins it, nor touches a trader it had begun with, until it may act again."""
    await injecting(room, await begun(room))
    may = [True]
    recovery = Recovery(room.desk, lambda: may[0])
    room.trader.held = 1
    await recovery.start()
    may[0] = False
    running = asyncio.create_task(recovery.run())
    await room.clock.advance(30.0)
    assert room.trader.asked == []
    may[0] = True
    await room.clock.advance(5.0)
    assert room.trader.held == 0
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_command_line_that_still_runs_here_is_left_alone(room: World) -> None:
    """A person may drill beside a bot that starts."""
    await begun(room, origin=CLI, host=socket.gethostname(), pid=os.getpid())
    await recover(room.desk)
    assert room.ledger.kinds() == ["command_started"]


async def test_a_command_line_on_another_host_is_left_alone_until_it_expires(room: World) -> None:
    """Nobody here can tell whether it runs, so its time limit decides."""
    await begun(room, origin=CLI, host="elsewhere", pid=1)
    await recover(room.desk)
    assert room.ledger.kinds() == ["command_started"]
    await room.clock.advance(901.0)
    await recover(room.desk)
    assert room.ledger.of_kind("command_finished")[0].outcome == "abandoned"


async def test_a_command_line_that_died_here_is_abandoned(room: World) -> None:
    """Its process is gone; outside of a session it is told in the channel."""
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    await room.clock.advance(60.0)
    await begun(room, origin=CLI, host=socket.gethostname(), pid=gone.pid)
    await recover(room.desk)
    assert room.ledger.of_kind("command_finished")[0].outcome == "abandoned"
    assert (told(room)[0].placement, told(room)[0].day) == ("channel", None)


async def test_a_process_of_somebody_else_is_alive(room: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may not be signalled exists."""

    def not_yours(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", not_yours)  # root, who may signal every process, sees it too
    await begun(room, origin=CLI, host=socket.gethostname(), pid=1)
    await recover(room.desk)
    assert room.ledger.kinds() == ["command_started"]


async def test_a_look_that_was_cut_off_is_abandoned_quietly(room: World) -> None:
    """A command about no trader leaves an outcome, and no words in any channel."""
    await begun(room, "status", trader=None)
    await recover(room.desk)
    assert room.ledger.kinds() == ["command_started", "command_finished"]
    assert Actor(kind="bot", id="burnin", name="burnin") == room.ledger.chain[-1].actor
