"""The session watch at work on a desk in memory, and what it left there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.domain.policy import Policy
from bot.domain.sample import Sample, Source
from bot.domain.session import Session
from bot.meter import NoMeter
from bot.services.lapse import lapse_forgotten
from bot.services.watch import Watch
from tests.support.evidence import OPENS
from tests.support.fakes import World, sessions
from tests.support.inline_executor import InlineExecutor

(SESSION,) = sessions(1)
POLICY = Policy.model_validate({"max_gap": "3s", "alerts": {"interval": "5s"}})


class Counting(NoMeter):
    """A meter that counts."""

    def __init__(self) -> None:
        self.samples = self.misses = 0
        self.breaches: list[str] = []

    def sampled(self, trader: str) -> None:
        """Count a scrape."""
        self.samples += 1

    def missed(self, trader: str) -> None:
        """Count a missed one."""
        self.misses += 1

    def breached(self, trader: str, criterion: str) -> None:
        """Remember a breach."""
        self.breaches.append(criterion)


@asynccontextmanager
async def watching(
    room: World, meter: NoMeter | None = None, before_open: Any = None, phase: float = 0.0
) -> AsyncIterator[Watch]:
    """Watch for as long as the context lasts."""

    async def lapse(trader: Any, session: Session) -> None:
        await lapse_forgotten(room.desk, trader, session)

    asyncio.get_running_loop().set_default_executor(InlineExecutor())
    watch = Watch(room.desk, room.trader_desk, before_open or lapse, meter or NoMeter(), phase)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(room: World, seconds: float) -> None:
    """Let time pass until so many seconds after the open of the first session."""
    await room.clock.advance((OPENS + timedelta(seconds=seconds) - room.clock.now()).total_seconds())


async def samples(room: World, source: Source = Source.BOT) -> list[Sample]:
    """Return what is stored of the first session."""
    return [sample for sample in await room.ledger.samples("orb", SESSION.date) if sample.source is source]


def said(room: World, kind: str) -> list[Any]:
    """Return the notices of one kind that were queued."""
    notices = [body.announcement.notice for body in room.ledger.of_kind("message_queued")]
    return [notice for notice in notices if notice.kind == kind]
