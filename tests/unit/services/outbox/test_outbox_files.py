"""Files in the outbox: behind the messages before them, and in nobody's way."""

from bot.daybook import say
from bot.domain.notice import Placement, RowsFile
from bot.errors import SlackUnreachable
from bot.services.outbox import Outbox
from tests.support.fakes import FakeAnnouncer, World
from tests.support.outbox_room import DAYS, queue

FILE = RowsFile(name="rows", title="Rows", columns=("id",), rows=(("1",),))


async def queue_file(room: World, key: str) -> None:
    """Queue a file for the day's thread."""
    draft = say(FILE, key=key, trader="orb", at=room.clock.now(), day=DAYS[0].date, placement=Placement.THREAD)
    await room.ledger.append(draft)


async def test_a_file_follows_what_was_queued_before_it(room: World, announcer: FakeAnnouncer) -> None:
    """Also where both were queued in one transaction."""
    await queue_file(room, "file")
    await queue(room, "verdict")
    await Outbox(room.desk, announcer).deliver_due()
    assert [key for key in announcer.keys if not key.startswith("root:")] == ["verdict", "file"]


async def test_a_file_that_cannot_be_shared_holds_up_no_message(room: World) -> None:
    """It waits by itself, and the health says what for; no channel is blocked by it."""

    class NoFiles(FakeAnnouncer):
        async def post(self, announcement, root, *more):  # type: ignore[no-untyped-def]
            if isinstance(announcement.notice, RowsFile):
                raise SlackUnreachable("Slack did not take the bytes.")
            return await super().post(announcement, root, *more)

    announcer = NoFiles()
    outbox = Outbox(room.desk, announcer)
    await queue_file(room, "file")
    await outbox.deliver_due()
    await room.clock.advance(1)
    await queue(room, "later")
    await outbox.deliver_due()
    assert "later" in announcer.keys
    assert "files for C-orb: Slack did not take the bytes." in outbox.health().detail
    assert "delivery_blocked" not in room.ledger.kinds()
