"""The day's root message: before its thread, once, and edited when its words change."""

from datetime import timedelta
from typing import Any

import pytest

from bot.daybook import root_key, say
from bot.domain.measures import SessionSoFar, Watched
from bot.domain.notice import DayCard, Placement, Revoked
from bot.errors import MessageGone
from bot.ports import Head
from bot.services import root_cards
from bot.services.outbox import Outbox
from tests.support.fakes import FakeAnnouncer, World
from tests.support.outbox_room import AWAY, DAYS, REFUSED, ROOT, close, queue, running


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


async def test_each_message_goes_with_the_entry_that_asked_for_it(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """A root message that comes along with the one that queued it; an edit of it with the ledger's end."""
    await queue(room, "a", placement=Placement.THREAD)
    await outbox.deliver_due()
    queued = {entry.key: Head(entry.seq, entry.hash) for entry in room.ledger.chain}
    assert announcer.heads == [(key, queued[f"message:{key}"]) for key in (ROOT, "a")]
    await close(room)
    await room.clock.advance(3.0)
    await outbox.deliver_due()
    assert announcer.heads[-1] == (ROOT, await room.ledger.head())


async def test_a_day_that_is_in_no_calendar_is_told_without_a_thread(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """A session that was taken out of the calendar has no card; its words are said all the same."""
    at, gone = room.clock.now(), DAYS[0].date - timedelta(days=9)
    await room.ledger.append(say(Revoked(why="w"), key="a", trader="orb", at=at, day=gone))
    await outbox.deliver_due()
    assert [(announcement.key, root) for announcement, root in announcer.said] == [("a", None)]


async def test_a_root_message_of_a_day_in_no_calendar_is_said_as_it_was_queued(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """There is nothing newer to say of that day; it is said once all the same, and waits no more."""
    at, gone = room.clock.now(), DAYS[0].date - timedelta(days=9)
    key = root_key("orb", gone)
    await room.ledger.append(say(Revoked(why="w"), key=key, trader="orb", at=at, day=gone, placement=Placement.ROOT))
    await outbox.deliver_due()
    await outbox.deliver_due()
    assert announcer.keys == [key]
    assert await room.ledger.unsent() == ()


async def test_a_root_message_that_cannot_be_made_holds_up_nothing(
    room: World, announcer: FakeAnnouncer, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in what is folded for a day must not silence the day: its words are said in the channel."""

    async def broken(*_: Any) -> None:
        raise ValueError("a bug in a fold")

    monkeypatch.setattr(root_cards, "card_of", broken)
    await queue(room, "a", placement=Placement.BROADCAST)
    await outbox.deliver_due()
    assert [(announcement.key, root) for announcement, root in announcer.said] == [("a", None)]


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


async def test_numbers_alone_are_shown_anew_only_now_and_then(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """What got worse is on the card within ten seconds, in one edit; what reads the same edits nothing."""

    def read(percent: int) -> None:
        watched = Watched(samples=percent, percent=percent, longest_gap=1.0, gap_limit=5.0)
        room.desk.so_far["orb"] = SessionSoFar(day=DAYS[0].date, watched=watched, measures=())

    await queue(room, "a", placement=Placement.THREAD)
    async with running(outbox):
        await room.clock.advance(5.0)
        for percent in range(4):
            read(percent)
            await room.clock.advance(1.0)
        assert announcer.edits == []
        await room.clock.advance(60.0)
    reports = [edit.notice.report for edit in announcer.edits if isinstance(edit.notice, DayCard)]
    assert [report.watched.percent for report in reports if report.watched] == [3]


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
    ("error", "edits"), [(AWAY, 1), (REFUSED, 1), (MessageGone("deleted"), 0), (RuntimeError("a bug in a card"), 0)]
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
        await room.clock.advance(40.0)
    assert len(announcer.edits) == edits


async def test_after_a_start_the_root_messages_of_the_last_days_are_brought_up_to_date_once(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """Nobody edited them while no bot ran: the current day's and the last one's are; then only what changes."""
    await queue(room, "a", placement=Placement.THREAD)
    await outbox.deliver_due()
    await room.clock.advance((DAYS[1].opens - room.clock.now()).total_seconds() + 1.0)
    at, second = room.clock.now(), DAYS[1].date
    await room.ledger.append(say(Revoked(why="w"), key="b", trader="orb", at=at, day=second))
    await outbox.deliver_due()
    announcer.edits.clear()
    async with running(Outbox(room.desk, announcer)):
        await room.clock.advance(5.0)
        assert [edited.day for edited in announcer.edits] == [DAYS[0].date, second]
        await queue(room, "c", placement=Placement.THREAD)
        await room.clock.advance(10.0)
    assert len(announcer.edits) == 2
