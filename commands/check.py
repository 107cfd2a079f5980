"""Read the trader's gauges once and hold them against their targets.

Leader, the three heartbeats, scan ticks, orders placed and OCO children, together with what `/ready` and the
supervisor say. A trader that does not say that it is ready passes no check. It changes nothing and takes no part in
the day's verdict: the watch does that, all session long.
"""

import asyncio
from collections.abc import Awaitable, Mapping

from bot.domain.judge import judge_gauges
from bot.domain.metrics import SCAN_TICKS
from bot.domain.people import Role
from bot.domain.results import CheckReport
from bot.domain.sample import Reading
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict, worst
from bot.errors import BurninError
from commands.command import Call, CommandOptions, Result

ROLE = Role.VIEWER

_INFORMS_ONLY = ("orders_placed", "oco_children_created", "retries.token_refresh", "retries.rate_limit")


class Options(CommandOptions):
    """Check takes nothing but the trader."""


async def run(call: Call, options: Options) -> Result:  # noqa: ARG001 - every command has this shape
    """Check a trader quickly."""
    desk = call.trader
    earlier = await _earlier(call)
    readings, ready, supervisor = await asyncio.gather(
        desk.trader.scrape(), _said_by(desk.trader.ready()), _said_by(desk.trader.supervisor())
    )
    # Gauges are judged as they are now; only ticks need an earlier reading to be seen to rise.
    before = {**readings, SCAN_TICKS: earlier[SCAN_TICKS]} if SCAN_TICKS in earlier else readings
    gauges = judge_gauges(desk.policy, desk.metrics, before, readings)
    report = CheckReport(
        trader=desk.name,
        at=call.desk.clock.now(),
        verdict=worst([*(gauge.verdict for gauge in gauges if gauge.name not in _INFORMS_ONLY), _readiness(ready)]),
        readings=gauges,
        ready=ready,
        supervisor=supervisor,
    )
    return Result(report, reason="", detail="; ".join(g.reason for g in gauges if g.verdict != "PASS"))


async def _earlier(call: Call) -> Mapping[str, Reading]:
    """Return an earlier scrape: the oldest that the watch keeps, or one taken now and waited for."""
    window = call.trader.policy.scan_ticks.window
    oldest = call.desk.recent.oldest(call.trader.name, call.desk.clock.now() - window)
    if oldest is not None:
        return oldest.readings
    earlier = await call.trader.trader.scrape()
    await call.desk.clock.sleep(call.trader.policy.scrape_interval.total_seconds())
    return earlier


async def _said_by(answer: Awaitable[JsonObject]) -> JsonObject:
    try:
        return await answer
    except BurninError as error:
        return {"error": str(error)}


def is_ready(ready: JsonObject) -> bool:
    """Tell whether `/ready` says so; words such as `"status": "ok"` are as good as none, a number is HTTP's own."""
    status = ready.get("status")
    refused = isinstance(status, int) and status >= 400  # noqa: PLR2004 - HTTP's own number
    return ready.get("ready", True) is True and not refused


def _readiness(ready: JsonObject) -> Verdict:
    """A trader that is not ready, or does not say, passes no check, however good its gauges are."""
    return Verdict.PASS if is_ready(ready) and "error" not in ready else Verdict.INCONCLUSIVE
