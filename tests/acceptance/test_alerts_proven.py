"""One session of `burnin run` beside real Prometheuses: what happens to the rules decides what silence proves."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.real_prometheus import RealPrometheus
from tests.support.terminal_bot import TerminalBot, until
from tests.support.ticking_trader import TickingTrader, ticking_trader

pytestmark = pytest.mark.timeout(180)

FIRES_FOR = 10.0  # seconds


def rules(**expressions: str) -> str:
    """Return a rules file with one rule an expression."""
    lines = (f"      - {{alert: {name}, expr: '{expr}'}}" for name, expr in expressions.items())
    return "\n".join(["groups:", "  - name: desk", "    rules:", *lines, ""])


DOWN = 'up{job="trader"} == 0'
SEVERAL = "trader_legs * on (job) trader_legs > 5"  # many-to-many: refused only when there are two legs
QUIET = rules(TraderDown=DOWN)
LOADED = {"quiet.yml": QUIET, "alarm.yml": rules(TraderAlarm="trader_alarm == 1")}
UNEVALUABLE = {"quiet.yml": QUIET, "legs.yml": rules(TraderLegs=SEVERAL)}
FOUND = {
    "quiet": ("PASS", "proven", "None of 1 rule fired"),
    "fired": ("FAIL", "fired", "TraderAlarm fired"),
    "not-loaded": ("INCONCLUSIVE", "rules_not_loaded", "TraderSilent is not loaded"),
    "other-expression": ("INCONCLUSIVE", "rules_not_loaded", "TraderDown has another expression"),
    "unevaluable": ("INCONCLUSIVE", "evaluation_failed", "evaluation failed"),
    "restarted": ("INCONCLUSIVE", "prometheus_restarted", "restarted"),
}


def traders(folder: Path, url: str, steady: str, failing: str, restarted: str) -> list[dict[str, Any]]:
    """Return one trader a scenario: the same program, held to another rules file or another Prometheus."""
    files = {
        "quiet": (steady, QUIET),
        "fired": (steady, LOADED["alarm.yml"]),
        "not-loaded": (steady, rules(TraderDown=DOWN, TraderSilent="absent(trader_is_leader)")),
        "other-expression": (steady, rules(TraderDown=DOWN.replace("0", "2"))),
        "unevaluable": (failing, UNEVALUABLE["legs.yml"]),
        "restarted": (restarted, QUIET),
    }
    for name, (_, text) in files.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return [
        {"name": name, "url": url, "prometheus": prometheus, "rules_file": str(folder / f"{name}.yml")}
        for name, (prometheus, _) in files.items()
    ]


async def fire(trader: TickingTrader) -> None:
    """Let the trader's alarm stand for a while."""
    trader.alarm = True
    await asyncio.sleep(FIRES_FOR)
    trader.alarm = False


async def restart(prometheus: RealPrometheus) -> None:
    """Start a Prometheus anew after a crash."""
    await prometheus.kill()
    await prometheus.start()


async def judged(bot: TerminalBot, name: str) -> tuple[str, str, str]:
    """Close a trader's day and return the verdict on its alerts, the reason and the sentence."""
    day = await bot.ask("close", "--trader", name)
    [alerts] = [criterion for criterion in day["criteria"] if criterion["id"] == "alerts"]
    return alerts["verdict"], alerts["reason"], alerts["detail"]


async def test_silence_proves_only_what_prometheus_watched(tmp_path: Path) -> None:
    """Ten seconds of an alert FAIL a day; rules absent, changed or not evaluated leave it INCONCLUSIVE."""
    for name in ("steady", "failing", "restarted"):
        (tmp_path / name).mkdir()
    async with (
        ticking_trader() as trader,
        RealPrometheus(tmp_path / "steady", targets={"trader": trader.url}, rules=LOADED) as steady,
        RealPrometheus(tmp_path / "failing", targets={"trader": trader.url}, rules=UNEVALUABLE) as failing,
        RealPrometheus(tmp_path / "restarted", targets={"trader": trader.url}, rules=LOADED) as restarted,
    ):
        every = (steady, failing, restarted)
        sections = traders(tmp_path, trader.url, *(one.url for one in every))
        async with TerminalBot(tmp_path, sections, {}, opens_in=12, seconds=20) as bot:
            await asyncio.gather(*(one.settled() for one in every))
            await until(bot.opens + timedelta(seconds=2))
            await asyncio.gather(fire(trader), restart(restarted))
            await until(bot.closes + timedelta(seconds=1))
            found = await asyncio.gather(*(judged(bot, name) for name in FOUND))
            assert "TraderAlarm is firing" in bot.said  # told while it fired, not only at the close
    for name, (verdict, reason, detail) in zip(FOUND, found, strict=True):
        wanted_verdict, wanted_reason, words = FOUND[name]
        assert (name, verdict, reason) == (name, wanted_verdict, wanted_reason), detail
        assert words in detail
