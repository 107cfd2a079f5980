"""`kill -9` of the bot at every boundary that can be seen, and at random times: nothing lost, nothing said twice."""

import asyncio
import os
import random
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest

from bot.sandbox.postgres import EmbeddedPostgres
from tests.acceptance.chaos.campaign import Campaign, DayPlan
from tests.acceptance.chaos.deck import Deck
from tests.acceptance.chaos.kill_points import Boundary, KillPoint
from tests.acceptance.chaos.stage import ChaosStage, open_stage
from tests.acceptance.chaos.tally import Tally

KILLS = int(os.environ.get("BURNIN_CHAOS_KILLS") or 0)  # 0 is the short run
SEED = int(os.environ.get("BURNIN_CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
LANES = 3  # bots of a long run, each with its own parts: most of the time they wait

pytestmark = pytest.mark.timeout(180 + 10 * KILLS)

# One of each kind of boundary. The long run finds them all by itself.
SHORT = DayPlan(
    (
        KillPoint("start", Boundary("slack", "chat.postMessage root", "after")),
        KillPoint("start", Boundary("ledger", "session_opened")),
        KillPoint("check", Boundary("trader", "GET /ready", "before")),
        KillPoint("drill", Boundary("ledger", "plan_injecting")),
        KillPoint("drill", Boundary("script", "inject_plan end")),
        KillPoint("drill", Boundary("slack", "chat.postMessage progress", "before")),
        KillPoint("flatten", Boundary("trader", "POST /flatten", "before")),
        KillPoint("reconcile", Boundary("slack", "chat.postMessage command", "after")),
        KillPoint("selftest", after=0.2),
        KillPoint("end", Boundary("ledger", "session_ended")),
        KillPoint("close", Boundary("ledger", "reconcile_measured")),
        KillPoint("close", Boundary("script", "hygiene start")),
        KillPoint("close", Boundary("slack", "chat.postMessage verdict", "after")),
    )
)

_SHORTER = (
    "chat.postMessage root",
    "plan_injecting",
    "POST /flatten",
    "reconcile_measured",
    "chat.postMessage verdict",
)
SHORTER = DayPlan([point for point in SHORT.points if point.boundary and point.boundary.what in _SHORTER])


@pytest.mark.parametrize(
    ("ledger", "short"), [("sqlite", SHORT), ("postgresql", SHORTER)], ids=["sqlite", "postgresql"]
)
async def test_killed_anywhere(
    ledger: str, short: DayPlan, folder: Path, server: EmbeddedPostgres, capsys: pytest.CaptureFixture[str]
) -> None:
    """After each kill the bot comes back, ends what was under way and says what is owed; each day's verdict is true."""
    chance, tally = random.Random(SEED), Tally()  # noqa: S311 - to be repeated, not to be unguessable
    lanes = [_lane(folder, number) for number in range(LANES if KILLS else 1)]
    try:
        async with AsyncExitStack() as stack:
            opening = (_stage(lane, server, ledger) for lane in lanes)
            stages = [await stack.enter_async_context(stage) for stage in opening]
            await (_long(stages, chance, tally) if KILLS else Campaign(stages[0], chance, tally).live(short))
    finally:
        with capsys.disabled():
            print(f"\n{ledger}, BURNIN_CHAOS_SEED={SEED}\n{tally.in_words()}")  # noqa: T201 - what a run is for
    assert tally.kills >= max(KILLS, len(short.points))


def _stage(lane: Path, server: EmbeddedPostgres, ledger: str) -> AbstractAsyncContextManager[ChaosStage]:
    address = server.create_database(f"{lane.name}_ledger") if ledger == "postgresql" else ""
    return open_stage(lane, server.create_database(lane.name), address)


async def _long(stages: list[ChaosStage], chance: random.Random, tally: Tally) -> None:
    campaigns = [Campaign(stage, chance, tally) for stage in stages]
    deck = Deck(await campaigns[0].rehearse(), chance)

    async def go_on(campaign: Campaign) -> None:
        while tally.kills < KILLS:
            await campaign.live(deck.deal())

    async with asyncio.TaskGroup() as group:
        for campaign in campaigns:
            group.create_task(go_on(campaign))


def _lane(folder: Path, number: int) -> Path:
    lane = folder / f"lane-{number}"
    lane.mkdir()
    return lane
