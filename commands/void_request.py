"""The request to void a day that an answer is about: found by its number, and still open."""

from typing import Literal

from pydantic import Field

from bot.daybook import standing_streak, streak_note, void_requests_of
from bot.domain.results import StreakCount, VoidReport
from bot.domain.streak import Streak
from bot.domain.void import VoidAnswer, VoidRequest
from bot.errors import Refused, UsageError
from commands.command import Call, CommandOptions


class RequestOptions(CommandOptions):
    """A command about one request."""

    request: int | None = Field(
        None,
        ge=1,
        description="the number of a request, as its message gives it",
        json_schema_extra={"positional": True},
    )


async def open_request(call: Call, options: RequestOptions, command: str) -> VoidRequest:
    """Return the request that is meant.

    Raises:
        UsageError: none is named; the text lists those that are open.
        Refused: there is none of this number for this trader, or it is answered or expired.
    """
    requests, now = await void_requests_of(call.desk, call.trader), call.desk.clock.now()
    waiting = [request for request in requests if request.is_open(now)]
    if options.request is None and not waiting:
        words = f"No request to void a day of {call.trader.name} is open."
        raise Refused("no_request", words, call.line("status"))
    if options.request is None:
        hint = f"{command} {waiting[0].number} {call.trader.name}" if len(waiting) == 1 else f"{command} [request]"
        raise UsageError(f"{command}: which request? {_listed(waiting)}", hint=hint)
    found = next((request for request in requests if request.number == options.request), None)
    if found is None:
        words = f"{call.trader.name} has no request {options.request}. {_listed(waiting)}"
        raise Refused("no_request", words)
    if found.answer is not None:
        answer = found.answer
        by = "for nobody answered it" if answer.decision == "expired" else f"by {answer.by}"
        when = f"{answer.at:%Y-%m-%d %H:%M:%S} UTC"
        raise Refused("answered", f"Request {found.number} to void {found.day} was {answer.decision} {by} at {when}.")
    if not found.is_open(now):
        words = f"Request {found.number} to void {found.day} expired at {found.expires_at:%H:%M:%S} UTC. Ask again."
        raise Refused("expired", words)
    return found


def _listed(requests: list[VoidRequest]) -> str:
    if not requests:
        return "No request is open."
    told = (f"{each.number} (void {each.day}, asked by {each.asked_by}: {each.reason})" for each in requests)
    return f"Open: {'; '.join(told)}."


async def report_on(call: Call, request: VoidRequest, counted: Streak | None = None) -> VoidReport:
    """Return what a command tells of a request, with the streak as it is, or as it is from now on."""
    counted = counted or await standing_streak(call.desk, call.trader)
    return VoidReport(
        trader=call.trader.name,
        date=request.day,
        request=request.number,
        state=request.answer.decision if request.answer else "asked",
        reason=request.reason,
        asked_by=request.asked_by,
        expires_at=request.expires_at,
        decided_by=request.answer.by if request.answer else None,
        streak=StreakCount.of(counted),
        streak_note=streak_note(counted),
    )


def answered(request: VoidRequest, call: Call, decision: Literal["approved", "declined"]) -> VoidRequest:
    """Return a request with the answer of the one who runs a command."""
    answer = VoidAnswer(decision=decision, by=call.actor, at=call.desk.clock.now())
    return request.model_copy(update={"answer": answer})
