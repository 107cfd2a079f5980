"""Show the commands you may run, or how to use one of them: `help drill`."""

from pydantic import Field

from bot.domain.people import Role
from bot.domain.results import CommandHelp, HelpReport
from bot.errors import UsageError
from commands.command import Call, Command, CommandOptions, Result
from commands.meant import nearest_of

ROLE = Role.VIEWER
NEEDS_TRADER = False


class Options(CommandOptions):
    """Which command."""

    command: str | None = Field(
        None, pattern="^[A-Za-z-]+$", description="the command to explain", json_schema_extra={"positional": True}
    )


async def run(call: Call, options: Options) -> Result:
    """Explain the commands, or one of them."""
    from commands.registry import load_commands  # noqa: PLC0415 - the registry lists this very module

    commands = load_commands()
    if options.command is None:
        allowed = [command for command in commands.values() if call.role.allows(command.role)]
        return Result(HelpReport(commands=tuple(_help(command) for command in allowed)))
    command = commands.get(options.command.lower())
    if command is None:
        nearest = nearest_of(options.command, commands)
        raise UsageError(f"There is no command {options.command!r}.", hint=f"help {nearest}" if nearest else "help")
    return Result(HelpReport(commands=(_help(command),), about=command.name))


def _help(command: Command) -> CommandHelp:
    return CommandHelp(
        name=command.name,
        usage=command.usage,
        summary=command.summary,
        text=command.help,
        role=command.role.value,
    )
