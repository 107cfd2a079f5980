"""Read the trader's gauges once and hold them against their targets.

Leader, the three heartbeats, scan ticks, orders placed and OCO children, together with what `/ready` and the
supervisor say. A trader that does not say that it is ready passes no check. It changes nothing and takes no part in
the day's verdict: the watch does that, all session long.
"""

import asyncio
import shlex
from collections.abc import Awaitable, Mapping

from pydantic import Field

from bot.daybook import say
from bot.domain.entry import Draft
from bot.domain.judge import describe_reason, judge_gauges
from bot.domain.metrics import SCAN_TICKS
from bot.domain.notice import RowsFile
from bot.domain.people import Role
from bot.domain.results import CheckReport
from bot.domain.sample import Reading
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict, worst
from bot.errors import BurninError, Refused
from commands.command import Call, CommandOptions, Result
from commands.session_day import newest_session

ROLE = Role.VIEWER
EXAMPLES = ("check", "check --share")

_COLUMNS = ("gauge", "metric", "value", "target", "verdict", "reason")
_INFORMS_ONLY = ("orders_placed", "oco_children_created", "retries.token_refresh", "retries.rate_limit")


class Options(CommandOptions):
    """Who is told."""

    share: bool = Field(False, description="tell the day's thread as well, with all rows as CSV")


async def run(call: Call, options: Options) -> Result:
    """Check a trader quickly."""
    if options.share and not _may_share(call):
        words = call.refusal or f"Sharing it tells the channel. {await call.why_not(Role.OPERATOR)}".strip()
        raise Refused("role", words, call.line("check"))
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
        shared=options.share,
    )
    detail = " ".join(f"{g.name}: {describe_reason(g.reason)}" for g in gauges if g.verdict != "PASS")
    if options.share:
        return Result(report, _shared(call, report), detail=detail)
    return Result(report, detail=detail, hint=f"check {shlex.quote(desk.name)} --share" if _may_share(call) else "")


def _may_share(call: Call) -> bool:
    return call.role.allows(Role.OPERATOR)


def _shared(call: Call, report: CheckReport) -> tuple[Draft, ...]:
    """Return the entries that tell the thread of the day: the table, and beside it all rows as a file."""
    session = newest_session(call.trader, report.at)
    day = session.date if session is not None and session.opens <= report.at else None
    rows = RowsFile(
        name="check",
        title=f"Gauges read at {report.at:%H:%M:%S} UTC",
        columns=_COLUMNS,
        rows=tuple((r.name, r.metric, r.shown, r.target, r.verdict.value, r.reason) for r in report.readings),
    )
    file = say(rows, key=f"rows:{call.started}", trader=report.trader, at=report.at, day=day)
    return (call.told(report, day), file)


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
