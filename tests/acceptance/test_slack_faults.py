"""A bot process and a Slack that errs: all it has to say is said, in order and once, and it tells what ails it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.desk import Desk
from bot.domain.entry import Entry, MessageQueued
from bot.domain.notice import Placement
from bot.factory import open_desk
from bot.sandbox import wallclock
from bot.sandbox.configuration import Addresses, write_configuration
from bot.sandbox.narrator import is_under_way, key_of
from bot.sandbox.stage import bot_process, running_database, running_trader
from bot.sandbox.timetable import Timetable
from bot.sandbox.workspace import CutShort, Fault, NoAnswer, Page, RateLimited, Refusal, Workspace
from bot.sandbox.workspace.state import CHANNEL_ID, OPERATOR
from bot.settings import load_settings
from tests.support.eventually import eventually

pytestmark = pytest.mark.timeout(180)

POST, EDIT, SEARCHES, RESPONSE = "chat.postMessage", "chat.update", "conversations.*", "response_url"
LONG = Timetable(before_first=timedelta(seconds=1), length=timedelta(minutes=30))
UNKIND = (
    Fault(RateLimited(2), POST, times=1),
    Fault(NoAnswer(taken=True), POST, times=2),
    Fault(Page(503), POST, times=1),
    Fault(Refusal("internal_error", taken=True), POST, times=1),
    Fault(CutShort(), POST, after=1, times=1),
    Fault(Page(500), RESPONSE, times=1),
    Fault(NoAnswer(taken=True), RESPONSE, times=1),
    Fault(Page(503), SEARCHES, after=1, times=1),
    Fault(NoAnswer(), SEARCHES, after=1, times=1),
    Fault(NoAnswer(taken=True), EDIT, times=2),
    Fault(RateLimited(1), EDIT, times=2),
)
COMMANDS = 4  # are run, and each tells what it found


async def test_a_morning_with_slack_in_every_kind_of_trouble(folder: Path, free_port: int) -> None:
    """Limited, answered in part or not at all, cut off, put out of its channel: in the end that reads as it should."""
    async with (
        running_database(folder) as database,
        running_trader(folder, database) as trader,
        Workspace() as slack,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}", trust_env=False) as bot,
    ):
        configuration = _configured(folder, Addresses(slack.api_url, trader, database, prometheus=""), free_port)
        process = bot_process(folder, configuration, slack)
        async with process.running(), open_desk(load_settings(configuration, {})) as desk:
            await slack.wait_connected(60)
            slack.faults.add(*UNKIND)
            await _run(slack, desk, "reconcile")
            await _run(slack, desk, "reconcile")
            await _nothing_waits(desk)
            await _run(slack, desk, "drill")
            await _nothing_waits(desk)
            async with slack.away():
                await eventually(lambda: not slack.sockets.connected)
            await slack.wait_connected(60)
            with slack.troubles.removed(CHANNEL_ID):
                await _run(slack, desk, "reconcile")
                await _outbox(bot, lambda part: "not_in_channel" in part["detail"] and "invite" in part["detail"])
                await process.stop()
            await process.start()
            await _nothing_waits(desk)
            await eventually(lambda: any(call.method == EDIT and call.answer == "ok" for call in slack.faults.calls))
            await _outbox(bot, lambda part: part["ok"])
            assert (await desk.ledger.verify()).broken_at is None
            queued = await desk.ledger.entries(kinds=("message_queued",))
    _assert_said_in_order(slack, queued)
    assert "Traceback" not in (folder / "bot.log").read_text("utf-8")
    assert {call.fault for call in slack.faults.met} == set(UNKIND)


def _configured(folder: Path, addresses: Addresses, port: int) -> Path:
    now = wallclock.now()
    path = write_configuration(folder, addresses, LONG.sessions(now, now.date()), LONG)
    content = yaml.safe_load(path.read_text("utf-8"))
    for name in ("prometheus", "rules_file"):
        del content["traders"][0][name]
    path.write_text(yaml.safe_dump(content | {"http": {"host": "127.0.0.1", "port": port}}), "utf-8")
    return path


async def _run(slack: Workspace, desk: Desk, line: str) -> None:
    """Type a line and wait until it has been carried out."""
    before = await _ended(desk)
    outcome = await slack.type_command(OPERATOR, CHANNEL_ID, f"/burnin {line}")
    assert outcome.ok, outcome
    async with asyncio.timeout(30):
        while await _ended(desk) == before:  # noqa: ASYNC110 - another process's ledger
            await asyncio.sleep(0.1)


async def _ended(desk: Desk) -> int:
    """Return how many commands of people have ended; the bot's own acts are on record as well."""
    return sum(entry.actor.kind == "slack" for entry in await desk.ledger.entries(kinds=("command_finished",)))


async def _outbox(bot: httpx.AsyncClient, holds: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
    """Return what `/readyz` says of the outbox, once it says this."""
    async with asyncio.timeout(60):
        while not holds(part := (await bot.get("/readyz")).json()["parts"]["outbox"]):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return dict(part)


async def _nothing_waits(desk: Desk) -> None:
    """Wait until every message is said."""
    async with asyncio.timeout(60):
        while await desk.ledger.unsent():  # noqa: ASYNC110 - another process's ledger
            await asyncio.sleep(0.1)


def _assert_said_in_order(slack: Workspace, queued: Sequence[Entry]) -> None:
    """Each message stands once, the root before its thread, and the others in the order in which they were queued."""
    said = [key for message in slack.desk.log.everything(CHANNEL_ID) if (key := key_of(message))]
    assert max(Counter(said).values()) == 1, said
    announced = [entry.body.announcement for entry in queued if isinstance(entry.body, MessageQueued)]
    wanted = [one.key for one in announced if one.placement not in (Placement.ROOT, Placement.EDIT)]
    assert [key for key in said if key in wanted] == wanted
    assert said[0].startswith("root:")
    assert not any(is_under_way(message) for message in slack.desk.log.everything(CHANNEL_ID))
    assert len([key for key in wanted if key.startswith("command:")]) == COMMANDS
