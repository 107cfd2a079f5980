"""Everything a burn-in needs, on this machine: PostgreSQL, paper trader, Prometheus stand-in, workspace and bot."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.domain.session import Session
from bot.sandbox import wallclock
from bot.sandbox.configuration import RULES_FILE, Addresses, write_configuration
from bot.sandbox.postgres import EmbeddedPostgres
from bot.sandbox.processes import SandboxProcess
from bot.sandbox.prometheus import PrometheusStandIn
from bot.sandbox.timetable import BOT_RESTART, FAULTS, sessions
from bot.sandbox.workspace.interactions import SlashCommand
from bot.sandbox.workspace.server import Workspace
from commands.registry import load_commands

_TRADER_STARTS_WITHIN = 20.0  # seconds
_AWAY = 3.0  # seconds without the bot when it is restarted; longer than the sandbox's largest gap


@dataclass(slots=True)
class Stage:
    """The running parts, and the switches for what may go wrong with them."""

    workspace: Workspace
    trader_url: str
    bot: SandboxProcess
    http: httpx.AsyncClient
    folder: Path
    configuration: Path
    sessions: tuple[Session, ...]
    _active: set[str] = field(default_factory=set)

    async def set_fault(self, name: str, *, active: bool) -> None:
        """Switch a fault on or off, and show it on the page."""
        if name == BOT_RESTART:
            if active:
                await self.restart_bot()
            return
        answer = await self.http.post(f"{self.trader_url}/sandbox/fault", json={"name": name, "active": active})
        self._active = {fault["name"] for fault in answer.raise_for_status().json() if fault["active"]}
        self.show_faults()

    async def restart_bot(self) -> None:
        """Kill the bot and start it again after a while, as a crash and its supervisor would."""
        await self.bot.kill()
        await asyncio.sleep(_AWAY)
        await self.bot.start()

    def show_faults(self) -> None:
        """Show every fault and whether it is active on the page."""
        self.workspace.set_faults(
            [{"name": name, "label": name.replace("-", " "), "active": name in self._active} for name in FAULTS]
        )


@asynccontextmanager
async def open_stage(folder: Path, *, port: int, playtime: bool) -> AsyncIterator[Stage]:
    """Start every part; the first session opens a few seconds after the bot has started."""
    async with AsyncExitStack() as stack:
        database = await _database(stack, folder)
        trader_url = await _paper_trader(stack, folder, database)
        prometheus = await stack.enter_async_context(
            PrometheusStandIn(trader_url, RULES_FILE, scrape_interval=0.25, evaluation_interval=0.25)
        )
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=10.0))
        switches: list[Stage] = []

        async def on_fault(name: str, active: bool) -> None:
            await switches[0].set_fault(name, active=active)

        slash = SlashCommand("/burnin", "check | drill | flatten | close | help", tuple(load_commands()))
        workspace = await stack.enter_async_context(Workspace(port=port, commands=(slash,), on_fault=on_fault))
        now = wallclock.now()
        planned = sessions(now, now.date(), playtime=playtime)
        addresses = Addresses(workspace.api_url, trader_url, database, prometheus.url)
        configuration = write_configuration(folder, addresses, planned)
        bot = await _bot(stack, folder, configuration, workspace)
        stage = Stage(workspace, trader_url, bot, http, folder, configuration, planned)
        switches.append(stage)
        stage.show_faults()
        yield stage


async def _database(stack: AsyncExitStack, folder: Path) -> str:
    """Start PostgreSQL in a thread, for its library waits without giving way."""
    postgres = EmbeddedPostgres(folder / "postgres")
    await asyncio.to_thread(postgres.__enter__)
    stack.push_async_callback(asyncio.to_thread, postgres.__exit__, None, None, None)
    return await asyncio.to_thread(postgres.create_database, "trader")


async def _paper_trader(stack: AsyncExitStack, folder: Path, database: str) -> str:
    words = ("-m", "bot.sandbox.trader", "--port", "0", "--database", database, "--build", "paper-1.0.0")
    process = SandboxProcess(words, folder / "trader.log", os.environ)
    stack.push_async_callback(process.stop)
    await process.start()
    return str(json.loads(await process.first_line(_TRADER_STARTS_WITHIN))["url"])


async def _bot(stack: AsyncExitStack, folder: Path, configuration: Path, workspace: Workspace) -> SandboxProcess:
    secrets = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
    }
    words = ("-m", "bot.cli", "run", "--config", str(configuration))
    process = SandboxProcess(words, folder / "bot.log", {**os.environ, **secrets})
    stack.push_async_callback(process.stop)
    await process.start()
    return process
