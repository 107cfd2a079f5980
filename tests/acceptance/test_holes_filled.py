"""A bot that is killed in its session and comes back: what it missed is proven by a real Prometheus, or by nothing."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.real_prometheus import RealPrometheus
from tests.support.terminal_bot import TerminalBot, until
from tests.support.ticking_trader import ticking_trader

pytestmark = pytest.mark.timeout(180)

AWAY = 20.0  # seconds
GAUGES = ("leader", "heartbeat.marketdata", "heartbeat.order_stream", "heartbeat.scan")
COUNTERS = ("scan_ticks", "retries.token_refresh", "retries.rate_limit")
POLICY = {
    "scan_ticks": {"window": "10s"},
    "retries": {"token_refresh": {"window": "10s"}, "rate_limit": {"window": "10s"}},
    "excluded": dict.fromkeys(("drill", "flatten", "reconcile", "alerts"), "another test's"),
}


def told(said: str, trader: str, words: str) -> bool:
    """Tell whether the bot, back again, has said this of a trader."""
    return any("The bot was away" in line and trader in line and words in line for line in said.splitlines())


async def closed(bot: TerminalBot, name: str) -> tuple[Any, dict[str, Any]]:
    """Close a trader's day; return the whole of it, and its criteria by id. `day` must tell them alike."""
    day = await bot.ask("close", "--trader", name)
    assert (await bot.ask("day", "--trader", name))["criteria"] == day["criteria"]
    return day, {criterion["id"]: criterion for criterion in day["criteria"]}


async def test_a_killed_bot_has_its_hole_filled(tmp_path: Path) -> None:
    """Twenty seconds without the bot are proven by Prometheus's own samples; without a Prometheus they are a gap."""
    for name in ("there", "gone"):
        (tmp_path / name).mkdir()
    async with (
        ticking_trader() as trader,
        RealPrometheus(tmp_path / "there", targets={"trader": trader.url}) as there,
        RealPrometheus(tmp_path / "gone", targets={"trader": trader.url}) as gone,
    ):
        sections = [
            {"name": "filled", "url": trader.url, "prometheus": there.url},
            {"name": "gone", "url": trader.url, "prometheus": gone.url},
            {"name": "without", "url": trader.url},
        ]
        async with TerminalBot(tmp_path, sections, POLICY, opens_in=12, seconds=40) as bot:
            await asyncio.gather(there.settled(), gone.settled())
            await until(bot.opens + timedelta(seconds=5))
            await asyncio.gather(bot.kill(), gone.kill())
            await asyncio.sleep(AWAY)
            await bot.start()
            await eventually(lambda: told(bot.said, "filled", "Prometheus filled it with"))
            await eventually(lambda: told(bot.said, "gone", "Prometheus could not fill it"))
            await until(bot.closes + timedelta(seconds=1))
            found = await asyncio.gather(*(closed(bot, name) for name in ("filled", "gone", "without")))
    (day, criteria), *others = found
    assert day["verdict"] == "PASS"
    assert {criteria[name]["verdict"] for name in (*GAUGES, *COUNTERS)} == {"PASS"}
    for name in GAUGES:
        assert criteria[name]["evidence"]["sources"]["prometheus"] >= AWAY
    for day, criteria in others:
        assert day["verdict"] == "INCONCLUSIVE"
        assert {(criteria[name]["verdict"], criteria[name]["reason"]) for name in GAUGES} == {("INCONCLUSIVE", "gap")}
