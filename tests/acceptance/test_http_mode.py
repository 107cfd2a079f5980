"""The same bot in HTTP mode: Slack reaches it with signed requests, and nobody else does."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.sandbox.narrator import key_of
from bot.sandbox.people import Desk
from bot.sandbox.stage import Stage, open_stage
from bot.sandbox.timetable import Timetable
from bot.sandbox.workspace.signing import signed_headers
from bot.sandbox.workspace.state import CHANNEL_ID, GUEST, OPERATOR, TEAM_ID

pytestmark = pytest.mark.timeout(120)

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_a_day_over_signed_requests(
    folder: Path, quick: Timetable, free_port: int, burnin: Callable[..., Awaitable[Any]]
) -> None:
    """A day comes to its PASS without a socket; a request that is not signed by Slack is refused and runs nothing."""
    async with open_stage(folder, quick, http_port=free_port) as stage:
        await stage.wait_for_bot()
        await Desk(stage.workspace, lambda user, line: None).live_through(stage.sessions[0], 2)
        assert not stage.workspace.sockets.connected
        messages = stage.workspace.messages(CHANNEL_ID)
        assert [said["text"][:6] for said in messages if key_of(said).startswith("verdict:")] == ["✅ PASS"]
        assert [said["text"][:1] for said in stage.workspace.ephemerals(GUEST, CHANNEL_ID)] == ["⛔"]
        await _assert_forgeries_are_refused(stage)
        trail = await burnin("--config", str(stage.configuration), "audit", "--last", "500")
    assert [entry["command"] for entry in trail if entry["outcome"] == "done"].count("flatten") == 0


async def _assert_forgeries_are_refused(stage: Stage) -> None:
    command = {
        "command": "/burnin",
        "text": "flatten",
        "user_id": OPERATOR,
        "team_id": TEAM_ID,
        "channel_id": CHANNEL_ID,
    }
    body = urlencode(command).encode()
    now, secret = int(time.time()), stage.workspace.signing_secret
    forged = {
        "another secret": signed_headers("not-the-secret", now, body),
        "an old request": signed_headers(secret, now - 600, body),
        "another body": signed_headers(secret, now, b"text=check"),
        "no signature": {},
    }
    for what, headers in forged.items():
        answer = await stage.http.post(
            f"http://127.0.0.1:{stage.http_port}/slack/events", content=body, headers=FORM | headers
        )
        assert answer.status_code == 401, what
