"""Decline a request to void a day: it then counts as it did. Who asked may withdraw a request so.

The first answer to a request is the only one.
"""

from bot.domain.people import Role
from bot.domain.standing import VoidRefused, void_key
from bot.errors import Refused
from bot.voiding import decided
from commands.command import Call, Result
from commands.void_request import RequestOptions, answered, open_request, report_on

ROLE = Role.OPERATOR


class Options(RequestOptions):
    """Which request, by its number."""


async def run(call: Call, options: Options) -> Result:
    """Decline it, or withdraw one's own."""
    request = await open_request(call, options, "decline")
    own = (request.asked_by.kind, request.asked_by.id) == (call.actor.kind, call.actor.id)
    if not own and not call.role.allows(Role.APPROVER):
        why = await call.why_not(Role.APPROVER)
        raise Refused("role", f"{why} {request.asked_by}, who asked for it, may withdraw it.".strip())
    refused = answered(request, call, "declined")
    body = VoidRefused(request=request.number, why="declined")
    draft = call.draft(body, request.day).model_copy(update={"key": void_key(request.number)})
    how = "withdrawn" if own else "declined"
    return Result(
        await report_on(call, refused),
        (draft, *decided(call.trader.name, refused)),
        detail=f"Request {request.number} to void {request.day} is {how}; the day counts as it did.",
        instead=lambda: run(call, options),
    )
