"""The channel of a bot that runs without Slack: announcements on the terminal, in the order they are made."""

from collections.abc import Callable

from bot.domain.notice import Announcement
from bot.ports import Posted

_HERE = Posted(channel="terminal", ref="")


class TerminalAnnouncer:
    """Writes each announcement once.

    Args:
        write: takes one announcement's text, for example `click.echo`.
        say: puts an announcement into words.
    """

    def __init__(self, write: Callable[[str], None], say: Callable[[Announcement], str]) -> None:
        self._write = write
        self._say = say

    async def post(self, announcement: Announcement, root: Posted | None) -> Posted:  # noqa: ARG002 - no threads here
        """Write it, whatever thread it belongs to."""
        self._write(self._say(announcement))
        return _HERE

    async def update(self, announcement: Announcement, posted: Posted) -> None:
        """Leave it: what is written on a terminal is not edited, and what changed was announced by itself."""
