"""The bot is asked to stop (SIGTERM) when that is least convenient: it ends within its limits, in order, with 0."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.adapters.clock import SystemClock
from bot.domain.entry import BotStopped, CommandFinished, Entry, MessageQueued, MessageSent
from bot.factory import open_desk
from bot.sandbox.configuration import TRADER
from bot.sandbox.stage import Stage, open_stage
from bot.sandbox.timetable import Timetable
from bot.sandbox.workspace.server import Handler
from bot.sandbox.workspace.state import CHANNEL_ID, OPERATOR
from bot.settings import load_settings
from tests.support.channel import roots, thread
from tests.support.eventually import eventually
from tests.support.terminal_bot import until

pytestmark = pytest.mark.timeout(150)

CLOCK = SystemClock()
LONG = Timetable(before_first=timedelta(seconds=4), length=timedelta(minutes=30))
AT_ONCE = 10.0  # seconds, where nothing runs that should end first
WITHIN = 50.0  # seconds, whatever happens: config/compose.yaml gives a bot a minute


@pytest.fixture
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """The sandbox with its bot, in an open session."""
    async with open_stage(folder, LONG) as opened:
        await opened.wait_for_bot()
        await eventually(lambda: roots(opened))
        await until(opened.sessions[0].opens + timedelta(seconds=1))
        yield opened


async def stop(stage: Stage, within: float) -> None:
    """Ask the bot to stop, and see that it ends in time, with 0."""
    process = stage.bot._process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    began = CLOCK.monotonic()
    code = await asyncio.wait_for(process.wait(), within)
    assert code == 0, stage.bot.last_words()
    assert "Traceback" not in stage.bot.last_words()
    assert CLOCK.monotonic() - began < within


async def recorded(stage: Stage) -> tuple[Entry, ...]:
    """Return the ledger's entries. The last one tells the stop; all samples that were read are stored."""
    async with open_desk(load_settings(stage.configuration, {})) as desk:
        entries = await desk.ledger.entries()
        samples = await desk.ledger.samples(TRADER, stage.sessions[0].date)
    last = entries[-1]
    assert last.body == BotStopped(reason="asked to stop")
    assert last.at - max(sample.at for sample in samples) < timedelta(seconds=30)
    return entries


async def test_a_drill_that_runs_is_drained_and_told(stage: Stage) -> None:
    """It ends by itself, its result is recorded and said before the bot ends, and no position is left."""
    await stage.workspace.type_command(OPERATOR, CHANNEL_ID, "/burnin drill")
    await eventually(lambda: any("drill" in text.lower() for text in thread(stage, roots(stage)[0])))
    await stop(stage, WITHIN)
    entries = await recorded(stage)
    outcomes = [entry.body for entry in entries if isinstance(entry.body, CommandFinished)]
    assert [outcome.outcome for outcome in outcomes if outcome.command == "drill"] == ["done"]
    queued = {entry.body.announcement.key for entry in entries if isinstance(entry.body, MessageQueued)}
    assert queued <= {entry.body.message for entry in entries if isinstance(entry.body, MessageSent)}
    positions = await stage.http.get(f"{stage.trader_url}/positions")
    assert positions.json()["count"] == 0


async def test_a_trader_that_hangs_does_not_hold_up_the_end(stage: Stage, folder: Path) -> None:
    """Its scrapes and a command that waits for it end by their own limits."""
    trader = int((folder / "trader.pid").read_text("utf-8"))
    _signal(trader, signal.SIGSTOP)
    try:
        await stage.workspace.type_command(OPERATOR, CHANNEL_ID, "/burnin check")
        await stop(stage, WITHIN)
    finally:
        _signal(trader, signal.SIGCONT)
    await recorded(stage)


async def test_a_slack_that_answers_nothing_does_not_hold_up_the_end(stage: Stage) -> None:
    """What could not be said waits in the ledger, and is said at the next start."""
    hanging = asyncio.Event()

    async def hang(_: web.Request, __: Handler) -> web.StreamResponse:
        await hanging.wait()
        return web.Response(status=503)

    stage.workspace.intercept = hang
    await stage.set_fault("leader-flap", active=True)
    await asyncio.sleep(2.0)
    await stop(stage, WITHIN)
    stage.workspace.intercept = None
    hanging.set()
    await recorded(stage)
    await stage.bot.start()
    await eventually(lambda: any("Leader" in text for text in thread(stage, roots(stage)[0])))
    await stop(stage, AT_ONCE)


def _signal(pid: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, sign)
