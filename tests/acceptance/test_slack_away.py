"""Slack is unreachable when the bot starts: the watch does not wait for it, and nothing is lost."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.factory import open_desk
from bot.sandbox import wallclock
from bot.sandbox.configuration import TRADER, Addresses, write_configuration
from bot.sandbox.narrator import key_of
from bot.sandbox.stage import bot_process, running_database, running_trader
from bot.sandbox.timetable import Timetable
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.state import CHANNEL_ID
from bot.settings import load_settings
from tests.support.eventually import eventually

pytestmark = pytest.mark.timeout(120)

ENOUGH = 8  # samples
LONG = Timetable(before_first=timedelta(seconds=6), length=timedelta(minutes=10))


async def test_the_watch_runs_while_slack_is_away(folder: Path, free_port: int) -> None:
    """The bot says that Slack is away and stores samples; once it is there, all that waited is said once."""
    workspace = Workspace(port=free_port)
    async with running_database(folder) as database, running_trader(folder, database) as trader:
        now = wallclock.now()
        sessions = LONG.sessions(now, now.date())
        addresses = Addresses(f"http://127.0.0.1:{free_port}/api/", trader, database, "http://127.0.0.1:9")
        configuration = write_configuration(folder, addresses, sessions, LONG)
        async with bot_process(folder, configuration, workspace).running():
            await _wait_for_samples(configuration)
            log = (folder / "bot.log").read_text("utf-8")
            assert "Slack" in log
            assert "Traceback" not in log
            async with workspace:
                day = sessions[0].date
                wanted = {f"root:{TRADER}:{day}", f"reminder:{TRADER}:{day}:opens_soon"}
                await eventually(lambda: wanted <= set(_keys(workspace)), within=60)
                await workspace.wait_connected(60)
                assert max(_keys(workspace).values()) == 1


async def _wait_for_samples(configuration: Path) -> None:
    settings = load_settings(configuration, {})
    session = settings.traders[0].calendar.sessions[0]
    async with open_desk(settings) as desk, asyncio.timeout(60):
        while len(await desk.ledger.samples(TRADER, session.date)) < ENOUGH:  # noqa: ASYNC110 - another process's ledger
            await asyncio.sleep(0.1)


def _keys(workspace: Workspace) -> Counter[str]:
    return Counter(key for said in workspace.desk.log.everything(CHANNEL_ID) if (key := key_of(said)))
