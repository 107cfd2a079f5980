"""The panel beside the channel: the paper trader's gauges as they are, against their targets."""

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from bot.adapters.exposition import read_roles
from bot.domain.day import state_of
from bot.domain.judge import judge_gauges
from bot.domain.metrics import Metrics
from bot.domain.policy import Policy
from bot.domain.results import GaugeReading
from bot.domain.sample import Reading
from bot.domain.verdict import Verdict
from bot.errors import BurninError
from bot.sandbox import wallclock
from bot.sandbox.configuration import TRADER
from bot.sandbox.stage import Stage

_EVERY = 0.5  # seconds
_OK = {Verdict.PASS: True, Verdict.FAIL: False, Verdict.INCONCLUSIVE: None}


async def show_gauges(stage: Stage) -> None:
    """Show the gauges on the page until cancelled."""
    metrics, policy = Metrics(), Policy()
    before: dict[str, Reading] | None = None
    while True:
        readings = await _read(stage, metrics)
        if readings is not None:
            judged = judge_gauges(policy, metrics, before or readings, readings)
            stage.workspace.set_gauges(
                {"trader": TRADER, "readings": [_shown(gauge) for gauge in judged], "session": _session(stage)}
            )
            before = readings
        await asyncio.sleep(_EVERY)


async def _read(stage: Stage, metrics: Metrics) -> dict[str, Reading] | None:
    try:
        answer = await stage.http.get(f"{stage.trader_url}/metrics")
        return read_roles(answer.text, answer.headers.get("content-type", ""), metrics.roles())
    except (httpx.HTTPError, BurninError):
        return None  # the page shows the last ones; the next look comes soon


def _shown(gauge: GaugeReading) -> dict[str, Any]:
    return {"name": gauge.name, "value": gauge.value, "target": gauge.target, "ok": _OK[gauge.verdict]}


def _session(stage: Stage) -> dict[str, str] | None:
    now = wallclock.now()
    session = next((each for each in stage.sessions if now <= each.closes), None)
    if session is None:
        return None
    zone = ZoneInfo(session.timezone)
    return {
        "date": str(session.date),
        "open": session.opens.astimezone(zone).isoformat(timespec="seconds"),
        "close": session.closes.astimezone(zone).isoformat(timespec="seconds"),
        "state": state_of(session, None, now).value,
    }
