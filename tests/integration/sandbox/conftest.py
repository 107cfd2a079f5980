"""The sandbox's own parts, running: a paper trader in its process."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest


@pytest.fixture
async def trader_process(database: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A paper trader over that database: its process and its URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot.sandbox.trader", "--port", "0", "--database", database, "--build", "r1"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    yield process, json.loads(await process.stdout.readline())["url"]
    if process.returncode is None:
        process.terminate()
    await process.communicate()


@pytest.fixture
async def trader(trader_process: tuple[asyncio.subprocess.Process, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that paper trader."""
    async with httpx.AsyncClient(base_url=trader_process[1]) as client:
        yield client


@pytest.fixture
def eventually() -> Callable[[Callable[[], Awaitable[object]]], Awaitable[object]]:
    """Wait until an asynchronous question has a truthy answer, and return it."""

    async def wait(question: Callable[[], Awaitable[object]]) -> object:
        async with asyncio.timeout(15):
            while not (answer := await question()):  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.02)
            return answer

    return wait
