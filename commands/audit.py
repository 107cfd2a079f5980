"""Show who ran what, newest first: every command, refused ones too, with its outcome and how long it took.

A person, a day, a command or a trader narrows it down, in any order.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from bot.domain.entry import CommandStarted, Entry
from bot.domain.folds import audit_rows
from bot.domain.people import Role
from bot.domain.results import AuditReport
from commands.command import Call, CommandOptions, Result
from commands.people import is_meant, is_person, shown
from commands.session_day import DayText, date_named, newest_session

ROLE = Role.VIEWER
NEEDS_TRADER = False
EXAMPLES = ("audit", "audit @asha", "audit me today", "audit flatten --last 5")

_AT_ONCE = 200  # commands read at first where not all of them may be meant


def _a_person(word: str) -> str:
    if not is_person(word):
        raise ValueError("that is no person; write @name or me")
    return word


def _a_command(word: str) -> str:
    from commands.registry import load_commands  # noqa: PLC0415 - the registry lists this very module

    if word.lower() not in load_commands():
        raise ValueError("that is no command; 'help' lists them")
    return word.lower()


class Options(CommandOptions):
    """How many rows, of whom, of which day, command and trader."""

    last: int = Field(20, ge=1, le=1000, description="a number of rows from 1 to 1000, 20 if left out")
    command: Annotated[str, AfterValidator(_a_command)] | None = Field(
        None, description="a command, as in flatten", json_schema_extra={"positional": True}
    )
    day: DayText | None = Field(
        None,
        description="2026-11-20, 20 Nov, monday, today or yesterday, on the exchange's calendar",
        json_schema_extra={"positional": True, "words": 4},
    )
    person: Annotated[str, AfterValidator(_a_person)] | None = Field(
        None, description="@name or me", json_schema_extra={"positional": True}
    )


async def run(call: Call, options: Options) -> Result:
    """List the audit trail."""
    day, zone = _day(call, options)
    found = await _asked(call, options, _filter(call, options, day, zone))
    asked = found[-options.last :]
    narrowed = _narrowed(options, day)
    if not asked:
        return Result(AuditReport(rows=(), narrowed=narrowed, timezone=zone.key), hint="audit" if narrowed else "")
    outcomes = await call.desk.ledger.entries(
        trader=options.trader and call.trader.name, kinds=("command_finished",), after=asked[0].seq
    )
    rows, older = audit_rows([*asked, *outcomes]), len(found) > len(asked)
    return Result(AuditReport(rows=rows, narrowed=narrowed, older=older, timezone=zone.key))


async def _asked(call: Call, options: Options, is_wanted: Callable[[Entry], bool]) -> Sequence[Entry]:
    """Return the newest intents that are wanted, oldest first, and one older than those to be shown, if there is one.

    The ledger is read from its end as far as needed.
    """
    most = options.last + 2  # this very command is among them
    while True:
        whose = call.trader.name if options.trader else None
        intents = await call.desk.ledger.entries(trader=whose, kinds=("command_started",), newest=most)
        found = [entry for entry in intents if entry.seq != call.started and is_wanted(entry)]
        if len(found) > options.last or len(intents) < most:
            return found
        most = max(_AT_ONCE, most * 4)


def _filter(call: Call, options: Options, day: date | None, zone: ZoneInfo) -> Callable[[Entry], bool]:
    def is_wanted(entry: Entry) -> bool:
        body = entry.body
        return (
            (options.command is None or (isinstance(body, CommandStarted) and body.command == options.command))
            and (day is None or entry.at.astimezone(zone).date() == day)
            and (options.person is None or is_meant(options.person, entry.actor, call.actor))
        )

    return is_wanted


def _day(call: Call, options: Options) -> tuple[date | None, ZoneInfo]:
    """Return the calendar day that is meant, holidays too, and the zone in which it is one."""
    now = call.desk.clock.now()
    near = newest_session(call.trader, now)
    zone = ZoneInfo(near.timezone if near else "UTC")
    return (date_named(call.trader, options.day, now) if options.day else None), zone


def _narrowed(options: Options, day: date | None) -> str:
    """Return in words what the rows were narrowed down to."""
    what = [word for word in (options.trader, options.command) if word]
    parts = [
        f"of {' '.join(what)}" if what else "",
        f"by {shown(options.person)}" if options.person else "",
        f"on {day}" if day else "",
    ]
    return " ".join(part for part in parts if part)
