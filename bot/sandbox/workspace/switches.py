"""What can be switched off about Slack on the page, so that a reader sees the bot live through Slack's bad days."""

from collections.abc import Mapping
from contextlib import ExitStack
from types import MappingProxyType

from bot.sandbox.workspace.fault_kinds import NoAnswer, Page, RateLimited
from bot.sandbox.workspace.faults import Fault, Faults
from bot.sandbox.workspace.sockets import SocketDelivery

SLACK_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "slack-rate-limit": "refuses every message with 429, to be tried again after a second",
        "slack-errors": "answers every call with HTTP 500",
        "slack-lost-answers": "takes every new message, but its answer is lost on the way",
        "slack-silent-socket": "keeps the bot's connection open without a word on it",
        "slack-no-handshake": "closes the bot's connection and refuses new ones",
        "slack-outage": "closes the bot's connection, answers nothing and takes nothing",
    }
)
"""The faults Slack can be told to have, each with what it does."""

_CALLS: Mapping[str, Fault] = MappingProxyType(
    {
        "slack-rate-limit": Fault(RateLimited(), "chat.*"),
        "slack-errors": Fault(Page(500)),
        "slack-lost-answers": Fault(NoAnswer(taken=True), "chat.postMessage"),
        "slack-outage": Fault(NoAnswer()),
    }
)
_NO_CONNECTION = frozenset({"slack-no-handshake", "slack-outage"})
_EVERY_HANDSHAKE = 1_000_000


class Switches:
    """Switches Slack's faults on and off: on its calls, and on the app's Socket Mode connections."""

    def __init__(self, calls: Faults, sockets: SocketDelivery) -> None:
        self._calls = calls
        self._sockets = sockets
        self._active: dict[str, ExitStack] = {}

    @property
    def active(self) -> frozenset[str]:
        """The faults that are switched on."""
        return frozenset(self._active)

    async def switch(self, name: str, *, active: bool) -> None:
        """Switch one of `SLACK_FAULTS` on or off; to switch it to what it is does nothing."""
        if active == (name in self._active):
            return
        if active:
            self._active[name] = ExitStack()
            if name in _CALLS:
                self._active[name].enter_context(self._calls.during(_CALLS[name]))
        else:
            self._active.pop(name).close()
        await self._bring_sockets_in_line(close=active and name in _NO_CONNECTION)

    async def _bring_sockets_in_line(self, *, close: bool) -> None:
        self._sockets.faults.silent = "slack-silent-socket" in self._active
        self._sockets.faults.refuse = _EVERY_HANDSHAKE if _NO_CONNECTION & self._active.keys() else 0
        if close:
            await self._sockets.close()
