"""Which trader a line is about, and what to type instead where that cannot be told."""

from collections.abc import Iterator, Mapping, Sequence

from bot.desk import Desk, TraderDesk
from bot.errors import UsageError
from commands.audit_words import names_on_record
from commands.command import Command, CommandOptions
from commands.day_words import is_day
from commands.meant import bare, in_line, nearest_of
from commands.options import Option, options_of
from commands.parser import line_of, parse, tokens_of

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
        if options.trader is None:
            raise _which(desk, command, options, f"{command.name}: {error}") from error
        raise _no_trader(desk, command, options, options.trader, f"{command.name}: {error}") from error


def trader_alone(desk: Desk, tokens: Sequence[str]) -> UsageError | None:
    """Return what to say to a trader's name without a command; None where it is something else."""
    try:
        name = desk.trader(bare(tokens[0])).name if len(tokens) == 1 else None
    except UsageError:
        return None
    line = in_line(["status", name]) if name else ""
    return UsageError(f"What about {name}? Did you mean '{line}'?", hint=line) if name else None


def misread(name: str, commands: Mapping[str, Command]) -> str:
    """Return a line that names a trader and that nobody would read so; an empty text where none is."""
    for command in commands.values():
        days = ["2026-11-20"] if "day" in options_of(command) else []
        line = line_of(command.name, name, *days)
        if command.needs_trader and not _is_read(line, command, name, commands):
            return line
    return ""


def _is_read(line: str, command: Command, name: str, commands: Mapping[str, Command]) -> bool:
    try:
        found, options = parse(tokens_of(line), commands)
    except UsageError:
        return False
    return found.name == command.name and options.trader == name


def line_with(command: Command, options: CommandOptions, /, **changed: str | None) -> str:
    """Return the line that gives these options, some of them changed."""
    given = {**options.model_dump(mode="json", exclude_defaults=True), **changed}
    words = [command.name]
    for name, option in options_of(command).items():
        value = given.get(name)
        if value in (None, False):
            continue
        words += [option.typed] if value is True else [str(value)] if option.positional else [option.typed, str(value)]
    return in_line(words)


def _no_trader(desk: Desk, command: Command, options: CommandOptions, word: str, said: str) -> UsageError:
    """Return what to say to a word that was taken for a trader, and is none."""
    free = _free(command, options)
    if near := nearest_of(word.lower(), list(desk.traders)):
        return UsageError(f"{said} Did you mean {near}?", line_with(command, options, trader=near))
    if "day" in free and (near := nearest_of(word.lower(), _DAY_WORDS)):
        return UsageError(f"{said} Did you mean {near}?", line_with(command, options, trader=None, day=near))
    for name, near in _near_choices(free, word.lower()):
        return UsageError(f"{said} Did you mean {near}?", line_with(command, options, trader=None, **{name: near}))
    if "day" not in options_of(command) and is_day(word):
        return UsageError(f"{command.name} takes no day. Did you mean 'day {word}'?", in_line(["day", word]))
    if fitting := _fitting(command, word):
        line = line_with(command, options, trader=None, **{fitting.name: word})
        return UsageError(f"{said} Did you mean {fitting.typed} {word}?", line)
    return _neither(desk, command, options, word, said)


def _near_choices(free: Mapping[str, Option], word: str) -> Iterator[tuple[str, str]]:
    """Yield options with the choice that a word is near to; a command's name is one, in the audit trail."""
    for name, one in free.items():
        if near := nearest_of(word, one.choices):
            yield name, near
    if "command" in free and (near := nearest_of(word, names_on_record(), sure=True)):
        yield "command", near


def _neither(desk: Desk, command: Command, options: CommandOptions, word: str, said: str) -> UsageError:
    """Return what to say where nothing is near: what else the word may be, or the lines with each trader."""
    free = _free(command, options)
    if "person" in free and (name := word.lstrip("@")):
        line = line_with(command, options, trader=None, person=f"@{name}")
        return UsageError(f"{said} Did you mean the person @{name}?", line)
    others = [f"{name} ({one.description})" for name, one in free.items() if one.positional and name != "trader"]
    if others:
        return UsageError(f"{said} It may be {' or '.join(others)}.", command.usage)
    if named := [one.typed for one in free.values() if not one.positional and not one.hidden]:
        said += f" For anything else: {', '.join(named)}."
    return _which(desk, command, options, said)


def _which(desk: Desk, command: Command, options: CommandOptions, said: str) -> UsageError:
    lines = tuple(line_with(command, options, trader=name) for name in desk.traders)[:_MOST]
    return UsageError(said, lines[0]) if len(lines) == 1 else UsageError(said, command.usage, lines)


def _free(command: Command, options: CommandOptions) -> dict[str, Option]:
    return {name: one for name, one in options_of(command).items() if getattr(options, name) in (None, False)}


def _fitting(command: Command, word: str) -> Option | None:
    """Return the option that is given by name and that this word fits, where not every word does."""
    named = (one for one in options_of(command).values() if not one.positional and not one.is_flag)
    return next((one for one in named if not one.catches_all and one.fits(word)), None)
