"""What is queued for an outbox on a desk in memory, and what goes wrong with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.daybook import root_key, say
from bot.domain.day import DayRecord
from bot.domain.entry import DayClosed, Draft
from bot.domain.notice import BotReturned, Placement
from bot.domain.people import BOT, INSIDE
from bot.domain.verdict import Verdict
from bot.errors import DeliveryRefused, SlackUnreachable
from bot.services.outbox import Outbox
from tests.support.fakes import World, sessions

DAYS = sessions(2)
ROOT = root_key("orb", DAYS[0].date)
AWAY = SlackUnreachable("Slack did not answer.")
REFUSED = DeliveryRefused("Invite the bot to the channel.")


async def queue(room: World, *keys: str, trader: str = "orb", placement: Placement = Placement.CHANNEL) -> None:
    """Queue messages."""
    for key in keys:
        notice = BotReturned(detail=key)
        at = room.clock.now()
        await room.ledger.append(say(notice, key=key, trader=trader, at=at, day=DAYS[0].date, placement=placement))


@asynccontextmanager
async def running(outbox: Outbox) -> AsyncIterator[None]:
    """Deliver for as long as the context lasts."""
    task = asyncio.create_task(outbox.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def close(room: World, verdict: Verdict = Verdict.FAIL, trader: str = "orb") -> None:
    """Record the close of the first day."""
    record = DayRecord(session=DAYS[0], verdict=verdict, criteria=())
    body = DayClosed(record=record)
    at = room.clock.now()
    await room.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=DAYS[0].date))
