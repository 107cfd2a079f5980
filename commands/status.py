"""Show where the burn-in stands: today, the streak, what runs and what to do next.

Without a trader it shows all of them.
"""

from bot.daybook import next_step, report_of
from bot.desk import TraderDesk
from bot.domain.people import Role
from bot.domain.results import DayReport, RunningCommand, StatusList, StatusReport
from bot.domain.session import Session
from commands.command import Call, CommandOptions, Result
from commands.session_day import newest_session, was_begun

ROLE = Role.VIEWER
NEEDS_TRADER = False


class Options(CommandOptions):
    """Status takes nothing but the trader."""


async def run(call: Call, options: Options) -> Result:
    """Tell where one trader, or every trader, stands."""
    chosen = [call.trader] if options.trader else list(call.desk.traders.values())
    return Result(StatusList(traders=tuple([await _status(call, trader) for trader in chosen])))


async def _status(call: Call, trader: TraderDesk) -> StatusReport:
    now = call.desk.clock.now()
    session = newest_session(trader, now)
    report = await report_of(call.desk, trader, session) if session else None
    running = await call.desk.ledger.running(now, trader.name)
    return StatusReport(
        trader=trader.name,
        at=now,
        day=report,
        next_session=trader.calendar.following(now),
        running=tuple(
            RunningCommand(command=entry.body.command, actor=str(entry.actor), since=entry.at)
            for entry in running
            if entry.body.kind == "command_started" and entry.seq != call.started
        ),
        next_step=await _next_step(call, trader, session, report) if session and report else "",
    )


async def _next_step(call: Call, trader: TraderDesk, session: Session, report: DayReport) -> str:
    """Return what to run next; a day from before the burn-in is no day to close."""
    step = next_step(report)
    return step if step != "close" or await was_begun(call.desk, trader, session) else ""
