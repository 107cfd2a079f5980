"""The PostgreSQL of the ledger crashes while people type: the bot finds it again by itself, and nothing is lost."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.sample import Source
from bot.domain.verdict import Verdict
from bot.sandbox.configuration import TRADER
from bot.sandbox.postgres import EmbeddedPostgres
from bot.sandbox.workspace.state import APPROVER, CHANNEL_ID
from tests.acceptance.chaos.desk import People
from tests.acceptance.chaos.invariants import hold_verdict
from tests.acceptance.chaos.stage import ChaosStage, open_stage
from tests.acceptance.chaos.waiting import opened, settled, until
from tests.support.postgres import BrittlePostgres

pytestmark = pytest.mark.timeout(240)

SECONDS, STARTS = 20.0, 12.0  # how long the session is: so many seconds, and so many times what a start takes here
PAUSES = (0.0, 0.5)  # seconds between a command and the crash
LOOKS_EVERY = 0.15  # seconds
STARTS_BEFORE = 5.0  # times what a start takes here: a bot that begins after the open has missed samples


async def test_a_crash_in_each_command(folder: Path, server: EmbeddedPostgres, unused_tcp_port: int) -> None:
    """What was begun ends, the same bot goes on with the same lease, a whole day passes, and no sample is lost."""
    chance = random.Random()  # noqa: S311 - when exactly it crashes is left to chance
    with BrittlePostgres(folder / "ledger") as brittle:
        address = brittle.create_database("ledger")
        async with open_stage(_folder(folder), server.create_database("trader"), address) as stage:
            stage.own_port = unused_tcp_port
            session = await opened(stage, SECONDS + STARTS * stage.starts_in, starts=STARTS_BEFORE)
            people = People(stage)
            async with _others_look(stage):
                for command in ("drill", "flatten", "reconcile"):
                    await _crash_in(brittle, people, command, chance)
                    await settled(stage)
            await people.do("drill")
            await until(stage, lambda: any(stage.eye.of("session_ended")))
            await _crash_in(brittle, people, "close", chance)
            await settled(stage)
            if not any(stage.eye.of("day_closed")):  # it was told in words that it could not be recorded
                await people.do("close")
                await settled(stage)
            record = await hold_verdict(stage, session, spoilt=False)
            assert record.verdict is Verdict.PASS, [f.detail for f in record.criteria if f.verdict is not Verdict.PASS]
            assert len(list(stage.eye.of("bot_started"))) == 1
            own = [x for x in await stage.eye.ledger.samples(TRADER, session.date) if x.source is Source.BOT]
            assert len(own) == await stage.samples_read()


async def _crash_in(brittle: BrittlePostgres, people: People, command: str, chance: random.Random) -> None:
    typing = asyncio.create_task(people.type(command))
    await asyncio.sleep(chance.uniform(*PAUSES))
    await asyncio.to_thread(brittle.crash)
    await asyncio.to_thread(brittle.start)
    await typing


@asynccontextmanager
async def _others_look(stage: ChaosStage) -> AsyncIterator[None]:
    """Somebody else types `check` again and again, so that the ledger is written all the time."""

    async def look() -> None:
        while True:
            await stage.workspace.type_command(APPROVER, CHANNEL_ID, "/burnin check")
            await asyncio.sleep(LOOKS_EVERY)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def _folder(folder: Path) -> Path:
    own = folder / "bot"
    own.mkdir()
    return own
