"""Where announcements are said, and who makes what goes with them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.domain.notice import Announcement, ReportFile, SessionPicture
from bot.ports.ledger import Head


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands: the channel, and Slack's message timestamp (empty on a terminal)."""

    channel: str
    ref: str


class Artist(Protocol):
    """Draws what a message shows."""

    async def draw(self, trader: str, picture: SessionPicture) -> bytes:
        """Return the picture of a session as PNG.

        Raises:
            NotDrawn: it could not be drawn.
        """
        ...


class Announcer(Protocol):
    """Where announcements are said.

    Raises `bot.errors.SlackUnreachable` where trying again may help and `bot.errors.DeliveryRefused` where somebody
    must mend something first.
    """

    async def post(
        self, announcement: Announcement, root: Posted | None, late: timedelta | None = None, head: Head | None = None
    ) -> Posted:
        """Say it.

        Args:
            announcement: what.
            root: the day's root message, where the placement asks for its thread.
            late: how long ago it should have been said, where its reader must know that.
            head: the entry that asked for it. The message carries its number and hash, unseen: whoever rewrites the
                ledger later would have to rewrite them there, too.
        """
        ...

    async def find(self, announcement: Announcement, root: Posted | None) -> Posted | None:
        """Look for the message whose place an EDIT takes; None where there is none."""
        ...

    async def update(self, announcement: Announcement, posted: Posted, head: Head | None = None) -> None:
        """Show a message again as it should read now; `head` is the entry that asked for it, as in `post`."""
        ...


class Press(Protocol):
    """Prints reports."""

    async def printed(self, trader: str, report: ReportFile) -> bytes:
        """Return a report as one HTML page that needs nothing else (UTF-8).

        Raises:
            NotDrawn: it could not be made.
            LedgerBroken: the ledger could not be read.
        """
        ...
