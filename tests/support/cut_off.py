"""Commands that a dead process left without an outcome, and the recovery that finds them."""

import asyncio
from datetime import timedelta
from typing import Any

from bot.desk import Desk
from bot.domain.entry import Body, CommandStarted, Draft, PlanInjecting
from bot.domain.people import Origin
from bot.services.recovery import Recovery
from tests.support.fakes import ASHA, IN_CHANNEL, World, sessions

DAYS = sessions(1)


async def begun(
    room: World,
    command: str = "drill",
    *,
    origin: Origin = IN_CHANNEL,
    pid: int = 0,
    host: str = "",
    trader: Any = "orb",
    args: Any = None,
) -> int:
    """Leave an intent without an outcome, and return its number."""
    at = room.clock.now()
    body = CommandStarted(command=command, args=args or {}, expires_at=at + timedelta(minutes=15), host=host, pid=pid)
    (entry,) = await room.ledger.append(Draft(at=at, body=body, actor=ASHA, origin=origin, trader=trader))
    return entry.seq


async def injecting(room: World, started: int, trader: str = "orb") -> None:
    """Record that a drill was about to inject."""
    body: Body = PlanInjecting(started=started, symbol="NIFTY", side="LONG", qty=50, strategy="ORB")
    at = room.clock.now()
    await room.ledger.append(Draft(at=at, body=body, actor=ASHA, origin=IN_CHANNEL, trader=trader, day=DAYS[0].date))


async def settled(recovery: Recovery) -> None:
    """Wait until everything that a recovery found has ended."""
    while recovery.health().values["under_way"]:  # noqa: ASYNC110 - a clock that is moved by hand tells nobody
        await asyncio.sleep(0)


async def recover(desk: Desk) -> None:
    """Start a bot's recovery, and wait until everything that it found has ended."""
    recovery = Recovery(desk)
    await recovery.start()
    await settled(recovery)


def told(room: World) -> list[Any]:
    """Return the announcements that were queued."""
    return [body.announcement for body in room.ledger.of_kind("message_queued")]
