"""An outbox that is cut off between post and note, or stopped: nothing is lost, nothing is said twice."""

import asyncio
from typing import Any

import pytest

from bot.domain.entry import Draft
from bot.domain.people import BOT, INSIDE
from bot.errors import LedgerBroken
from bot.services import outbox as outbox_module
from bot.services.outbox import Outbox
from tests.support.clock import settle
from tests.support.fakes import FakeAnnouncer, World
from tests.support.outbox_room import queue, running


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
