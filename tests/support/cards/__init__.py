"""Samples of every card and view, a file a room, so that each room shows its own in every state it knows."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from bot.slack.cards import Message

View = dict[str, Any]


def samples() -> tuple[dict[str, Message], dict[str, View]]:
    """Return what the rooms show, by name: messages (`MESSAGES` of a file) and views (`VIEWS`).

    Raises:
        ValueError: two rooms give different samples one name; their golden files would be one.
    """
    messages: dict[str, Message] = {}
    views: dict[str, View] = {}
    for room in sorted(found.name for found in iter_modules(__path__)):
        shown = import_module(f"{__name__}.{room}")
        own: dict[str, Any] = {**getattr(shown, "MESSAGES", {}), **getattr(shown, "VIEWS", {})}
        if taken := sorted(own.keys() & (messages.keys() | views.keys())):
            raise ValueError(f"{room}: other samples are called {', '.join(taken)} already; name these otherwise")
        messages |= getattr(shown, "MESSAGES", {})
        views |= getattr(shown, "VIEWS", {})
    return messages, views
