"""Words that take the place of a message, and wait without holding up a post."""

from datetime import date

import pytest

from bot.daybook import say
from bot.domain.notice import Placement, Revoked
from bot.errors import MessageGone
from bot.services.outbox import Outbox
from tests.support.fakes import FakeAnnouncer, World
from tests.support.outbox_room import AWAY, DAYS, REFUSED, queue, running


async def edit(room: World, edits: str, day: date | None = DAYS[0].date) -> None:
    """Queue the last words of a message."""
    words = say(
        Revoked(why="w"),
        key=f"{edits}:ended",
        trader="orb",
        at=room.clock.now(),
        day=day,
        placement=Placement.EDIT,
        edits=edits,
    )
    await room.ledger.append(words)


async def test_an_edit_takes_the_place_of_its_message(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """Where the ledger knows it and where nobody noted it; of one that stands nowhere nothing is said."""
    announcer.unnoted = ["lost"]
    await queue(room, "a")
    await outbox.deliver_due()
    for edits in ("a", "lost", "never said"):
        await edit(room, edits, None if edits == "lost" else DAYS[0].date)
    await outbox.deliver_due()
    assert [said.edits for said in announcer.edits] == ["a", "lost"]
    refs = {body.message: body.ref for body in room.ledger.of_kind("message_sent")}
    assert refs == {"a": "ts-a", "a:ended": "ts-a", "lost:ended": "ts-lost", "never said:ended": ""}
    assert announcer.keys == ["a"]
    assert await room.ledger.unsent() == ()


@pytest.mark.parametrize(("error", "edits"), [(AWAY, 1), (REFUSED, 1), (MessageGone("It was deleted."), 0)])
async def test_an_edit_in_trouble_holds_up_no_post(
    room: World, announcer: FakeAnnouncer, outbox: Outbox, error: Exception, edits: int
) -> None:
    """It is tried again for as long as it takes, unless its message was deleted; posts go their way meanwhile."""
    await queue(room, "a")
    await outbox.deliver_due()
    announcer.failing_edits = error
    await edit(room, "a")
    await queue(room, "b")
    async with running(outbox):
        await room.clock.advance(1.0)
        assert announcer.keys == ["a", "b"]
        assert outbox.health().ok == (edits == 0)
        announcer.failing_edits = None
        await room.clock.advance(60.0)
    assert len(announcer.edits) == edits
    assert await room.ledger.unsent() == ()
    assert room.ledger.of_kind("delivery_blocked") == []


async def test_an_edit_waits_for_the_message_that_it_edits(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """Both were queued while Slack was away: first the message, then what it reads like in the end."""
    announcer.failures = [AWAY]
    await queue(room, "a")
    await edit(room, "a")
    await outbox.deliver_due()
    assert (announcer.keys, announcer.edits) == ([], [])
    async with running(outbox):
        await room.clock.advance(60.0)
    assert (announcer.keys, [said.edits for said in announcer.edits]) == (["a"], ["a"])
    assert await room.ledger.unsent() == ()
