"""Look for duplicates and orphans in the trader's database.

Runs every SQL check over the orders of a session, read only: each row that a check returns is a violation. During a
session the window ends now; afterwards it is the whole session. The result is evidence of that day.
"""

from bot.daybook import say
from bot.domain.entry import Draft, ReconcileMeasured
from bot.domain.evidence import ReconcileRun
from bot.domain.judge import judge_reconcile, judge_reconcile_check
from bot.domain.people import Role
from bot.domain.results import CheckRows, ReconcileReport
from bot.domain.session import Session
from bot.errors import Refused
from commands.command import Call, Result
from commands.rows_found import RowsFound
from commands.session_day import DayOptions, newest_session, not_opened, nothing_yet, session_named

ROLE = Role.OPERATOR


class Options(DayOptions):
    """Which day; the session that is open, or the last one, if left out."""


async def run(call: Call, options: Options) -> Result:
    """Reconcile one session's orders."""
    now = call.desk.clock.now()
    session = session_named(call.trader, options.day, now) if options.day else newest_session(call.trader, now)
    if session is None:
        raise nothing_yet(call, "reconcile")
    if now < session.opens:
        raise Refused("no_session", f"{not_opened(session, now)} There is nothing to reconcile.", call.line("status"))
    found = RowsFound()
    measured = await reconcile_session(call, session, found)
    finding = judge_reconcile(measured)
    report = report_of(call.trader.name, measured)
    drafts = (call.draft(ReconcileMeasured(run=measured), session.date), call.told(report, session.date))
    return Result(
        report, (*drafts, *rows_told(call, session, measured, found)), reason=finding.reason, detail=finding.detail
    )


async def reconcile_session(call: Call, session: Session, found: RowsFound) -> ReconcileRun:
    """Run the checks over a session, or over what has passed of it; the rows they find are kept beside it."""
    now = call.desk.clock.now()
    closed = min(session.closes, now)
    if call.trader.order_book is None:
        return ReconcileRun(
            at=now,
            opened=session.opens,
            closed=closed,
            orders=None,
            error="no database is configured; set traders[].database",
        )
    return await call.trader.order_book.reconcile(session.opens, closed, found)


def rows_told(call: Call, session: Session, measured: ReconcileRun, found: RowsFound) -> tuple[Draft, ...]:
    """Return the entry that queues a file with every row of a run; nothing where there is none."""
    file = found.file(measured, session)
    if file is None:
        return ()
    at, trader = call.desk.clock.now(), call.trader.name
    return (say(file, key=f"rows:{call.started}", trader=trader, at=at, day=session.date),)


def report_of(trader: str, measured: ReconcileRun) -> ReconcileReport:
    """Return a run as the contract shows it."""
    finding = judge_reconcile(measured)
    checks = tuple(
        CheckRows(
            name=check.name,
            rows=check.rows,
            verdict=judged.verdict,
            sample=check.sample,
            detail=judged.detail,
        )
        for check in measured.checks
        for judged in (judge_reconcile_check(check),)
    )
    return ReconcileReport(
        trader=trader, verdict=finding.verdict, checks=checks, orders=measured.orders, detail=finding.detail
    )
