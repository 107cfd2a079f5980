"""Sign the clearance off: on record that an approver has seen what it rests on, by name and with the time.

A clearance that comes to rest on other days, because one of them became void, has to be signed off anew.
"""

from pydantic import Field

from bot.clearance import signature, standing_clearance, turn_of
from bot.domain.clearance import Clearance
from bot.domain.people import Role, SignOff
from bot.domain.results import SignOffReport, StreakCount
from bot.errors import Refused
from commands.command import Call, CommandOptions, Result

ROLE = Role.APPROVER


class Options(CommandOptions):
    """Which clearance; the one that stands, if left out."""

    clearance: int | None = Field(
        None,
        ge=0,
        description="the number of a clearance, as the button of its message gives it",
        json_schema_extra={"hidden": True},
    )


async def run(call: Call, options: Options) -> Result:
    """Sign it off, once."""
    turn = await turn_of(call.desk, call.trader)
    standing = await _to_be_signed(call, options)
    signed = SignOff(actor=call.actor, at=call.desk.clock.now())
    report = SignOffReport(
        trader=call.trader.name,
        signed=signed,
        days=standing.streak.days,
        void=standing.streak.void,
        streak=StreakCount.of(standing.streak),
    )
    drafts = await signature(call.desk, call.trader, standing, signed, call.origin, turn=turn)
    detail = f"The clearance of {call.trader.name} is signed off: PASS on {', '.join(map(str, report.days))}."
    return Result(report, drafts, detail=detail, instead=lambda: run(call, options))


async def _to_be_signed(call: Call, options: Options) -> Clearance:
    standing = await standing_clearance(call.desk, call.trader)
    if standing is None:
        raise Refused(
            "not_cleared", f"{call.trader.name} holds no clearance; there is nothing to sign off.", call.line("status")
        )
    if options.clearance is not None and options.clearance != standing.number:
        words = "This is about an earlier clearance; another one stands now. Look at what it rests on, then sign off."
        raise Refused("superseded", words, call.line("status"))
    if standing.signed is not None:
        signed = standing.signed
        words = f"{signed.actor} signed it off at {signed.at:%Y-%m-%d %H:%M:%S} UTC already."
        raise Refused("signed_already", words)
    return standing
