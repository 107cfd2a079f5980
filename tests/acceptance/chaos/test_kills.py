"""`kill -9` of the bot at every boundary that can be seen, and at random times: nothing lost, nothing said twice."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.postgres import EmbeddedPostgres
from tests.acceptance.chaos.campaign import Campaign, DayPlan
from tests.acceptance.chaos.deck import Deck
from tests.acceptance.chaos.kill_points import Boundary, KillPoint
from tests.acceptance.chaos.stage import ChaosStage, open_stage
from tests.acceptance.chaos.tally import Tally

KILLS = int(os.environ.get("BURNIN_CHAOS_KILLS") or 300)  # of the long run, on each ledger
SEED = int(os.environ.get("BURNIN_CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
LANES = 3  # bots of a long run, each with its own parts: most of the time they wait
SQLITE, POSTGRESQL = "sqlite", "postgresql"

# One of each kind of boundary, divided between two bots. The long run finds all of them by itself.
ON_SQLITE = DayPlan(
    (
        KillPoint("start", Boundary("slack", "chat.postMessage root", "after")),
        KillPoint("check", Boundary("trader", "GET /ready", "before")),
        KillPoint("drill", Boundary("ledger", "plan_injecting")),
        KillPoint("drill", Boundary("script", "inject_plan end")),
        KillPoint("reconcile", Boundary("slack", "chat.postMessage command", "after")),
        KillPoint("selftest", after=0.2),
        KillPoint("end", Boundary("ledger", "session_ended")),
        KillPoint("close", Boundary("script", "hygiene start")),
        KillPoint("close", Boundary("slack", "chat.postMessage verdict", "after")),
    )
)
ON_POSTGRESQL = DayPlan(
    (
        KillPoint("start", Boundary("ledger", "session_opened")),
        KillPoint("drill", Boundary("slack", "chat.postMessage progress", "before")),
        KillPoint("flatten", Boundary("trader", "POST /flatten", "before")),
        KillPoint("close", Boundary("ledger", "reconcile_measured")),
    )
)


@pytest.mark.timeout(180)
async def test_killed_at_each_kind_of_boundary(folder: Path, server: EmbeddedPostgres) -> None:
    """After each kill the bot comes back, ends what was under way and says what is owed; each day's verdict is true."""
    plans = (ON_SQLITE, ON_POSTGRESQL)
    async with _campaigns(folder, server, (SQLITE, POSTGRESQL)) as (campaigns, _, tally):
        await asyncio.gather(*(campaign.live(plan) for campaign, plan in zip(campaigns, plans, strict=True)))
    assert tally.kills >= len(ON_SQLITE.points) + len(ON_POSTGRESQL.points)


@pytest.mark.chaos
@pytest.mark.timeout(180 + 10 * KILLS)
@pytest.mark.parametrize("ledger", [SQLITE, POSTGRESQL])
async def test_killed_anywhere(ledger: str, folder: Path, server: EmbeddedPostgres) -> None:
    """The same at every boundary that an undisturbed day comes by, at random times, and while it comes back."""
    async with _campaigns(folder, server, [ledger] * LANES) as (campaigns, chance, tally):
        deck = Deck(await campaigns[0].rehearse(), chance)

        async def go_on(campaign: Campaign) -> None:
            while tally.kills < KILLS:
                await campaign.live(deck.deal())

        async with asyncio.TaskGroup() as group:
            for campaign in campaigns:
                group.create_task(go_on(campaign))
    assert tally.days["PASS"], "no day passed, so that no PASS could have been wrong"


@asynccontextmanager
async def _campaigns(
    folder: Path, server: EmbeddedPostgres, ledgers: Sequence[str]
) -> AsyncIterator[tuple[list[Campaign], random.Random, Tally]]:
    """Open the parts for a bot on each of some ledgers; tell at the end what came of it."""
    chance, tally = random.Random(SEED), Tally()  # noqa: S311 - to be repeated, not to be unguessable
    try:
        async with AsyncExitStack() as stack:
            stages = [await stack.enter_async_context(_stage(folder, server, *lane)) for lane in enumerate(ledgers)]
            yield [Campaign(stage, chance, tally) for stage in stages], chance, tally
    finally:
        print(f"\nBURNIN_CHAOS_SEED={SEED} repeats this\n{tally.in_words()}")  # noqa: T201 - shown with a failure, and by -s


@asynccontextmanager
async def _stage(folder: Path, server: EmbeddedPostgres, number: int, ledger: str) -> AsyncIterator[ChaosStage]:
    lane = folder / f"lane_{number}"
    lane.mkdir()
    address = server.create_database(f"ledger_{number}") if ledger == POSTGRESQL else ""
    async with open_stage(lane, server.create_database(f"trader_{number}"), address) as stage:
        yield stage
