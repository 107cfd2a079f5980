"""The outbox: in order, each once, for as long as it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.daybook import root_key, say
from bot.domain.day import DayRecord
from bot.domain.entry import DayClosed, Draft
from bot.domain.notice import Announcement, BotReturned, Placement, Revoked
from bot.domain.people import BOT, INSIDE
from bot.domain.verdict import Verdict
from bot.errors import DeliveryRefused, LedgerBroken, SlackUnreachable
from bot.ports import Posted
from bot.services.outbox import Outbox
from tests.support.clock import ManualClock, settle
from tests.support.evidence import OPENS
from tests.support.fakes import FakeAnnouncer, ListCalendar, World, sessions, world

DAYS = sessions(2)
ROOT = root_key("orb", DAYS[0].date)
AWAY = SlackUnreachable("Slack did not answer.")


@pytest.fixture
def room() -> World:
    """A desk in the middle of a session, with two traders of a channel each."""
    return world(ManualClock(OPENS + timedelta(seconds=30)), ListCalendar(DAYS), names=("orb", "gap"))


@pytest.fixture
def announcer() -> FakeAnnouncer:
    """Where it is said."""
    return FakeAnnouncer()


@pytest.fixture
def outbox(room: World, announcer: FakeAnnouncer) -> Outbox:
    """The outbox of that desk; what fails in it waits for as long as it may."""
    return Outbox(room.desk, announcer, spread=longest)


def longest(_: float, most: float) -> float:
    """The longest pause of all."""
    return most


async def queue(room: World, *keys: str, trader: str = "orb", placement: Placement = Placement.CHANNEL) -> None:
    """Queue messages."""
    for key in keys:
        notice = BotReturned(detail=key)
        at = room.clock.now()
        await room.ledger.append(say(notice, key=key, trader=trader, at=at, day=DAYS[0].date, placement=placement))


@asynccontextmanager
async def running(outbox: Outbox) -> AsyncIterator[None]:
    """Deliver for as long as the context lasts."""
    task = asyncio.create_task(outbox.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


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


async def test_the_root_message_comes_before_its_thread(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """A message of the thread brings the day's root message with it, exactly one, and stands under it."""
    await queue(room, "a", "b", placement=Placement.THREAD)
    await queue(room, "c", placement=Placement.BROADCAST)
    await outbox.deliver_due()
    assert announcer.keys == [ROOT, "a", "b", "c"]
    roots = [root.ref if root else None for _, root in announcer.said]
    assert roots == [None, *[f"ts-{ROOT}"] * 3]
    assert [body.announcement.key for body in room.ledger.of_kind("message_queued")].count(ROOT) == 1


async def test_a_root_message_that_was_queued_is_said_once(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """Behind a message of its thread or before it: one root."""
    from bot.daybook import card_of  # noqa: PLC0415 - queued by hand here only

    await queue(room, "a", placement=Placement.THREAD)
    card = await card_of(room.desk, room.trader_desk, DAYS[0])
    at = room.clock.now()
    await room.ledger.append(say(card, key=ROOT, trader="orb", at=at, day=DAYS[0].date, placement=Placement.ROOT))
    await outbox.deliver_due()
    await outbox.deliver_due()
    assert announcer.keys == [ROOT, "a"]


async def test_a_day_that_is_in_no_calendar_is_told_without_a_thread(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """A session that was taken out of the calendar has no card; its words are said all the same."""
    at, gone = room.clock.now(), DAYS[0].date - timedelta(days=9)
    await room.ledger.append(say(Revoked(why="w"), key="a", trader="orb", at=at, day=gone))
    await outbox.deliver_due()
    assert [(announcement.key, root) for announcement, root in announcer.said] == [("a", None)]


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
        async def post(self, announcement: Announcement, root: Posted | None, late: timedelta | None = None) -> Posted:
            await room.clock.sleep(30.0 if announcement.trader == "orb" else 0.1)
            return await super().post(announcement, root)

        async def update(self, announcement: Announcement, posted: Posted) -> None:
            await room.clock.sleep(30.0)
            await super().update(announcement, posted)

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


async def test_a_refusal_keeps_the_rest_waiting_until_it_is_mended(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """`not_in_channel` is tried again every half minute; then everything is said, in order."""
    announcer.blocked["orb"] = DeliveryRefused("Invite the bot to the channel.")
    await queue(room, "a", "b")
    async with running(outbox):
        await room.clock.advance(40.0)
        assert announcer.tried == ["a", "a"]
        announcer.blocked.clear()
        await room.clock.advance(25.0)
    assert announcer.keys == ["a", "b"]


@pytest.mark.parametrize("error", [AWAY, RuntimeError("a bug in a card")])
async def test_whatever_goes_wrong_with_a_message_the_outbox_goes_on(
    room: World, announcer: FakeAnnouncer, outbox: Outbox, error: BaseException
) -> None:
    """Not even a bug ends it: the channel waits, and is tried again."""
    announcer.failures = [error]
    await queue(room, "a")
    async with running(outbox):
        await room.clock.advance(5.0)
    assert announcer.keys == ["a"]


async def test_a_message_said_but_not_noted_is_not_said_again(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """Where the ledger was away at the wrong moment, only the note is made up for."""
    room.ledger.refuses = lambda draft: LedgerBroken("Full.") if draft.body.kind == "message_sent" else None
    await queue(room, "a")
    async with running(outbox):
        await room.clock.advance(0.5)
        room.ledger.refuses = lambda draft: None
        await room.clock.advance(5.0)
    assert announcer.keys == ["a"]
    assert len(room.ledger.of_kind("message_sent")) == 1


async def test_a_process_that_stopped_in_between_asks_the_announcer_again_with_the_same_key(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """Nothing is lost between post and note: the announcer knows by the key whether it was said."""
    room.ledger.refuses = lambda draft: LedgerBroken("Full.") if draft.body.kind == "message_sent" else None
    await queue(room, "a")
    await outbox.deliver_due()
    room.ledger.refuses = lambda draft: None
    await Outbox(room.desk, announcer).deliver_due()
    assert announcer.tried == ["a", "a"]


async def test_being_stopped_does_not_cut_a_message_in_half(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """A post under way ends and is noted; what delivers the rest waits for it and repeats nothing."""

    class Slow(FakeAnnouncer):
        async def post(self, *arguments: Any) -> Any:
            await room.clock.sleep(1.0)
            return await super().post(*arguments)

    slow = Slow()
    stopping = Outbox(room.desk, slow)
    await queue(room, "a")
    async with running(stopping):
        await settle()
    rest = asyncio.create_task(stopping.deliver_due())
    await room.clock.advance(3.0)
    await rest
    assert slow.keys == ["a"]
    assert await room.ledger.unsent() == ()


async def test_a_note_that_another_process_made_is_fine(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """Two processes may deliver the same message at the same moment."""
    from bot.domain.entry import MessageSent  # noqa: PLC0415 - the other process's note

    async def theirs(*arguments: Any) -> Any:
        body = MessageSent(message="a", channel="C1", ref="1")
        await room.ledger.append(Draft(at=room.clock.now(), body=body, actor=BOT, origin=INSIDE, key="sent:a"))

    class Racing(FakeAnnouncer):
        async def post(self, *arguments: Any) -> Any:
            await theirs()
            return await super().post(*arguments)

    await queue(room, "a")
    await Outbox(room.desk, Racing()).deliver_due()
    assert len(room.ledger.of_kind("message_sent")) == 1


async def test_words_on_a_trader_no_longer_configured_wait(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """It has no channel; the others are said, and nothing spins."""
    await queue(room, "a", trader="gone")
    await queue(room, "b")
    await outbox.deliver_due()
    assert announcer.keys == ["b"]
    assert outbox.health() == outbox.health().model_copy(update={"ok": True, "values": {"waiting": 0}})


async def close(room: World, verdict: Verdict = Verdict.FAIL, trader: str = "orb") -> None:
    """Record the close of the first day."""
    record = DayRecord(session=DAYS[0], verdict=verdict, criteria=())
    body = DayClosed(record=record)
    at = room.clock.now()
    await room.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=DAYS[0].date))


async def test_the_root_message_is_edited_when_its_words_change_and_only_then(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """Entries that change nothing on the card edit nothing; a verdict does, not sooner than 2 s after the last."""
    await queue(room, "a", placement=Placement.THREAD)
    async with running(outbox):
        await room.clock.advance(3.0)
        await queue(room, "b", placement=Placement.THREAD)
        await room.clock.advance(10.0)
        assert announcer.edits == []
        await close(room)
        await room.clock.advance(0.5)
        assert [edit.notice.report.verdict for edit in announcer.edits] == ["FAIL"]  # type: ignore[union-attr]


async def test_edits_keep_two_seconds_apart(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """However fast the words change, people can read them."""
    await queue(room, "a", placement=Placement.THREAD)
    async with running(outbox):
        await room.clock.advance(0.5)
        await close(room)
        await room.clock.advance(1.0)
        assert announcer.edits == []
        await room.clock.advance(1.5)
    assert len(announcer.edits) == 1


@pytest.mark.parametrize(
    ("error", "edits"), [(AWAY, 1), (DeliveryRefused("message_not_found"), 0), (RuntimeError("a bug in a card"), 0)]
)
async def test_an_edit_that_failed_is_made_up_for(
    room: World, announcer: FakeAnnouncer, outbox: Outbox, error: Exception, edits: int
) -> None:
    """Where trying again may help it is tried again; a message that somebody deleted is let go."""
    await queue(room, "a", placement=Placement.THREAD)
    async with running(outbox):
        await room.clock.advance(3.0)
        await close(room)
        announcer.failures = [error]
        await room.clock.advance(10.0)
    assert len(announcer.edits) == edits


async def test_after_a_restart_a_touched_day_is_edited_once(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """A new process does not know how the card reads, so the first change shows it anew."""
    await queue(room, "a", placement=Placement.THREAD)
    await outbox.deliver_due()
    fresh = Outbox(room.desk, announcer)
    async with running(fresh):
        await room.clock.advance(1.0)
        await queue(room, "b", placement=Placement.THREAD)
        await room.clock.advance(10.0)
    assert len(announcer.edits) == 1


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
