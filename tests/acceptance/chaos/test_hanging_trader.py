"""A trader that takes requests and never answers: in a session, in a drill, in a recovery; nobody has to help."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.entry import CommandFinished, WatchBreached, WatchRecovered
from bot.domain.verdict import Verdict
from bot.sandbox.postgres import EmbeddedPostgres
from tests.acceptance.chaos.desk import People
from tests.acceptance.chaos.invariants import hold_verdict
from tests.acceptance.chaos.kill_points import Boundary, KillPoint
from tests.acceptance.chaos.stage import ChaosStage, open_stage
from tests.acceptance.chaos.waiting import opened, settled, until

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def stage(folder: Path, server: EmbeddedPostgres) -> AsyncIterator[ChaosStage]:
    """The parts, without a bot."""
    async with open_stage(folder, server.create_database("trader")) as running:
        yield running


def outcomes(stage: ChaosStage, command: str) -> list[str]:
    """Return how a command's runs ended."""
    ended = [entry.body for entry in stage.eye.entries if isinstance(entry.body, CommandFinished)]
    return [body.outcome for body in ended if body.command == command]


async def test_in_a_session(stage: ChaosStage) -> None:
    """The watch says that it sees nothing, goes on by itself, and what it missed is filled: the day passes."""
    session = await opened(stage, seconds=22)
    await People(stage).do("drill")
    stage.proxy.hangs.add("*")
    await until(stage, lambda: any(_coverage(stage, WatchBreached)))
    stage.proxy.release()
    await until(stage, lambda: any(_coverage(stage, WatchRecovered)))
    await until(stage, lambda: any(stage.eye.of("session_ended")))
    await People(stage).do("close")
    await settled(stage)
    assert (await hold_verdict(stage, session, spoilt=False)).verdict is Verdict.PASS


def _coverage(stage: ChaosStage, kind: type[WatchBreached | WatchRecovered]) -> list[str]:
    changes = [entry.body for entry in stage.eye.entries if isinstance(entry.body, kind)]
    return [body.detail for body in changes if body.criterion == "coverage"]


async def test_in_a_drill(stage: ChaosStage) -> None:
    """A drill whose flatten is not answered ends in words, and its position is closed once the trader is back."""
    await opened(stage, seconds=60)
    drilling = asyncio.create_task(People(stage).do("drill"))
    await until(stage, lambda: Boundary("script", "inject_plan start") in stage.trap.seen)
    stage.proxy.hangs |= {"/flatten", "/positions"}
    await drilling
    assert await stage.positions() == 1
    stage.proxy.release()
    await settled(stage)
    assert outcomes(stage, "drill") == ["done"]


async def test_in_a_recovery(stage: ChaosStage) -> None:
    """A bot that cannot flatten an abandoned drill says so, does all else meanwhile, and flattens when it can."""
    await opened(stage, seconds=60)
    await _killed_in_drill(stage, KillPoint("drill", Boundary("script", "inject_plan end")))
    stage.proxy.hangs.add("*")
    await stage.bot.start()
    await until(stage, lambda: any("The bot tries again" in said["text"] for said in stage.said()))
    assert await stage.positions() == 1
    assert outcomes(stage, "drill") == []
    stage.proxy.release()
    await settled(stage)
    assert outcomes(stage, "drill") == ["abandoned"]


async def test_a_plan_that_comes_late(stage: ChaosStage) -> None:
    """A script that outlives the bot and injects after the recovery leaves no position either."""
    await opened(stage, seconds=60)
    stage.proxy.hangs.add("/plan")
    await _killed_in_drill(stage, KillPoint("drill", Boundary("trader", "POST /plan", "before")))
    await stage.bot.start()
    await until(stage, lambda: outcomes(stage, "drill"))
    await settled(stage)
    stage.proxy.release()
    await until(stage, lambda: _holds_one(stage))
    await settled(stage)


async def _holds_one(stage: ChaosStage) -> bool:
    return await stage.positions() == 1


async def _killed_in_drill(stage: ChaosStage, point: KillPoint) -> None:
    stage.trap.arm(point)
    typing = asyncio.create_task(People(stage).do("drill"))
    await until(stage, stage.trap.sprung.is_set)
    typing.cancel()
    await stage.bot.kill()
    stage.trap.reset()
