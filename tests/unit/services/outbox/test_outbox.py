"""The outbox: in order, each once, for as long as it takes."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.notice import Announcement, Placement
from bot.errors import SlackUnreachable
from bot.ports import Head, Posted
from bot.services.outbox import Outbox
from tests.support.clock import settle
from tests.support.fakes import FakeAnnouncer, World
from tests.support.outbox_room import AWAY, ROOT, close, queue, running


async def test_messages_are_said_in_order_and_once(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """Each is marked as sent with the place where it stands; a second look says nothing again."""
    await queue(room, "a", "b", "c")
    async with running(outbox):
        await room.clock.advance(1.0)
        await queue(room, "d")
        await room.clock.advance(1.0)
    assert announcer.keys == ["a", "b", "c", "d"]
    sent = room.ledger.of_kind("message_sent")
    assert [(body.message, body.channel, body.ref) for body in sent][:1] == [("a", "C1", "ts-a")]
    assert await room.ledger.unsent() == ()
    assert outbox.health().values == {"waiting": 0}


async def test_failures_back_off_and_nothing_overtakes(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """A channel that fails is tried again after 1, 2, 5 … s; what waits behind stays behind."""
    announcer.failures = [AWAY, AWAY, AWAY]
    await queue(room, "a", "b")
    async with running(outbox):
        for after, tries in ((0.5, 1), (1.5, 2), (2.0, 3), (4.0, 3), (2.0, 5)):
            await room.clock.advance(after)
            assert len(announcer.tried) == tries
            if tries < 5:
                assert not outbox.health().ok
                assert "Slack did not answer." in outbox.health().detail
    assert announcer.keys == ["a", "b"]
    assert outbox.health().ok


async def test_a_channel_in_trouble_holds_up_no_other(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """Each channel has a queue of its own."""
    announcer.blocked["orb"] = AWAY
    await queue(room, "a")
    await queue(room, "b", trader="gap")
    await outbox.deliver_due()
    assert announcer.keys == ["b"]
    assert outbox.health().values == {"waiting": 1}


async def test_a_slow_channel_holds_up_no_other_nor_do_edits(room: World, announcer: FakeAnnouncer) -> None:
    """What takes long in one channel is under way there alone, and repeats nothing."""

    class Slow(FakeAnnouncer):
        async def post(self, announcement: Announcement, root: Posted | None, *more: Any) -> Posted:
            await room.clock.sleep(30.0 if announcement.trader == "orb" else 0.1)
            return await super().post(announcement, root, *more)

        async def update(self, announcement: Announcement, posted: Posted, head: Head | None = None) -> None:
            await room.clock.sleep(30.0)
            await super().update(announcement, posted, head)

    slow = Slow()
    async with running(Outbox(room.desk, slow)):
        await queue(room, "x", trader="gap", placement=Placement.THREAD)
        await room.clock.advance(3.0)
        await close(room, trader="gap")  # the root message is being edited from here on
        await queue(room, "a")
        await room.clock.advance(3.0)
        await queue(room, "b")
        await queue(room, "y", trader="gap")
        await room.clock.advance(1.0)
        assert slow.keys[-1] == "y"
        assert slow.edits == []
        await room.clock.advance(60.0)
    assert [key for key in slow.keys if key in "abxy"] == ["x", "y", "a", "b"]
    assert len(slow.edits) == 1


async def test_an_outage_of_ten_minutes_delays_and_loses_nothing(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """What was queued meanwhile comes in order, says how late it is, and only where it is late."""
    announcer.blocked["orb"] = AWAY
    async with running(outbox):
        await queue(room, "a", "b", placement=Placement.THREAD)
        await room.clock.advance(9 * 60.0)
        await queue(room, "c")
        await queue(room, "elsewhere", trader="gap")
        await room.clock.advance(60.0)
        assert announcer.keys == ["elsewhere"]
        announcer.blocked.clear()
        await room.clock.advance(60.0)
        await queue(room, "d")
        await room.clock.advance(1.0)
    assert announcer.keys == ["elsewhere", ROOT, "a", "b", "c", "d"]
    assert sorted(announcer.late) == ["a", "b"]
    assert all(timedelta(minutes=10) <= late <= timedelta(minutes=11) for late in announcer.late.values())
    assert len(announcer.tried) < 25


async def test_what_slack_asks_for_is_waited_for_exactly(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """Retry-After of 37 s: not tried before, tried then; the other channel does not wait."""
    announcer.failures = [SlackUnreachable("Slack is busy.", retry_after=37.0)]
    await queue(room, "a")
    async with running(outbox):
        await settle()
        await queue(room, "b", trader="gap")
        await room.clock.advance(36.9)
        assert announcer.tried == ["a", "b"]
        await room.clock.advance(0.4)
        assert announcer.keys == ["b", "a"]


async def test_without_the_leave_to_act_nothing_is_said(room: World, announcer: FakeAnnouncer) -> None:
    """Neither posts nor edits; also not the rest of a queue that is being said."""

    class Deposed(FakeAnnouncer):
        async def post(self, *arguments: Any) -> Any:
            self.may_act = False
            return await super().post(*arguments)

        may_act = False

    deposed = Deposed()
    await queue(room, "a", "b", "c")
    async with running(Outbox(room.desk, deposed, may_act=lambda: deposed.may_act)):
        await room.clock.advance(5.0)
        assert deposed.tried == []
        deposed.may_act = True
        await room.clock.advance(5.0)
        assert deposed.keys == ["a"]
        deposed.may_act = True
        await room.clock.advance(5.0)
        assert deposed.keys == ["a", "b"]


@pytest.mark.parametrize("error", [AWAY, RuntimeError("a bug in a card")])
async def test_whatever_goes_wrong_with_a_message_the_outbox_goes_on(
    room: World, announcer: FakeAnnouncer, outbox: Outbox, error: BaseException
) -> None:
    """Not even a bug ends it: the channel waits, and is tried again."""
    announcer.failures = [error]
    await queue(room, "a")
    async with running(outbox):
        await room.clock.advance(0.5)
        assert ("report it" in outbox.health().detail) == isinstance(error, RuntimeError)
        await room.clock.advance(5.0)
    assert announcer.keys == ["a"]


async def test_words_on_a_trader_no_longer_configured_wait(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """It has no channel; the others are said, and nothing spins."""
    await queue(room, "a", trader="gone")
    await queue(room, "b")
    await outbox.deliver_due()
    assert announcer.keys == ["b"]
    assert outbox.health() == outbox.health().model_copy(update={"ok": True, "values": {"waiting": 0}})


async def test_a_ledger_that_is_away_stops_nothing_for_good(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """It is looked at again and again."""
    await queue(room, "a")
    room.ledger.away = True
    async with running(outbox):
        await room.clock.advance(2.0)
        room.ledger.away = False
        await room.clock.advance(1.0)
    assert announcer.keys == ["a"]
