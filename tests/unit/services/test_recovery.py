"""At start: what a dead process left without an outcome is brought to a clean end, and told."""

import asyncio
import os
import socket
import sys
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.entry import Body, CommandStarted, Draft, PlanInjecting
from bot.domain.people import Actor, Origin
from bot.errors import TraderUnreachable
from bot.services.recovery import recover
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ASHA, IN_CHANNEL, LIVE, ListCalendar, World, finish, sessions, world

DAYS = sessions(1)
CLI = Origin(surface="cli", team=socket.gethostname())


@pytest.fixture
def room() -> World:
    """A desk half a minute into its session."""
    return world(ManualClock(OPENS + timedelta(seconds=30)), ListCalendar(DAYS))


async def begun(
    room: World,
    command: str = "drill",
    *,
    origin: Origin = IN_CHANNEL,
    pid: int = 0,
    host: str = "",
    trader: Any = "orb",
) -> int:
    """Leave an intent without an outcome, and return its number."""
    at = room.clock.now()
    body = CommandStarted(
        command=command, claim=f"{command}:orb", expires_at=at + timedelta(minutes=15), host=host, pid=pid
    )
    (entry,) = await room.ledger.append(Draft(at=at, body=body, actor=ASHA, origin=origin, trader=trader))
    return entry.seq


async def injecting(room: World, started: int) -> None:
    """Record that a drill was about to inject."""
    body: Body = PlanInjecting(started=started, symbol="NIFTY", side="LONG", qty=50, strategy="ORB")
    at = room.clock.now()
    await room.ledger.append(Draft(at=at, body=body, actor=ASHA, origin=IN_CHANNEL, trader="orb", day=DAYS[0].date))


def told(room: World) -> list[Any]:
    """Return the announcements that were queued."""
    return [body.announcement for body in room.ledger.of_kind("message_queued")]


async def test_a_drill_cut_off_after_its_injection_is_flattened_abandoned_and_told(room: World) -> None:
    """The flatten has an intent and an outcome of its own; the thread says what was done."""
    await injecting(room, await begun(room))
    room.trader.held = 1
    await finish(room.clock, recover(room.desk))
    assert room.trader.held == 0
    assert room.ledger.kinds()[2:] == ["command_started", "command_finished", "command_finished", "message_queued"]
    flatten, abandoned = room.ledger.of_kind("command_finished")
    assert (flatten.command, flatten.outcome, flatten.reason) == ("flatten", "done", "burnin_recovery")
    assert (abandoned.started, abandoned.outcome, abandoned.reason) == (1, "abandoned", "process_died")
    (announcement,) = told(room)
    assert announcement.notice.detail == (
        "drill by Asha at 03:45:30 UTC was cut off and is abandoned. Its positions were flattened; none is left."
    )
    assert (announcement.placement, announcement.day) == ("thread", DAYS[0].date)
    assert await room.ledger.dangling(room.clock.now()) == ()


async def test_a_drill_cut_off_before_its_injection_touches_nothing(room: World) -> None:
    """Nothing was injected, so nothing is flattened; it is abandoned all the same."""
    first = await begun(room)
    await injecting(room, first + 100)  # somebody else's plan
    await recover(room.desk)
    assert room.trader.asked == []
    assert [body.outcome for body in room.ledger.of_kind("command_finished")] == ["abandoned"]


@pytest.mark.parametrize(
    ("change", "said", "outcome"),
    [
        ({"mode": LIVE}, "It was not flattened, because orb does not report paper mode: mode is live.", "failed"),
        ({"closes_after": None}, "1 positions are still open after 10 s: flatten by hand.", "failed"),
        (
            {"trouble": {"flatten": TraderUnreachable("No answer.")}},
            "Positions could not be flattened: No answer. Look at them by hand.",
            "failed",
        ),
    ],
)
async def test_what_could_not_be_flattened_is_said(
    room: World, change: dict[str, Any], said: str, outcome: str
) -> None:
    """A person is told to look at the positions; the start goes on."""
    await injecting(room, await begun(room))
    room.trader.held = 1
    for name, value in change.items():
        setattr(room.trader, name, value)
    await finish(room.clock, recover(room.desk))
    assert room.ledger.of_kind("command_finished")[0].outcome == outcome
    assert told(room)[0].notice.detail.endswith(said)


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


async def test_a_second_start_finds_nothing_to_do(room: World) -> None:
    """Recovery is on record, so it happens once."""
    await injecting(room, await begun(room))
    await finish(room.clock, recover(room.desk))
    entries = len(room.ledger.chain)
    await recover(room.desk)
    assert len(room.ledger.chain) == entries
