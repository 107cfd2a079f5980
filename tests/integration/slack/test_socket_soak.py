"""Commands typed while connections break at random: what Slack saw acked ran once, and nothing ran twice."""

import asyncio
import random
from itertools import count

import pytest

from bot.sandbox.workspace import Limits, Workspace
from tests.support.slack_room import ASHA, BEN, ROOM, Room, open_room

ACKED = 20


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_breaks_each_command_runs_once(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Who saw no error had their command run; who saw one is told where it runs all the same; none runs twice."""
    monkeypatch.setattr("bot.slack.socket_mode.FIRST_WAIT", 0.01)
    monkeypatch.setattr("bot.slack.socket_mode.LONGEST_WAIT", 0.05)
    chance, numbers, typing = random.Random(seed), count(), True  # noqa: S311 - which fault comes next
    acked: list[str] = []
    failed: list[str] = []

    async with open_room(workspace=Workspace(limits=Limits.off(), ack_seconds=0.3)) as room:

        async def type_on(user: str) -> None:
            while typing:
                line = f"check {next(numbers)}"
                outcome = await room.workspace.type_command(user, ROOM, f"/burnin {line}")
                (acked if outcome.ok else failed).append(line)
                await asyncio.sleep(0.01)

        people = [asyncio.create_task(type_on(user)) for user in (ASHA, BEN)]
        async with asyncio.timeout(60):
            while len(acked) < ACKED or len(failed) < ACKED // 3:
                await _break(room, chance)
        typing = False
        await asyncio.gather(*people)
        await room.workspace.wait_for(lambda: set(acked) <= set(room.dispatcher.lines))
        ran = room.dispatcher.lines
        surprising = [line for line in failed if line in ran]
        await room.workspace.wait_for(lambda: all(_told(room, line) for line in surprising))
    assert len(ran) == len(set(ran))


async def _break(room: Room, chance: random.Random) -> None:
    sockets = room.workspace.sockets
    fault = chance.choice(["warning", "refresh_requested", "close", "drop", "forget", "repeat", "refuse"])
    match fault:
        case "warning" | "refresh_requested":
            await sockets.disconnect(fault, seconds=chance.uniform(0, 0.1))
        case "close":
            await sockets.close()
        case _:
            setattr(sockets.faults, fault, getattr(sockets.faults, fault) + 1)
    await room.workspace.wait_connected()
    await asyncio.sleep(chance.uniform(0, 0.1))


def _told(room: Room, line: str) -> bool:
    said = [str(one["text"]) for user in (ASHA, BEN) for one in room.workspace.ephemerals(user, ROOM)]
    return any(f"`/burnin {line}` arrived" in text for text in said)
