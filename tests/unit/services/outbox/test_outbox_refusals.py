"""A channel that refuses messages: tried again until it is mended, with one episode on record."""

import pytest

from bot.domain.entry import Draft, Entry
from bot.errors import LedgerBroken
from bot.services.outbox import Outbox
from tests.support.fakes import FakeAnnouncer, World
from tests.support.outbox_room import REFUSED, queue, running


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
