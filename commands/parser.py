"""From what was typed to a command and its options. Both fronts use it, so both forgive and refuse alike."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bot.errors import UsageError
from commands.command import Command, CommandOptions
from commands.meant import bare, in_line, nearest_of, not_a_command
from commands.options import FILLERS, Option, faults_of, options_of

__all__ = ["command_in", "faults_of", "line_of", "not_understood", "parse", "tokens_of"]

# Slack's and phones' keyboards turn -- and straight quotes into these.
_TYPOGRAPHY = str.maketrans(
    {"\u2014": "--", "\u2013": "--", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"}
)
_APOSTROPHE = re.compile(r"(?<=[^\W_])'(?=[^\W_])")  # as in the exchange's: no quote begins or ends within a word
_PRIVATE = range(0xE000, 0xF8FF)  # characters that nobody types
_SHOWN = 60  # characters of a word that is repeated
_OWN_NAMES = ("burnin", "/burnin")
_HELP_FLAGS = ("--help", "-h")
_ASKING = (["help"], [""])  # bare of its mark, a question mark is an empty word


def tokens_of(text: str) -> tuple[str, ...]:
    """Split a line as a shell would, but for apostrophes.

    Raises:
        UsageError: a quote is not closed.
    """
    plain = text.translate(_TYPOGRAPHY)
    stand_in = next(chr(code) for code in _PRIVATE if chr(code) not in plain)
    try:
        words = shlex.split(_APOSTROPHE.sub(stand_in, plain))
    except ValueError as error:
        said = "a quote is opened and never closed" if "quotation" in str(error) else str(error)
        raise UsageError(f"Cannot read {_cut(text)!r}: {said}.", hint="help") from error
    return tuple(word.replace(stand_in, "'") for word in words)


def line_of(*words: str) -> str:
    """Return the line that `tokens_of` splits into these words, whatever a person has put into them."""
    return shlex.join(word.translate(_TYPOGRAPHY) for word in words)


def command_in(line: str) -> str:
    """Return the first word of what a line means, which is its command where there is one; empty if unreadable."""
    try:
        return _plainly(tokens_of(line))[0]
    except UsageError:
        return ""


def parse(tokens: Sequence[str], commands: Mapping[str, Command]) -> tuple[Command, CommandOptions]:
    """Return the command that is meant and its options; no words at all mean `help`.

    Raises:
        UsageError: no such command or option, or a value that does not fit; the hint is the nearest right line.
    """
    name, *words = _plainly(tokens)
    command = commands.get(name)
    if command is None:
        raise not_understood(tokens, commands)
    return command, _Reading(command, words).options()


def not_understood(tokens: Sequence[str], commands: Mapping[str, Command]) -> UsageError:
    """Return what to say to a line that begins with no command; the hint is the line that was likely meant."""

    def is_right(line: str) -> bool:
        try:
            parse(tokens_of(line), commands)
        except UsageError:
            return False
        return True

    first, *words = [token for token in tokens if bare(token).lower() not in _OWN_NAMES] or [""]
    return not_a_command(first, words, commands, is_right)


def _plainly(tokens: Sequence[str]) -> list[str]:
    """Return the command's name bare and in small letters, and its words; who asks for help in any way gets it."""
    words = list(tokens)
    while words and bare(words[0]).lower() in _OWN_NAMES:
        words.pop(0)
    if not words or words[0] in _HELP_FLAGS:
        return ["help"]
    name, *others = bare(words[0]).lower() or "help", *words[1:]
    asks = any(word in _HELP_FLAGS for word in others) or [bare(word).lower() for word in others] in _ASKING
    return ["help", name] if asks and name != "help" else [name, *others]


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class _Reading:
    """Reads the words behind a command's name, one after the other."""

    def __init__(self, command: Command, words: Sequence[str]) -> None:
        self._command = command
        self._fields = options_of(command)
        self._called = {called: one for one in self._fields.values() for called in (one.name, *one.also)}
        self._words = tuple(words)
        self._rest = list(words)
        self._values: dict[str, Any] = {}

    def options(self) -> CommandOptions:
        """Return the options that the words give.

        Raises:
            UsageError: they do not fit.
        """
        while self._rest:
            self._read(self._rest.pop(0))
        for option, said in faults_of(self._command, self._values).items():
            field = self._fields.get(option)
            shown = field.typed if field else option
            value = str(self._values.get(option, ""))
            raise self._error(f"{shown} {_cut(value)}: {said}" if value else f"{shown}: {said}")
        try:
            return self._command.options.model_validate(self._values)
        except ValidationError as error:  # a rule that is no option's own
            raise self._error(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from error

    def _read(self, word: str) -> None:
        flag, equals, inline = word.lstrip("-").partition("=")
        option = self._called.get(flag.lower().replace("-", "_"))
        if option and (word.startswith("-") or equals):
            if equals:
                self._rest.insert(0, inline)
            self._take(option, self._value(option, given=bool(equals)))
        elif word.startswith("-") and not self._is_number(word):
            raise self._no_option(word, flag)
        elif option and (option.is_flag or self._begins_with(option)):
            self._take(option, self._value(option))
        else:
            self._positional(word)

    def _value(self, option: Option, *, given: bool = False) -> Any:
        """Return what follows an option's name; the first word of it is `given` where it came behind an equals sign."""
        if option.is_flag and not given:
            return True
        first = int(given)
        until = next(
            (at for at, word in enumerate(self._rest[first:], first) if word.startswith("--")), len(self._rest)
        )
        if until == 0:
            raise self._error(f"{option.typed} needs a value: {option.description}")
        return self._next(until if option.is_text else self._longest(option, until))

    def _longest(self, option: Option, most: int) -> int:
        """Return how many of the next words an option takes: the most that fit it together, else one."""
        lengths = range(min(option.words, most), 1, -1)
        return next((length for length in lengths if option.fits(" ".join(self._rest[:length]))), 1)

    def _begins_with(self, option: Option) -> bool:
        """Tell whether what comes next is a value of an option, in one word or in several."""
        lengths = range(1, min(option.words, len(self._rest)) + 1)
        return any(option.fits(" ".join(self._rest[:length])) for length in lengths)

    def _next(self, number: int) -> str:
        taken, self._rest = self._rest[:number], self._rest[number:]
        return " ".join(taken)

    def _positional(self, word: str) -> None:
        """Give a word to the option that it fits: the pickiest first, so `2026-11-20` is a day and no trader."""
        plain = bare(word).lower()
        is_said = plain not in FILLERS and plain not in self._fields
        free = [option for option in reversed(self._fields.values()) if option.positional]
        for option in free:
            if option.name not in self._values and (is_said or not option.catches_all):
                for length in range(min(option.words, len(self._rest) + 1), 0, -1):
                    said = bare(" ".join([word, *self._rest[: length - 1]]))
                    if said and option.fits(said):
                        del self._rest[: length - 1]
                        return self._take(option, said)
        named = self._fields.get(plain)
        if named and not (named.positional and not self._rest):  # close the day
            return self._take(named, self._value(named))
        if plain and is_said:
            raise self._not_placed(word)
        return None

    def _take(self, option: Option, value: Any) -> None:
        if option.name in self._values:
            raise self._error(f"{option.name} is given twice")
        self._values[option.name] = value

    def _takes(self) -> str:
        names = [option.typed for option in self._fields.values() if not option.hidden]
        return f"It takes {', '.join(names)}" if names else "It takes nothing"

    def _not_placed(self, word: str) -> UsageError:
        """Return what to say to a word that is no value of what may be typed without its name."""
        said = f"what is {_cut(word)!r} meant to be?"
        fitting = [one for one in self._fields.values() if one.fits(word) and not one.catches_all]
        for option in fitting:
            words = [part for given in self._words for part in ([option.typed, given] if given == word else [given])]
            if line := self._fixed(words):
                return self._error(f"{said} Did you mean {option.typed} {_cut(word)}?", line)
        texts = [one.typed for one in self._fields.values() if one.is_text and not one.positional]
        return self._error(f"{said} {self._takes()}" + (f"; write {texts[0]} before words like these" if texts else ""))

    def _no_option(self, word: str, flag: str) -> UsageError:
        near = nearest_of(flag.replace("-", "_"), list(self._called))
        right = f"--{near.replace('_', '-')}"
        if not near:
            return self._error(f"it has no option {_cut(word)}. {self._takes()}")
        words = [
            right + given.removeprefix(word.partition("=")[0]) if given == word else given for given in self._words
        ]
        return self._error(f"it has no option {_cut(word)}. Did you mean {right}?", self._fixed(words))

    def _fixed(self, words: Sequence[str]) -> str:
        """Return the line with these words instead, where that is a right one; nothing else is offered."""
        try:
            _Reading(self._command, words).options()
        except UsageError:
            return ""
        return in_line([self._command.name, *words])

    @staticmethod
    def _is_number(word: str) -> bool:
        return word[1:].replace(".", "", 1).isdigit()

    def _error(self, said: str, hint: str = "") -> UsageError:
        end = "" if said.endswith(("?", ".")) else "."
        return UsageError(f"{self._command.name}: {said}{end}", hint=hint or self._command.usage)
