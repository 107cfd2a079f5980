"""What somebody may have meant who typed no command: the nearest name, another word for one, or the right order."""

import difflib
import shlex
from collections.abc import Callable, Mapping, Sequence

from bot.errors import UsageError
from commands.command import Command
from commands.day_words import is_day
from commands.options import FILLERS
from commands.people import is_person

TERMINAL_ONLY = (  # in the order in which they are needed
    *("init", "doctor", "manifest", "run", "watch", "keys", "clearance", "evidence"),
    *("verify", "replay", "ledger", "sandbox"),
)
_MARKS = "`*\"'"
_ENDINGS = "?!.,;:…"
_ASIDES = (*FILLERS, "run", "start", "do", "show", "get", "me", "my", "a", "an", "can", "you", "i", "we", "to", "pls")
# What people call the commands at night. It is only ever offered: no other word than its name runs a command.
_CALLED = {
    "check": ("gauges", "metrics", "heartbeat", "heartbeats", "leader", "ready", "health", "healthy", "positions"),
    "drill": ("oco", "inject", "plan", "order", "trade"),
    "flatten": ("panic", "kill", "exit", "stop", "abort", "sell", "liquidate", "squareoff", "unwind"),
    "reconcile": ("duplicates", "orphans", "orders", "db", "database", "sql"),
    "close": ("eod", "end", "finish", "judge", "verdict"),
    "status": ("what", "where", "next", "state", "streak", "cleared", "ping", "hi", "hello"),
    "day": ("why", "criteria", "failed", "fail"),
    "history": ("days", "past", "list"),
    "report": ("page", "html", "print", "evidence", "proof"),
    "audit": ("who", "log", "logs", "trail"),
    "help": ("how", "commands", "usage", "man", "menu", "info", "options"),
    "void": ("cancel", "discard", "ignore", "outage", "invalidate"),
    "signoff": ("sign", "sign-off", "golive", "live"),
}
_CUTOFF, _SURE = 0.6, 0.8  # of likeness, from 0 to 1
_SHOWN = 60  # characters of a word that is repeated


def bare(word: str) -> str:
    """Return a word without the marks that people put around and behind it."""
    return word.strip(_MARKS).rstrip(_ENDINGS).strip(_MARKS)


def nearest_of(word: str, names: Mapping[str, object] | Sequence[str], *, sure: bool = False) -> str:
    """Return the one name that a word begins, else the name most like it; an empty text where none is like it.

    `sure` asks for more likeness, where the word may well be something else.
    """
    begun = [name for name in names if word and name.startswith(word)]
    return begun[0] if len(begun) == 1 else _like(word, list(names), _SURE if sure else _CUTOFF)


def in_line(words: Sequence[str]) -> str:
    """Return words as a line, with quotes only where the line would be split otherwise without them."""
    return " ".join(word if _is_plain(word) else shlex.quote(word) for word in words)


def _is_plain(word: str) -> bool:
    try:
        return shlex.split(word) == [word]
    except ValueError:
        return False


def not_a_command(
    first: str, words: Sequence[str], commands: Mapping[str, Command], is_right: Callable[[str], bool]
) -> UsageError:
    """Return what to say to a line that begins with no command, with the line that was likely meant.

    Args:
        first: its first word.
        words: those behind it.
        commands: the commands there are.
        is_right: tells whether a line can be run; no other is offered.
    """
    shown, name = first if len(first) <= _SHOWN else f"{first[:_SHOWN]}…", bare(first).lower()
    for line in _reordered(first, words, commands):
        if is_right(line):
            return UsageError(f"There is no command {shown!r}: begin with the command, as in '{line}'.", hint=line)
    if name in TERMINAL_ONLY:
        return on_the_command_line(name)
    for line in _instead(name, first, words, commands):
        if is_right(line):
            return UsageError(f"There is no command {shown!r}. Did you mean '{line}'?", hint=line)
    return UsageError(f"There is no command {shown!r}.", hint="help")


def on_the_command_line(name: str, *, is_there: bool = False) -> UsageError:
    """Return what to say to a command that only the command line has; `is_there` where it is typed just there."""
    if is_there:
        return UsageError(f"burnin {name} --help explains it.", hint=f"{name} --help")
    return UsageError(f"{name} is for the command line only: burnin {name}, on the bot's host.", hint="help")


def is_aside(word: str) -> bool:
    """Tell whether a word is only said in passing."""
    return bare(word).lower() in ("", *_ASIDES)


def _reordered(first: str, words: Sequence[str], commands: Mapping[str, Command]) -> list[str]:
    """Return the line with its command first, where the command stands further back: `nifty-orb drill`."""
    at = next((at for at, word in enumerate(words) if bare(word).lower() in commands), None)
    if at is None:
        return []
    others = [word for word in (first, *words[:at], *words[at + 1 :]) if not is_aside(word)]
    return _with_or_without(bare(words[at]).lower(), others)


def _instead(name: str, first: str, words: Sequence[str], commands: Mapping[str, Command]) -> list[str]:
    """Return the lines that may have been meant, the likeliest first."""
    if is_day(name):
        return _with_or_without("day", [name, *words])
    if is_person(first):
        return [in_line(["audit", first, *words]), in_line(["audit", first])]
    called = {other: command for command, others in _CALLED.items() if command in commands for other in others}
    if name in called and not any(command.startswith(name) for command in commands):
        return [called[name]]  # what follows another word for it is a sentence, and no options
    if near := nearest_of(name, commands):
        return _with_or_without(near, words)
    near = called.get(_like(name, list(called), _SURE), "")
    return [near] if near else []


def _with_or_without(command: str, words: Sequence[str]) -> list[str]:
    return [in_line([command, *words]), command]


def _like(word: str, names: Sequence[str], cutoff: float = _CUTOFF) -> str:
    return next(iter(difflib.get_close_matches(word, names, n=1, cutoff=cutoff)), "")
