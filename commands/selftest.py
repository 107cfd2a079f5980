"""See whether the gate can fail: planted faults must be found.

For each criterion the judge is shown known-bad days, made of the trader's own metrics and policy; each SQL check is
tried on rows planted in temporary tables, which are rolled back. The trader is not asked for anything. Every close does
the same before its verdict: a PASS counts only where what was planted was found.
"""

from bot.domain.entry import SelfTested
from bot.domain.people import Role
from bot.selftest.self_test import report_of, self_test
from commands.command import Call, CommandOptions, Result
from commands.session_day import newest_session

ROLE = Role.OPERATOR


class Options(CommandOptions):
    """Nothing but the trader."""


async def run(call: Call, options: Options) -> Result:  # noqa: ARG001 - every command has this shape
    """Run the self-test; it is evidence of the session that is open, or of the last one."""
    session = newest_session(call.trader, call.desk.clock.now())
    day = session.date if session is not None and session.opens <= call.desk.clock.now() else None
    measured = await self_test(call.desk, call.trader)
    report = report_of(call.trader.name, measured)
    drafts = (call.draft(SelfTested(run=measured), day), call.told(report, day))
    return Result(report, drafts, reason=report.reason, detail=report.detail)
