"""The channel of a bot that runs without Slack: announcements on the terminal, in the order they are made."""

from collections.abc import Callable
from datetime import timedelta

from bot.domain.notice import Announcement
from bot.ports import Head, Posted

_MINUTE = timedelta(minutes=1)
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

    async def post(
        self,
        announcement: Announcement,
        root: Posted | None,  # noqa: ARG002 - no threads here
        late: timedelta | None = None,
        head: Head | None = None,  # noqa: ARG002 - nothing unseen goes with what is written here
    ) -> Posted:
        """Write it, whatever thread it belongs to."""
        said = self._say(announcement)
        self._write(f"{said} (delayed {late // _MINUTE} min)" if late else said)
        return _HERE

    async def find(self, announcement: Announcement, root: Posted | None) -> None:
        """Find nothing: what is written on a terminal is not edited."""

    async def update(self, announcement: Announcement, posted: Posted, head: Head | None = None) -> None:
        """Leave it: what is written on a terminal is not edited, and what changed was announced by itself."""
