"""Prints the channel as it grows, so that somebody at a terminal reads what a reader of the channel sees."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.sandbox import wallclock
from bot.sandbox.workspace.feed import Change
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.state import Json
from bot.sandbox.workspace.transcript import render

ZONE = ZoneInfo("Asia/Kolkata")  # of the desk that reads
_UNDER_WAY = "⏳"  # what begins so changes until it has ended, and how it ended is announced


class Narrator:
    """Tells each message once, when it says something final.

    Args:
        workspace: whose channel it is.
        tell: takes the lines.
    """

    def __init__(self, workspace: Workspace, tell: Callable[[str], None]) -> None:
        self._workspace = workspace
        self._tell = tell
        self._names = workspace.names()
        self._standing: dict[str, str] = {}  # the day's root messages: timestamp → what they say

    def typed(self, user: str, line: str) -> None:
        """Tell what somebody typed: Slack shows a slash command to nobody."""
        at = wallclock.now().astimezone(ZONE)
        self._tell(f"{at:%H:%M:%S} {self._names.get(user, user)} types: {line}\n")

    async def follow(self) -> None:
        """Tell until the workspace stops."""
        async for change in self._workspace.subscribe():
            self._take(change)

    def _take(self, change: Change) -> None:
        if change.type not in ("message", "message_changed", "ephemeral"):
            return
        message: Json = change.frame["message"]
        if is_under_way(message):
            return
        if change.type != "message_changed":
            self._tell(render(message, self._names, ZONE) + "\n")
        elif self._standing.get(message["ts"], message["text"]) != message["text"]:
            self._tell(self._reads_now(message))
        if key_of(message).startswith("root:"):
            self._standing[message["ts"]] = message["text"]

    def _reads_now(self, message: Json) -> str:
        """One line: all of the day's message again would bury what is new."""
        at = wallclock.now().astimezone(ZONE)
        return f"{at:%H:%M:%S} The day's message reads now: {message['text']}\n"


def is_under_way(message: Json) -> bool:
    """Tell whether a message shows something that has not ended yet."""
    return str(message.get("text", "")).startswith(_UNDER_WAY)


def key_of(message: Json) -> str:
    """Return the key of the announcement that a message is, or an empty text."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("key", ""))
