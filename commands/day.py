"""Show one day: its state, and each criterion with its verdict and reason.

A closed day shows what was recorded. An open one shows what the watch and the commands have seen so far; its verdict
comes with `close`.
"""

from bot.daybook import report_of
from bot.domain.people import Role
from commands.command import Call, Result
from commands.session_day import DayOptions, newest_session, nothing_yet, session_named

ROLE = Role.VIEWER
EXAMPLES = ("day", "day yesterday", "day 20 Nov", "day monday")


class Options(DayOptions):
    """Which day; the session that is open, or the last one, if left out."""


async def run(call: Call, options: Options) -> Result:
    """Show a day."""
    now = call.desk.clock.now()
    session = session_named(call.trader, options.day, now) if options.day else newest_session(call.trader, now)
    if session is None:
        raise nothing_yet(call, "show")
    return Result(await report_of(call.desk, call.trader, session))
