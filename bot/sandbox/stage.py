"""Everything a burn-in needs, on this machine: PostgreSQL, paper trader, Prometheus stand-in, workspace and bot."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx

from bot.domain.session import Session
from bot.errors import BurninError, ConfigurationError
from bot.sandbox import wallclock
from bot.sandbox.certificate import BUILD, make_key
from bot.sandbox.completions import completions_of
from bot.sandbox.configuration import RULES_FILE, TRADER, Addresses, write_configuration
from bot.sandbox.postgres import EmbeddedPostgres
from bot.sandbox.processes import SandboxProcess
from bot.sandbox.prometheus import PrometheusStandIn
from bot.sandbox.timetable import BOT_FAULTS, BOT_RESTART, FAULTS, Timetable
from bot.sandbox.trader import FAULTS as TRADER_FAULTS
from bot.sandbox.workspace.interactions import SlashCommand
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.switches import SLACK_FAULTS
from commands.registry import load_commands

_TRADER_STARTS_WITHIN = 30.0  # seconds
_BOT_STARTS_WITHIN = 40.0  # seconds
_SCRAPE_EVERY = 0.25  # seconds
_EVALUATE_EVERY = 2.0  # seconds; a machine that is busy for a second has not missed an evaluation
_AWAY = 4.2  # seconds without the bot where a fault takes it away; longer than the sandbox's largest gap
_GROUPS = {"The trader": TRADER_FAULTS, "The bot": BOT_FAULTS, "Slack": SLACK_FAULTS}
_EXPLAINED = {**FAULTS, **SLACK_FAULTS}
_SLOWER = 4  # how many times as long as the trader the bot may take to start


@dataclass(slots=True)
class Stage:
    """The running parts, and the switches for what may go wrong with them."""

    workspace: Workspace
    trader_url: str
    prometheus: PrometheusStandIn
    bot: SandboxProcess
    http: httpx.AsyncClient
    folder: Path
    configuration: Path
    sessions: tuple[Session, ...]
    http_port: int | None = None
    _active: set[str] = field(default_factory=set)
    _away: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # the fault that took the bot away

    async def set_fault(self, name: str, *, active: bool) -> None:
        """Switch a fault on or off, and show it on the page. It returns at once, also where a restart takes a while."""
        if name in BOT_FAULTS:
            if active and not self._away:
                self._away[name] = asyncio.create_task(self._take_away(name))
        elif name in SLACK_FAULTS:
            await self.workspace.switches.switch(name, active=active)
        else:
            answer = await self.http.post(f"{self.trader_url}/sandbox/fault", json={"name": name, "active": active})
            self._active = {fault["name"] for fault in answer.raise_for_status().json() if fault["active"]}
        if active:
            self.workspace.toast(f"{_label(name)}: {_EXPLAINED[name]}")
        self.show_faults()

    async def wait_for_bot(self) -> None:
        """Wait until the bot listens.

        Raises:
            BurninError: it does not, with its last words.
        """
        try:
            if self.http_port is None:
                await self.workspace.wait_connected(_BOT_STARTS_WITHIN)
            else:
                await asyncio.wait_for(_listening(self.http_port), _BOT_STARTS_WITHIN)
        except TimeoutError:
            raise BurninError(f"The bot did not connect to the workspace. {self.bot.last_words()}") from None

    def show_faults(self) -> None:
        """Show every fault and whether it is active on the page."""
        active = self._active | self._away.keys() | self.workspace.switches.active
        self.workspace.set_faults(
            [
                {"name": name, "label": _label(name), "group": group, "does": does, "active": name in active}
                for group, faults in _GROUPS.items()
                for name, does in faults.items()
            ]
        )

    async def end_restart(self) -> None:
        """Give up a restart that is under way."""
        for task in list(self._away.values()):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _take_away(self, fault: str) -> None:
        """Kill the bot and start it again after a while, as a crash and its supervisor would."""
        try:
            await self.bot.kill()
            with self.prometheus.away() if fault == BOT_RESTART else nullcontext():
                await asyncio.sleep(_AWAY)
            await self.bot.start()
        finally:
            self._away.clear()
            self.show_faults()


def _label(name: str) -> str:
    return name.removeprefix("slack-").replace("-", " ")


async def _listening(port: int) -> None:
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
            return
        await asyncio.sleep(0.05)


@asynccontextmanager
async def open_stage(
    folder: Path, timetable: Timetable, *, port: int = 0, http_port: int | None = None
) -> AsyncIterator[Stage]:
    """Start every part; the first session opens a few seconds after the bot was started.

    Args:
        folder: where everything is written.
        timetable: when the sessions are. On a slow machine the first opens later.
        port: of the workspace and its page; 0 takes a free one.
        http_port: where the bot listens in HTTP mode; None connects it by Socket Mode.

    Raises:
        BurninError: a part could not be started.
    """
    async with AsyncExitStack() as stack:
        workspace, switches = await _workspace(stack, port, http_port)
        database = await stack.enter_async_context(running_database(folder))
        began = time.monotonic()
        trader_url = await stack.enter_async_context(running_trader(folder, database))
        slow = timedelta(seconds=_SLOWER * (time.monotonic() - began))
        prometheus = await stack.enter_async_context(
            PrometheusStandIn(
                trader_url, RULES_FILE, scrape_interval=_SCRAPE_EVERY, evaluation_interval=_EVALUATE_EVERY
            )
        )
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=10.0))
        timetable = replace(timetable, before_first=max(timetable.before_first, slow))
        now = wallclock.now()
        planned = timetable.sessions(now, now.date())
        addresses = Addresses(workspace.api_url, trader_url, database, prometheus.url, http_port)
        configuration = write_configuration(folder, addresses, planned, timetable)
        await make_key(configuration)
        bot = await stack.enter_async_context(bot_process(folder, configuration, workspace).running())
        stage = Stage(workspace, trader_url, prometheus, bot, http, folder, configuration, planned, http_port)
        stack.push_async_callback(stage.end_restart)
        switches.append(stage)
        stage.show_faults()
        yield stage


async def _workspace(stack: AsyncExitStack, port: int, http_port: int | None) -> tuple[Workspace, list[Stage]]:
    """Start the workspace, first of all, for only its port can be refused; its switches work once there is a stage."""
    switches: list[Stage] = []
    completions = completions_of(load_commands(), [TRADER])

    async def on_fault(name: str, active: bool) -> None:
        for stage in switches:
            await stage.set_fault(name, active=active)

    workspace = Workspace(
        port=port,
        commands=(SlashCommand("/burnin", "check | drill | flatten | close | help", completions),),
        request_url=f"http://127.0.0.1:{http_port}/slack/events" if http_port else None,
        on_fault=on_fault,
    )
    try:
        return await stack.enter_async_context(workspace), switches
    except OSError as error:
        raise ConfigurationError(
            f"The page cannot be served on port {port} ({os.strerror(error.errno or 0)}): is another sandbox running? "
            "End it, or choose another port with --port; --port 0 takes a free one."
        ) from error


@asynccontextmanager
async def running_database(folder: Path) -> AsyncIterator[str]:
    """Run PostgreSQL with a database for the trader; in threads, for its library waits without giving way."""
    postgres = EmbeddedPostgres(folder / "postgres")
    starting = asyncio.create_task(asyncio.to_thread(postgres.__enter__))
    try:
        await asyncio.shield(starting)
        yield await asyncio.to_thread(postgres.create_database, "trader")
    finally:
        await asyncio.wait([starting])  # a thread cannot be cancelled: what it starts is stopped after it
        await asyncio.to_thread(postgres.__exit__, None, None, None)


@asynccontextmanager
async def running_trader(folder: Path, database: str) -> AsyncIterator[str]:
    """Run the paper trader and tell its URL."""
    words = ("-m", "bot.sandbox.trader", "--port", "0", "--database", database, "--build", BUILD)
    async with SandboxProcess(words, folder / "trader.log").running() as process:
        yield str(json.loads(await process.first_line(_TRADER_STARTS_WITHIN))["url"])


def bot_process(folder: Path, configuration: Path, workspace: Workspace) -> SandboxProcess:
    """The bot as a desk would run it, with the workspace's secrets in its environment."""
    secrets = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
    }
    words = ("-m", "bot", "run", "--config", str(configuration))
    return SandboxProcess(words, folder / "bot.log", secrets)
