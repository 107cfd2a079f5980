"""Show what you may run now, or how to use one command."""

from dataclasses import replace
from datetime import datetime

from pydantic import Field

from bot.daybook import next_step, report_of
from bot.desk import TraderDesk
from bot.domain.day import DayState
from bot.domain.duration import spoken
from bot.domain.people import Role
from bot.domain.results import CommandHelp, HelpReport
from bot.domain.session import Session
from bot.errors import UsageError
from commands.command import Call, Command, CommandOptions, Result
from commands.meant import TERMINAL_ONLY, is_aside, nearest_of, on_the_command_line
from commands.options import options_of
from commands.session_day import clock_words, newest_session, not_opened, opening_words

ROLE = Role.VIEWER
NEEDS_TRADER = False
EXAMPLES = ("help", "help drill")


class Options(CommandOptions):
    """Which command."""

    trader: str | None = Field(None, description="which trader", json_schema_extra={"hidden": True})
    command: str | None = Field(
        None, max_length=200, description="the command to explain", json_schema_extra={"positional": True, "words": 20}
    )


async def run(call: Call, options: Options) -> Result:
    """Explain the commands, or one of them."""
    from commands.registry import load_commands  # noqa: PLC0415 - the registry lists this very module

    commands = load_commands()
    words = [word for word in (options.command or "").lower().split() if not is_aside(word)]
    if not words:
        allowed = [command for command in commands.values() if call.role.allows(command.role)]
        now, step = await _now(call, options.trader)
        listed = tuple(_help(command, call) for command in allowed)
        return Result(HelpReport(commands=listed, now=now, next_step=step, note=call.refusal))
    if words[0] in TERMINAL_ONLY:
        raise on_the_command_line(words[0], is_there=call.origin.surface == "cli")
    near = (nearest_of(word, commands) for word in words)
    name = next((word for word in words if word in commands), "") or next((name for name in near if name), "")
    if name not in words:
        said = f"There is no command {words[0][:60]!r}."
        raise UsageError(said + (f" Did you mean {name!r}?" if name else ""), hint=f"help {name}".strip())
    command = commands[name]
    note = "" if call.role.allows(command.role) else call.refusal
    return Result(HelpReport(commands=(_help(command, call),), about=name, note=note))


async def _now(call: Call, named: str | None) -> tuple[str, str]:
    """Return in words where the day stands of the trader that is meant, if one is, and what to run next."""
    try:
        trader = call.desk.trader(named, call.origin.channel)
    except UsageError:
        return "", ""
    now = call.desk.clock.now()
    session = newest_session(trader, now)
    if session is None:
        return "", ""
    report = await report_of(call.desk, trader, session)
    step, stands = next_step(report), _stands(report.state, session, trader, now)
    if report.before_burn_in:
        stands = f"{session.date} has ended, and nobody watched it."
    return f"{trader.name}: {stands}", step and replace(call, trader=trader).line(step)


def _stands(state: DayState, session: Session, trader: TraderDesk, now: datetime) -> str:
    ends = clock_words(session.closes, session)
    match state:
        case DayState.SCHEDULED:
            return not_opened(session, now)
        case DayState.OPEN:
            return f"{session.date} is open until {ends}, {spoken(session.closes - now)} to go."
        case DayState.AWAITING_CLOSE:
            return f"{session.date} has ended and waits for its close."
    following = trader.calendar.following(now)
    closed = f"{session.date} is closed"
    return f"{closed}; the next session opens {opening_words(following, now)}." if following else f"{closed}."


def _help(command: Command, call: Call) -> CommandHelp:
    return CommandHelp(
        name=command.name,
        usage=command.usage,
        summary=command.summary,
        text=command.help,
        role=command.role.value,
        allowed=call.role.allows(command.role),
        complete=not any(option.required for option in options_of(command).values()),
    )
