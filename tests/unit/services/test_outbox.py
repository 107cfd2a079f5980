"""The outbox: in order, each once, for as long as it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from bot.daybook import root_key, say
from bot.domain.day import DayRecord
from bot.domain.entry import DayClosed, Draft, Entry
from bot.domain.notice import Announcement, BotReturned, Placement, Revoked
from bot.domain.people import BOT, INSIDE
from bot.domain.verdict import Verdict
from bot.errors import DeliveryRefused, LedgerBroken, MessageGone, SlackUnreachable
from bot.ports import Posted
from bot.services import outbox as outbox_module
from bot.services import root_cards
from bot.services.outbox import Outbox
from tests.support.clock import ManualClock, settle
from tests.support.evidence import OPENS
from tests.support.fakes import FakeAnnouncer, ListCalendar, World, sessions, world

DAYS = sessions(2)
ROOT = root_key("orb", DAYS[0].date)
AWAY = SlackUnreachable("Slack did not answer.")
REFUSED = DeliveryRefused("Invite the bot to the channel.")


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
    room: World, announcer: FakeAnnouncer, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried every half minute, told in health and log with what to do, and one episode is on record."""
    announcer.blocked["orb"] = REFUSED
    await queue(room, "a", "b")
    async with running(outbox):
        await room.clock.advance(40.0)
        assert announcer.tried == ["a", "a"]
        assert outbox.health().detail == "messages for C-orb: Invite the bot to the channel."
        assert [(body.channel, body.reason) for body in room.ledger.of_kind("delivery_blocked")] == [
            ("C-orb", "Invite the bot to the channel.")
        ]
        announcer.blocked.clear()
        await room.clock.advance(25.0)
    assert announcer.keys == ["a", "b"]
    assert outbox.health().ok
    assert [body.channel for body in room.ledger.of_kind("delivery_resumed")] == ["C-orb"]
    assert room.ledger.of_kind("delivery_resumed")[0].seconds == pytest.approx(60.0, abs=0.5)
    assert caplog.text.count("messages for C-orb wait until this is mended: Invite the bot") == 1
    assert "next try" not in caplog.text


async def test_an_episode_goes_on_over_a_restart(room: World, announcer: FakeAnnouncer, outbox: Outbox) -> None:
    """The next bot finds it on record, neither begins it anew nor forgets to end it."""
    announcer.blocked["orb"] = REFUSED
    await queue(room, "a")
    await outbox.deliver_due()
    fresh = Outbox(room.desk, announcer)
    async with running(fresh):
        await room.clock.advance(40.0)
        announcer.blocked.clear()
        await room.clock.advance(40.0)
    assert len(room.ledger.of_kind("delivery_blocked")) == 1
    assert len(room.ledger.of_kind("delivery_resumed")) == 1


async def test_an_episode_whose_record_got_no_answer_is_on_record_once(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """A ledger that took it and then went away has it; who asks again sees so."""
    append = room.ledger.append

    async def lost(*drafts: Draft) -> tuple[Entry, ...]:
        entries = await append(*drafts)
        if any(draft.body.kind == "delivery_blocked" for draft in drafts):
            raise LedgerBroken("It did not answer in time.")
        return entries

    room.ledger.append = lost
    announcer.blocked["orb"] = REFUSED
    await queue(room, "a")
    async with running(outbox):
        await room.clock.advance(100.0)
    assert len(announcer.tried) > 2
    assert len(room.ledger.of_kind("delivery_blocked")) == 1


async def test_an_episode_that_cannot_be_recorded_now_is_recorded_later(
    room: World, announcer: FakeAnnouncer, outbox: Outbox
) -> None:
    """Neither its beginning nor its end holds up a message."""
    room.ledger.refuses = lambda draft: LedgerBroken("Full.") if draft.body.kind.startswith("delivery") else None
    announcer.blocked["orb"] = REFUSED
    await queue(room, "a", "b", "c")
    async with running(outbox):
        await room.clock.advance(10.0)
        room.ledger.refuses = lambda _: None
        await room.clock.advance(30.0)
        assert len(room.ledger.of_kind("delivery_blocked")) == 1
        room.ledger.refuses = lambda draft: LedgerBroken("Full.") if draft.body.kind.startswith("delivery") else None
        announcer.blocked.clear()
        await room.clock.advance(30.0)
        assert announcer.keys == ["a", "b", "c"]
        room.ledger.refuses = lambda _: None
        await queue(room, "d")
        await room.clock.advance(1.0)
    assert len(room.ledger.of_kind("delivery_resumed")) == 1


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


@pytest.mark.parametrize(("takes", "said"), [(4.0, ["a"]), (3600.0, [])])
async def test_its_end_leaves_nothing_under_way(
    room: World, monkeypatch: pytest.MonkeyPatch, takes: float, said: list[str]
) -> None:
    """A post under way ends and nothing comes after it; what would take for ever is cut off, and waits on record."""

    class Slow(FakeAnnouncer):
        async def post(self, *arguments: Any) -> Any:
            await room.clock.sleep(takes)
            return await super().post(*arguments)

    monkeypatch.setattr(outbox_module, "_ENDS_WITHIN", 1.0)
    slow = Slow()
    ending = Outbox(room.desk, slow)
    await queue(room, "a", "b")
    async with running(ending):
        await settle()
    end = asyncio.create_task(ending.end())
    await room.clock.advance(5.0)
    await end
    await ending.deliver_due()
    await room.clock.advance(7200.0)
    assert slow.keys == said
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("the outbox:")]
    assert len(await room.ledger.unsent()) == 2 - len(said)


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
