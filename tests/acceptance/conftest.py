"""A whole burn-in on this machine, its bot, trader, database and workspace as they are in the sandbox."""

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.keeper import kept_folder
from bot.sandbox.timetable import Timetable

Burnin = Callable[..., Awaitable[Any]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that takes every process started in it along when the test ends."""
    with kept_folder() as path:
        yield path


@pytest.fixture
def quick() -> Timetable:
    """Days as short as an honest verdict lets them be: every window of the policy still fits into a session."""
    return Timetable(
        before_first=timedelta(seconds=8), length=timedelta(seconds=8), between=timedelta(seconds=5), playtime=None
    )


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def burnin() -> Burnin:
    """Runs `burnin … --json` beside the bot and returns what it printed, read."""

    async def run(*words: str) -> Any:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words, "--json"), stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
        return json.loads(printed)

    return run
