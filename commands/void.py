"""Ask for a day to be void: it then neither counts nor resets the streak, whatever its verdict is or will be.

For what was not the trader's doing, such as an outage of the exchange or a wrong configuration. Another person, an
approver, has to approve it in time; until then nothing changes. Without a day it is the session that is open, or the
last one.
"""

from pydantic import Field

from bot.daybook import record_of, void_requests_of, voids_of, was_begun
from bot.domain.people import Role
from bot.domain.session import Session
from bot.domain.standing import VoidRequested
from bot.domain.void import VoidRequest
from bot.errors import Refused, UsageError
from bot.voiding import already_void, asking
from commands.command import Call, Result
from commands.session_day import DayOptions, newest_session, session_named
from commands.void_request import report_on

ROLE = Role.OPERATOR
MOST_REASON = 500  # characters


class Options(DayOptions):
    """Which day, and why."""

    reason: str | None = Field(
        None,
        max_length=MOST_REASON,
        description=f"a reason why the day should not count, of at most {MOST_REASON} characters; it is needed",
        json_schema_extra={"text": True},
    )


async def run(call: Call, options: Options) -> Result:
    """Ask for it; who else may approve it sees it in the day's thread and in the channel."""
    reason = " ".join((options.reason or "").split())
    if not reason:
        raise UsageError("void: say why the day should not count.", hint="void [day] --reason [why]")
    session = _session(call, options)
    await _refuse_what_never_began(call, session)
    asked_before = await _refuse_twice(call, session)
    now = call.desk.clock.now()
    request = VoidRequest(
        number=call.started,
        day=session.date,
        reason=reason,
        asked_by=call.actor,
        at=now,
        expires_at=now + call.desk.void_expires,
    )
    # Of two who ask in the same moment, the second is told of the first.
    key = f"void_requested:{call.trader.name}:{session.date}:{asked_before}"
    body = VoidRequested(request=request.number, reason=reason, expires_at=request.expires_at)
    asked = call.draft(body, session.date).model_copy(update={"key": key})
    detail = f"Request {request.number} to void {session.date}: another person, an approver, has to approve it."
    return Result(
        await report_on(call, request),
        (asked, asking(call.trader.name, request)),
        detail=detail,
        instead=lambda: run(call, options),
    )


def _session(call: Call, options: Options) -> Session:
    now = call.desk.clock.now()
    session = session_named(call.trader, options.day, now) if options.day else newest_session(call.trader, now)
    if session is None or now < session.opens:
        which = f"The session of {session.date}" if session else f"The first session of {call.trader.name}"
        raise Refused("not_begun", f"{which} has not opened yet; only a day that began can be void.")
    return session


async def _refuse_what_never_began(call: Call, session: Session) -> None:
    closed = await record_of(call.desk, call.trader, session.date) is not None
    if not closed and not await was_begun(call.desk, call.trader, session):
        words = f"Nobody watched {call.trader.name} by {session.date}: that is no day of this burn-in."
        raise Refused("never_watched", words, call.line("history"))


async def _refuse_twice(call: Call, session: Session) -> int:
    """Return how often this day was asked for before."""
    if mark := (await voids_of(call.desk, call.trader)).get(session.date):
        raise already_void(session.date, mark)
    earlier = [each for each in await void_requests_of(call.desk, call.trader) if each.day == session.date]
    for request in earlier:
        if request.is_open(call.desk.clock.now()):
            words = (
                f"{request.asked_by} has asked for that already: {request.reason}. "
                f"Another person approves or declines request {request.number}."
            )
            raise Refused("asked_already", words)
    return len(earlier)
