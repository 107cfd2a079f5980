"""Put the report of a day, or of the whole burn-in, into the channel: one page that opens in any browser.

It says why the verdict stands and shows what it rests on: the session's picture, each criterion with its evidence, who
ran what. A day's comes into its thread, and by itself once the day is closed; the burn-in's into the channel, and by
itself with the clearance. An open day's says that it is open.
"""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.daybook import record_of, report_of, was_begun
from bot.desk import Desk, TraderDesk
from bot.domain.people import Role
from bot.domain.results import ReportAsked
from bot.domain.session import Session
from bot.errors import Refused
from bot.reporting import burn_in_days, burn_in_told, day_told
from commands.command import Call, CommandOptions, Result
from commands.session_day import a_day, newest_session, not_opened, session_named

ROLE = Role.OPERATOR
EXAMPLES = ("report", "report yesterday", "report burn-in")

BURN_IN = "burn-in"
_ITS_NAMES = (BURN_IN, "burnin", "burn in", "all")


def _a_day_or_all(text: str) -> str:
    return BURN_IN if " ".join(text.lower().split()) in _ITS_NAMES else a_day(text)


class Options(CommandOptions):
    """Which day, or all of the burn-in's; the session that is open, or the last one, if left out."""

    day: Annotated[str, AfterValidator(_a_day_or_all)] | None = Field(
        None,
        description="burn-in, or a day: 2026-11-20, 20 Nov, monday, today or yesterday (the session before)",
        json_schema_extra={"positional": True, "words": 4},
    )


async def run(call: Call, options: Options) -> Result:
    """Have a report put into the channel."""
    desk, trader, key, now = call.desk, call.trader, f"report:{call.started}", call.desk.clock.now()
    if options.day == BURN_IN:
        days = await days_of_burn_in(desk, trader)
        told = burn_in_told(trader.name, days, now, key=key, actor=call.actor)
        return Result(ReportAsked(trader=trader.name, days=days, whole=True), (told,))
    session = await session_of(desk, trader, options.day)
    told = day_told(await report_of(desk, trader, session), now, key=key, actor=call.actor)
    return Result(ReportAsked(trader=trader.name, days=(session.date,)), (told,))


async def days_of_burn_in(desk: Desk, trader: TraderDesk) -> tuple[date, ...]:
    """Return the days of a trader's burn-in.

    Raises:
        Refused: there are none yet.
    """
    if days := await burn_in_days(desk, trader):
        return days
    said = f"No day of {trader.name} is closed yet, so there is no burn-in to report on. A day can be: leave it out."
    raise Refused("not_closed", said, hint="report")


async def session_of(desk: Desk, trader: TraderDesk, day: str | None) -> Session:
    """Return the session that a word names; without one that is open, or the last.

    Raises:
        UsageError: there is no session on that day.
        Refused: nothing is known of it, or not yet.
    """
    now = desk.clock.now()
    if (recorded := await _recorded(desk, trader, day)) is not None:
        return recorded
    session = session_named(trader, day, now, "report") if day else newest_session(trader, now)
    if session is None:
        said = f"The calendar of {trader.name} holds no session to report on: look at traders[].calendar."
        raise Refused("no_session", said, hint="status")
    if now < session.opens:
        raise Refused("no_session", f"{not_opened(session, now)} There is nothing to report on.", hint="status")
    if not await was_begun(desk, trader, session):
        said = f"Nobody watched {trader.name} by {session.date}; there is nothing to report on. Is the bot running?"
        raise Refused("never_watched", said, hint="status")
    return session


async def _recorded(desk: Desk, trader: TraderDesk, day: str | None) -> Session | None:
    """Return the session of a closed day as it was judged, whatever the calendar says by now."""
    try:
        record = await record_of(desk, trader, date.fromisoformat(day or ""))
    except ValueError:
        return None
    return record.session if record else None
