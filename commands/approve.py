"""Approve a request to void a day. It takes another person than the one who asked; the first answer is the only one.

The day then neither counts nor resets the streak, whatever its verdict is or will be, and says so wherever it is shown.
"""

from bot.domain.people import Role
from bot.domain.void import VoidRequest
from bot.errors import Refused
from bot.voiding import void_day
from commands.command import Call, Result
from commands.void_request import RequestOptions, answered, open_request, report_on

ROLE = Role.APPROVER


class Options(RequestOptions):
    """Which request, by its number."""


async def run(call: Call, options: Options) -> Result:
    """Make the day void, with all that follows from it for streak and clearance."""
    request = await open_request(call, options, "approve")
    _refuse_unless_another(call, request)
    approved = answered(request, call, "approved")
    voiding = await void_day(call.desk, call.trader, approved, call.origin)
    report = await report_on(call, approved, voiding.streak)
    detail = f"{request.day} is VOID. {voiding.note}."
    return Result(report, voiding.drafts, detail=detail, instead=lambda: run(call, options))


def _refuse_unless_another(call: Call, request: VoidRequest) -> None:
    """Two people must want it: who they are can be told apart only where both are known by the same kind of name."""
    asked_by = request.asked_by
    if (asked_by.kind, asked_by.id) == (call.actor.kind, call.actor.id):
        words = f"You asked for this yourself; another approver approves it. To withdraw it: decline {request.number}."
        raise Refused("own_request", words)
    if asked_by.kind != call.actor.kind:
        where = "in Slack" if asked_by.kind == "slack" else "on the command line"
        words = f"{asked_by} asked {where}, and nobody can tell here that you are somebody else. Approve it {where}."
        raise Refused("other_surface", words)
