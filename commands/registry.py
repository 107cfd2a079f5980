"""Every command there is, in the order in which help lists them."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from commands.command import Command, command_of

_NAMES = (
    *("check", "drill", "flatten", "reconcile", "selftest", "close"),
    *("void", "approve", "decline", "signoff"),
    *("snooze", "take"),
    *("status", "day", "history", "report", "audit", "help"),
)


class _Registry(Mapping[str, Command]):
    """The commands by name; each is imported when it is asked for, because a person waits for one of them."""

    def __getitem__(self, name: str) -> Command:
        if name not in _NAMES:
            raise KeyError(name)
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


@cache
def _loaded(name: str) -> Command:
    return command_of(import_module(f"commands.{name}"))


def load_commands() -> Mapping[str, Command]:
    """Return the commands by name."""
    return _Registry()
