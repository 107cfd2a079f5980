"""Which trader a line is about, and what to type instead where that cannot be told."""

from bot.desk import Desk, TraderDesk
from bot.errors import UsageError
from commands.command import Command, CommandOptions
from commands.meant import in_line, nearest_of
from commands.options import options_of

_MOST = 5  # lines offered; the names are told in any case
_DAY_WORDS = ("today", "yesterday", "tomorrow", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def trader_meant(desk: Desk, command: Command, options: CommandOptions, channel: str) -> TraderDesk:
    """Return the trader that is meant.

    Raises:
        UsageError: there is none of that name, or several could be meant; the lines that are right are offered.
    """
    try:
        return desk.trader(options.trader, channel)
    except UsageError as error:
        raise _not_told(desk, command, options, f"{command.name}: {error}") from error


def _not_told(desk: Desk, command: Command, options: CommandOptions, said: str) -> UsageError:
    named = options.trader
    if named is None:
        return UsageError(said, command.usage, _lines(desk, command, options))
    if near := nearest_of(named.lower(), list(desk.traders)):
        return UsageError(f"{said} Did you mean {near}?", line_with(command, options, trader=near))
    day = options_of(command).get("day")
    if day is None or getattr(options, "day", None) is not None:
        return UsageError(said, command.usage, _lines(desk, command, options))
    if near := nearest_of(named.lower(), _DAY_WORDS):  # a word that is no day has been taken for a trader
        return UsageError(f"{said} Did you mean {near}?", line_with(command, options, trader=None, day=near))
    return UsageError(f"{said} A day is {day.description}.", command.usage)


def _lines(desk: Desk, command: Command, options: CommandOptions) -> tuple[str, ...]:
    return tuple(line_with(command, options, trader=name) for name in desk.traders)[:_MOST]


def line_with(command: Command, options: CommandOptions, **changed: str | None) -> str:
    """Return the line that gives these options, some of them changed."""
    given = {**options.model_dump(mode="json", exclude_defaults=True), **changed}
    words = [command.name]
    for name, option in options_of(command).items():
        value = given.get(name)
        if value in (None, False):
            continue
        words += [option.typed] if value is True else [str(value)] if option.positional else [option.typed, str(value)]
    return in_line(words)
