"""What the benchmarks share: a trader that is up, a bot that is connected, and a table on the terminal."""

import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.domain.session import Session
from bot.sandbox import wallclock
from bot.sandbox.configuration import TRADER
from bot.sandbox.postgres import EmbeddedPostgres
from bot.sandbox.processes import SandboxProcess
from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.state import CHANNEL_ID
from tests.support.side_by_side import Comparison


@pytest.fixture
def hold(capsys: pytest.CaptureFixture[str]) -> Callable[[Comparison], None]:
    """Print a comparison and hold it to what is allowed."""

    def hold_to(comparison: Comparison) -> None:
        with capsys.disabled():
            print(comparison.table())  # noqa: T201 - the table is what a benchmark is run for
        assert comparison.ratio <= comparison.allowed

    return hold_to


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment of measured processes: both sides find their bytecode compiled, as after an installation."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("bytecode"))}


@pytest.fixture
async def trader_url(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a paper trader in its own process, whose market is open."""
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        database = server.create_database("trader")
        trader = SandboxProcess(
            ("-m", "bot.sandbox.trader", "--port", "0", "--database", database), tmp_path / "trader.log", os.environ
        )
        await trader.start()
        try:
            yield json.loads(await trader.first_line(20))["url"]
        finally:
            await trader.stop()


@pytest.fixture
async def burnin(tmp_path: Path, trader_url: str) -> AsyncIterator[Workspace]:
    """A workspace in which the real bot listens, in its own process and in the middle of a session."""
    async with Workspace(limits=Limits.off()) as workspace:
        configuration = tmp_path / "burnin.yaml"
        configuration.write_text(yaml.safe_dump(_configuration(tmp_path, trader_url, workspace)), encoding="utf-8")
        async with connected(("-m", "bot", "run", "--config", str(configuration)), workspace, tmp_path / "bot.log"):
            yield workspace


@asynccontextmanager
async def connected(words: tuple[str, ...], workspace: Workspace, log: Path) -> AsyncIterator[None]:
    """Run an app as its own process, connected to a workspace."""
    tokens = {"SLACK_BOT_TOKEN": workspace.bot_token, "SLACK_APP_TOKEN": workspace.app_token}
    app = SandboxProcess(words, log, {**os.environ, **tokens})
    await app.start()
    try:
        await workspace.wait_connected(30)
        yield
    finally:
        await app.stop()


def _configuration(folder: Path, trader_url: str, workspace: Workspace) -> dict[str, Any]:
    now = wallclock.now()
    session = Session(date=now.date(), opens=now - timedelta(minutes=5), closes=now + timedelta(hours=1))
    listed = {"date": session.date, "open": session.opens, "close": session.closes}
    return {
        "slack": {"channel": CHANNEL_ID, "api_url": workspace.api_url},
        "ledger": f"sqlite:///{folder / 'burnin.db'}",
        "traders": [{"name": TRADER, "url": trader_url, "calendar": {"timezone": "UTC", "sessions": [listed]}}],
        "access": {"operators": ["S0OPERATORS"], "approvers": ["S0APPROVERS"], "channels": [CHANNEL_ID]},
        "http": {"host": "127.0.0.1", "port": 0},
    }
