"""Show the closed days, newest first, and the streak they make."""

from datetime import date

from pydantic import Field

from bot.daybook import closed_report, record_of, standing_streak, streak_then, voids_of
from bot.domain.people import Role
from bot.domain.results import DayReport, HistoryReport, StreakCount, VoidMark
from commands.command import Call, CommandOptions, Result

ROLE = Role.VIEWER
EXAMPLES = ("history", "history --last 30")


class Options(CommandOptions):
    """How many days."""

    last: int = Field(10, ge=1, le=100, description="a number of days from 1 to 100, 10 if left out")


async def run(call: Call, options: Options) -> Result:
    """List a trader's closed days."""
    closed, void = await call.desk.ledger.closed_days(call.trader.name), await voids_of(call.desk, call.trader)
    days = [
        report
        for day in reversed(closed[-options.last :])
        if (report := await _report(call, day.day, void.get(day.day)))
    ]
    counted = StreakCount.of(await standing_streak(call.desk, call.trader))
    return Result(HistoryReport(trader=call.trader.name, days=tuple(days), streak=counted))


async def _report(call: Call, day: date, void: VoidMark | None) -> DayReport | None:
    record = await record_of(call.desk, call.trader, day)
    counted = await streak_then(call.desk, call.trader, day)
    return closed_report(call.trader.name, record, counted, void=void) if record else None
