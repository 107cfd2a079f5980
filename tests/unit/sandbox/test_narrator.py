"""The channel as it is told at a terminal."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.sandbox.narrator import Narrator
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.state import BOT, CHANNEL_ID, OPERATOR, Json

ROOT = {"metadata": {"event_type": "x", "event_payload": {"key": "root:paper-orb:2026-11-23"}}}


class Told:
    """What a narrator told of what stood in the channel."""

    def __init__(self, workspace: Workspace) -> None:
        self.lines: list[str] = []
        self.narrator = Narrator(workspace, self.lines.append)
        self._log = workspace.desk.log

    def post(self, content: Json) -> str:
        """The bot posts; returns the timestamp."""
        return str(self._log.post(CHANNEL_ID, BOT, content)["ts"])

    def edit(self, ts: str, text: str) -> None:
        """The bot edits."""
        self._log.update(CHANNEL_ID, ts, {"text": text}, editor=BOT)


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    """A narrator that follows a workspace."""
    workspace = Workspace()
    found = Told(workspace)
    following = asyncio.create_task(found.narrator.follow())
    await asyncio.sleep(0)  # it subscribes when it first runs
    yield found
    workspace.desk.feed.close()
    await following


async def settled(told: Told) -> str:
    """All that was told once the narrator has read on."""
    for _ in range(5):
        await asyncio.sleep(0)
    return "\n".join(told.lines)


async def test_what_is_under_way_is_not_told(told: Told) -> None:
    """Progress changes until it has ended; its result is told once, by its own message."""
    ts = told.post({"text": "⏳ drill: 0 of 6 steps done"})
    told.edit(ts, "drill · run by Asha")
    told.post({"text": "✅ PASS · drill"})
    assert (await settled(told)).count("drill") == 1


async def test_the_days_message_is_told_again_in_one_line_when_its_words_change(told: Told) -> None:
    """A reply that is counted below it is no change; a new standing is."""
    ts = told.post({"text": "Day 1 of 3: session open", **ROOT})
    told.post({"text": "a reply", "thread_ts": ts})
    told.edit(ts, "Day 1 of 3: ✅ PASS · closed")
    text = await settled(told)
    assert text.count("Day 1 of 3: session open") == 1
    assert text.count("The day's message reads now: Day 1 of 3: ✅ PASS · closed") == 1


async def test_who_typed_what_is_told_by_name(told: Told) -> None:
    """A slash command is shown to nobody in Slack, so the narrator tells it."""
    told.narrator.typed(OPERATOR, "/burnin check")
    assert told.lines[0].endswith("Asha types: /burnin check\n")
