"""The sandbox's parts around one bot that is killed and started again, with sessions as short as its kills allow."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.lease import LOOK_EVERY, STALE_AFTER
from bot.domain.session import Session
from bot.factory import open_ledger
from bot.sandbox import wallclock
from bot.sandbox.configuration import RULES_FILE, TRADER, Addresses, write_configuration
from bot.sandbox.narrator import is_under_way
from bot.sandbox.processes import SandboxProcess
from bot.sandbox.prometheus import PrometheusStandIn
from bot.sandbox.stage import bot_process, running_trader
from bot.sandbox.timetable import Timetable
from bot.sandbox.workspace.interactions import SlashCommand
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.server import Handler, Workspace
from bot.sandbox.workspace.state import CHANNEL_ID, Json
from bot.settings import load_settings
from tests.acceptance.chaos.kill_points import Boundary, Trap, of_entry, of_slack_call
from tests.support.chaos_ledger import LedgerEye
from tests.support.chaos_proxy import Proxy

PLAN = {"symbol": "NIFTY", "side": "LONG", "qty": 50, "strategy": "CHAOS"}
_SCRAPE_EVERY = 0.25  # seconds, of the Prometheus stand-in
_EVALUATE_EVERY = 2.0  # seconds
_BETWEEN = timedelta(seconds=4)  # for the reminders: how long before the open, how long after the close
# Slack's own pace for posts. What a bot asks once at its start is let through: this one starts all the time.
_LIMITS = Limits(per_minute={2: 1000, 3: 1000, 4: 1000})
_FIRST_DAY = date(2027, 1, 4)


@dataclass(slots=True)
class ChaosStage:
    """The running parts. Whatever the bot does to them is noted by the trap before and after it is done."""

    folder: Path
    ledger: str  # the address
    workspace: Workspace
    trader_url: str
    proxy: Proxy
    prometheus: PrometheusStandIn
    prometheus_proxy: Proxy
    http: httpx.AsyncClient
    database: str  # of the trader's orders
    bot: SandboxProcess
    starts_in: float  # seconds that a program of this kind takes to start on this machine, as busy as it is
    takes_over: float  # seconds more where another bot was killed: it is waited for as long
    trap: Trap = field(init=False)
    eye: LedgerEye = field(init=False)
    sessions: list[Session] = field(default_factory=list)
    own_port: int = 0  # of the bot's own HTTP, where somebody asks it; 0 is any

    def plan_session(self, opens_in: float, seconds: float) -> Session:
        """Put one more session into the bot's calendar; it reads it when it is started next."""
        opens = wallclock.now() + timedelta(seconds=opens_in)
        session = Session(
            date=_weekday(len(self.sessions)),
            opens=opens,
            closes=opens + timedelta(seconds=seconds),
            timezone="Asia/Kolkata",
        )
        self.sessions.append(session)
        self.write_configuration()
        return session

    def write_configuration(self) -> None:
        """Write what the bot reads at its next start."""
        addresses = Addresses(self.workspace.api_url, self.proxy.url, self.database, self.prometheus_proxy.url)
        path = write_configuration(self.folder, addresses, self.sessions, Timetable(between=_BETWEEN))
        content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        content["ledger"] = self.ledger
        content["http"]["port"] = self.own_port
        content["traders"][0]["commands"] = _scripts(self.proxy.url)
        content["reminders"]["no_drill_after"] = 0.02
        content["policy"]["alerts"]["max_gap"] = "60s"  # the default: a bot that is killed again and again looks seldom
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    @property
    def configuration(self) -> Path:
        """The file that the bot reads."""
        return self.folder / "burnin.yaml"

    async def positions(self) -> int:
        """Ask the trader itself how many positions are open."""
        return int((await self.http.get(f"{self.trader_url}/positions")).raise_for_status().json()["count"])

    async def samples_read(self) -> int:
        """Ask the bot how many samples it has read since it was started."""
        told = (await self.http.get(f"http://127.0.0.1:{self.own_port}/metrics")).raise_for_status().text
        families = {family.name: family for family in text_string_to_metric_families(told)}
        return int(sum(sample.value for sample in families["burnin_samples"].samples if sample.name.endswith("_total")))

    async def take_position(self) -> None:
        """Open a position past the bot, so that a flatten has something to close."""
        (await self.http.post(f"{self.trader_url}/plan", json=PLAN)).raise_for_status()

    async def switch_fault(self, name: str, *, active: bool) -> None:
        """Switch one of the paper trader's faults."""
        fault = {"name": name, "active": active}
        (await self.http.post(f"{self.trader_url}/sandbox/fault", json=fault)).raise_for_status()

    async def stop_bot(self) -> None:
        """End the bot in order, where it runs."""
        await self.bot.stop()
        process = self.bot._process
        assert process is None or process.returncode == 0, f"it did not end in order. {self.bot.last_words()}"

    def hold_bot_runs(self) -> None:
        """A bot that nobody killed runs."""
        process = self.bot._process
        assert process is not None
        assert process.returncode is None, f"the bot ended by itself. {self.bot.last_words()}"

    def told(self) -> str:
        """Return the last of what is known, for the words of a failure."""
        last = "\n".join(f"{e.seq} {e.at:%H:%M:%S.%f} {of_entry(e).what}" for e in self.eye.entries[-25:])
        return f"The ledger's end:\n{last}\n{self.bot.last_words()}"

    def running(self) -> list[str]:
        """Return what the channel shows as not ended yet."""
        return [said["text"] for said in self.said() if is_under_way(said)]

    def said(self) -> list[Json]:
        """Return everything that stands in the channel and its threads."""
        return self.workspace.desk.log.everything(CHANNEL_ID)

    async def see(self, place: str, what: str, side: str) -> bool:
        """Note what the bot, or a script of the desk, is about to do or has done."""
        if what.startswith("script "):
            place, _, what = what.partition(" ")
        return await self.trap.note(Boundary(place, what, side))

    async def see_slack(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Stand between the bot and the workspace; a call during which the bot dies before it was taken never was."""
        body = await request.text() if request.path.startswith("/api/") else ""  # the rest is bytes of files
        what = of_slack_call(request.path, body)
        if await self.see("slack", what, "before"):
            return web.Response(status=503)
        answer = await handler(request)
        if what != "link":
            await self.see("slack", what, "after")
        return answer


@asynccontextmanager
async def open_stage(folder: Path, database: str, ledger: str = "") -> AsyncIterator[ChaosStage]:
    """Start every part but the bot.

    Args:
        folder: where everything is written; it exists.
        database: the URL of an empty PostgreSQL database for the trader's orders.
        ledger: the address of the bot's ledger; SQLite in the folder where it is empty.
    """
    stages: list[ChaosStage] = []
    async with AsyncExitStack() as stack:
        workspace = await stack.enter_async_context(_workspace())
        began = time.monotonic()
        trader_url = await stack.enter_async_context(running_trader(folder, database))
        starts_in = time.monotonic() - began
        prometheus = await stack.enter_async_context(
            PrometheusStandIn(
                trader_url, RULES_FILE, scrape_interval=_SCRAPE_EVERY, evaluation_interval=_EVALUATE_EVERY
            )
        )
        proxies = [
            await stack.enter_async_context(Proxy(target, _seen_at(place, stages)))
            for place, target in (("trader", trader_url), ("prometheus", prometheus.url))
        ]
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=10.0))
        bot = bot_process(folder, folder / "burnin.yaml", workspace)
        stage = ChaosStage(
            folder=folder,
            ledger=ledger or f"sqlite:///{folder / 'burnin.db'}",
            workspace=workspace,
            trader_url=trader_url,
            proxy=proxies[0],
            prometheus=prometheus,
            prometheus_proxy=proxies[1],
            http=http,
            database=database,
            bot=bot,
            starts_in=starts_in,
            takes_over=STALE_AFTER + LOOK_EVERY if ledger else 0.0,
        )
        stage.trap = Trap(bot.kill)
        stages.append(stage)
        workspace.intercept = stage.see_slack
        stack.push_async_callback(bot.stop)
        stage.eye = await stack.enter_async_context(_eye(stage))
        yield stage


def _seen_at(place: str, stages: Sequence[ChaosStage]) -> Callable[[str, str], Any]:
    async def seen(what: str, side: str) -> bool:
        return await stages[0].see(place, what, side) if stages else False

    return seen


def _workspace() -> Workspace:
    return Workspace(commands=(SlashCommand("/burnin"),), limits=_LIMITS)


@asynccontextmanager
async def _eye(stage: ChaosStage) -> AsyncIterator[LedgerEye]:
    stage.plan_session(0.0, 0.001)  # a configuration needs a session; this one is over before anybody watched
    ledger = await open_ledger(load_settings(stage.configuration, {}).ledger)
    eye = LedgerEye(ledger, lambda entry: stage.trap.note(of_entry(entry)))
    following = asyncio.create_task(eye.follow())
    try:
        yield eye
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await ledger.close()


def _scripts(url: str) -> dict[str, Any]:
    plan = [word for name in ("symbol", "side", "qty", "strategy") for word in (f"--{name}", f"{{{name}}}")]
    words = {"inject_plan": plan, "report": ["report"], "hygiene": ["hygiene"]}
    script = [sys.executable, "-m", "tests.support.chaos_script", url]
    return {name: {"argv": [*script, name, *rest, "--url", url]} for name, rest in words.items()}


def _weekday(number: int) -> date:
    return _FIRST_DAY + timedelta(days=number // 5 * 7 + number % 5)


__all__ = ["TRADER", "ChaosStage", "open_stage"]
