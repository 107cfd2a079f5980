"""Announcements on a terminal."""

from datetime import date, timedelta

from bot.adapters.terminal_announcer import TerminalAnnouncer
from bot.domain.notice import Announcement, Placement, Revoked
from bot.ports import Posted

REVOKED = Announcement(
    key="revoked-1",
    trader="nifty-orb",
    day=date(2026, 11, 23),
    placement=Placement.CHANNEL,
    notice=Revoked(why="the day failed"),
)


async def test_announcements_are_written_once() -> None:
    """A post writes its words and stands on the terminal; an update writes nothing again."""
    written: list[str] = []
    announcer = TerminalAnnouncer(written.append, lambda said: f"{said.trader}: {said.notice.kind}")
    posted = await announcer.post(REVOKED, None)
    await announcer.update(REVOKED, posted)
    assert posted == Posted(channel="terminal", ref="")
    assert written == ["nifty-orb: revoked"]
    assert await announcer.find(REVOKED, None) is None


async def test_what_is_written_late_says_by_how_much() -> None:
    """As it does in Slack."""
    written: list[str] = []
    announcer = TerminalAnnouncer(written.append, lambda said: said.notice.kind)
    await announcer.post(REVOKED, None, timedelta(minutes=7, seconds=59))
    assert written == ["revoked (delayed 7 min)"]
