"""Every command there is, in the order in which help lists them."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from commands.command import Command, command_of

_NAMES = ("check", "drill", "flatten", "reconcile", "close", "status", "day", "history", "audit", "help")


def load_commands() -> Mapping[str, Command]:
    """Return the commands by name."""
    return MappingProxyType({name: command_of(import_module(f"commands.{name}")) for name in _NAMES})
