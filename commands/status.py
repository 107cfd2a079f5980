"""Show where the burn-in stands: today, the streak, the last days, what runs and what to do next.

Without a trader it shows all of them.
"""

from collections.abc import Sequence

from bot.clearance import standing_clearance
from bot.daybook import next_step, report_of, void_requests_of, voids_of
from bot.desk import TraderDesk
from bot.domain.entry import Entry
from bot.domain.people import Role
from bot.domain.results import (
    ClearanceMark,
    PastDay,
    RunningCommand,
    StatusList,
    StatusReport,
    VoidWaiting,
)
from commands.command import Call, CommandOptions, Result
from commands.session_day import newest_session

ROLE = Role.VIEWER
NEEDS_TRADER = False

_LATELY = 10  # closed days


class Options(CommandOptions):
    """Status takes nothing but the trader."""


async def run(call: Call, options: Options) -> Result:
    """Tell where one trader, or every trader, stands."""
    chosen = [call.trader] if options.trader else list(call.desk.traders.values())
    running = await call.desk.ledger.running(call.desk.clock.now())
    return Result(StatusList(traders=tuple([await _status(call, trader, running) for trader in chosen])))


async def _status(call: Call, trader: TraderDesk, running: Sequence[Entry]) -> StatusReport:
    now = call.desk.clock.now()
    session = newest_session(trader, now)
    report = await report_of(call.desk, trader, session) if session else None
    return StatusReport(
        trader=trader.name,
        at=now,
        day=report,
        next_session=trader.calendar.following(now),
        running=tuple(
            RunningCommand(command=entry.body.command, actor=str(entry.actor), since=entry.at)
            for entry in running
            if entry.body.kind == "command_started" and entry.trader == trader.name and entry.seq != call.started
        ),
        next_step=next_step(report) if report else "",
        lately=await _lately(call, trader),
        clearance=await _clearance(call, trader),
        void_requests=await _void_requests(call, trader),
        legal_hold=trader.policy.legal_hold,
    )


async def _lately(call: Call, trader: TraderDesk) -> tuple[PastDay, ...]:
    days, void = await call.desk.ledger.closed_days(trader.name), await voids_of(call.desk, trader)
    return tuple(PastDay(date=one.day, verdict=one.verdict, void=one.day in void) for one in days[-_LATELY:])


async def _clearance(call: Call, trader: TraderDesk) -> ClearanceMark | None:
    standing = await standing_clearance(call.desk, trader)
    return ClearanceMark(since=standing.at, signed=standing.signed) if standing else None


async def _void_requests(call: Call, trader: TraderDesk) -> tuple[VoidWaiting, ...]:
    now = call.desk.clock.now()
    return tuple(
        VoidWaiting(
            number=asked.number,
            day=asked.day,
            reason=asked.reason,
            asked_by=asked.asked_by,
            expires_at=asked.expires_at,
        )
        for asked in await void_requests_of(call.desk, trader)
        if asked.is_open(now)
    )
