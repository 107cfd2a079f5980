"""Show the closed days, newest first, and the streak they make."""

from pydantic import Field

from bot.daybook import closed_report, records_of
from bot.domain.people import Role
from bot.domain.results import HistoryReport, StreakCount
from bot.domain.streak import streak
from commands.command import Call, CommandOptions, Result

ROLE = Role.VIEWER


class Options(CommandOptions):
    """How many days."""

    last: int = Field(10, ge=1, le=100, description="how many days, 10 if left out")


async def run(call: Call, options: Options) -> Result:
    """List a trader's closed days."""
    records = await records_of(call.desk, call.trader)
    policy = call.trader.policy
    days = [
        closed_report(call.trader.name, record, streak(records[: number + 1], policy))
        for number, record in enumerate(records)
    ]
    newest = tuple(reversed(days[-options.last :]))
    return Result(HistoryReport(trader=call.trader.name, days=newest, streak=StreakCount.of(streak(records, policy))))
