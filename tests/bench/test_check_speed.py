"""`/burnin check` beside the script that it takes the place of."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.state import CHANNEL_ID
from tests.support.side_by_side import Comparison

pytestmark = pytest.mark.bench

OPERATOR = "U0OPERATOR"
SCRIPT = Path(__file__).with_name("quick_check.sh")
PAIRS = 25
WARM_UP = 5


def _answers(workspace: Workspace) -> int:
    """How many answers can be read. They are counted where they lie: copying all of them would be measured too."""
    return len(workspace.desk.log.ephemerals(OPERATOR, CHANNEL_ID))


async def _checked(workspace: Workspace) -> float:
    """Type `/burnin check`; return the seconds until its answer can be read."""
    before = _answers(workspace)
    began = time.perf_counter()
    typed = asyncio.create_task(workspace.type_command(OPERATOR, CHANNEL_ID, "/burnin check"))
    await workspace.wait_for(lambda: _answers(workspace) > before)
    took = time.perf_counter() - began
    assert (await typed).ok
    return took


def _answer(workspace: Workspace) -> str:
    """The text of the newest answer."""
    return str(workspace.desk.log.ephemerals(OPERATOR, CHANNEL_ID)[-1]["text"])


async def _scripted(url: str) -> float:
    """Run the protocol's script; return its seconds."""
    began = time.perf_counter()
    script = await asyncio.create_subprocess_exec("bash", str(SCRIPT), url, stdout=asyncio.subprocess.PIPE)
    said, _ = await script.communicate()
    took = time.perf_counter() - began
    assert b"trader_is_leader" in said
    return took


async def test_a_check_takes_at_most_half_the_time_of_the_script(
    burnin: Workspace, trader_url: str, hold: Callable[[Comparison], None]
) -> None:
    """From the envelope to the answer, a warm bot takes at most half the script's time on the same trader."""
    for _ in range(WARM_UP):
        await _checked(burnin)
        await _scripted(trader_url)
    pairs = [(await _checked(burnin), await _scripted(trader_url)) for _ in range(PAIRS)]
    assert "PASS" in _answer(burnin)
    hold(Comparison("/burnin check", "three curls, grep, sort", pairs, allowed=0.5))
