"""Acks under load beside those of the smallest Bolt app there is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.state import CHANNEL_ID
from tests.bench.conftest import connected
from tests.support.side_by_side import Comparison

pytestmark = pytest.mark.bench

OPERATOR = "U0OPERATOR"
ECHO = Path(__file__).with_name("echo_app.py")
AT_ONCE = 50
ROUNDS = 9
WARM_UP = 3


@pytest.fixture
async def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workspace]:
    """A workspace of the same kind, in which the echo app listens."""
    async with Workspace(limits=Limits.off()) as workspace:
        monkeypatch.setenv("SLACK_API_URL", workspace.api_url)
        async with connected((str(ECHO),), workspace, tmp_path / "echo.log"):
            yield workspace


async def _worst_ack(workspace: Workspace) -> float:
    """Type many commands at once; return the seconds to the last ack, once everything is answered."""
    before = _answers(workspace)
    typed = [workspace.type_command(OPERATOR, CHANNEL_ID, "/burnin check") for _ in range(AT_ONCE)]
    outcomes = await asyncio.gather(*typed)
    assert all(outcome.ok for outcome in outcomes)
    await workspace.wait_for(lambda: _answers(workspace) >= before + AT_ONCE, 60)
    return max(outcome.seconds for outcome in outcomes)


def _answers(workspace: Workspace) -> int:
    return len(workspace.desk.log.ephemerals(OPERATOR, CHANNEL_ID))


@pytest.mark.timeout(300)
async def test_acks_under_load_come_about_as_soon_as_those_of_a_bare_app(
    burnin: Workspace, echo: Workspace, hold: Callable[[Comparison], None]
) -> None:
    """Of 50 commands at once, the last ack comes after at most 1.5 times as long as in a bare echo app.

    The last one, not the mean: it is the late ack that makes Slack tell a person that the command failed.
    """
    for _ in range(WARM_UP):
        await _worst_ack(burnin)
        await _worst_ack(echo)
    pairs = [(await _worst_ack(burnin), await _worst_ack(echo)) for _ in range(ROUNDS)]
    hold(Comparison(f"last ack of {AT_ONCE}, burnin", f"last ack of {AT_ONCE}, bare echo", pairs, allowed=1.5))
