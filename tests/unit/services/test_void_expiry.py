"""A request that nobody answers in time ends by itself, is told once, and a restart neither loses nor doubles it."""

import asyncio
import logging
from typing import Any

import pytest

from bot.domain.people import SCHEDULER, Role
from bot.domain.standing import VoidRefused, void_key
from bot.errors import LedgerBroken
from bot.services.void_expiry import VoidExpiry
from tests.support.fakes import World
from tests.support.void_room import DAYS, F, P, ask, lived, meanwhile, on_day, room_after, said

FOUR_HOURS = 4 * 3600.0


@pytest.fixture
async def room() -> World:
    """A desk after three days."""
    found = room_after(2)
    await lived(found, P, F, P)
    return found


def ends(room: World) -> list[str]:
    """Return how requests ended without approval."""
    return [body.why for body in room.ledger.of_kind("void_refused")]


async def test_an_unanswered_request_expires_once(room: World) -> None:
    """In the place of the question and in the thread; nobody is named as who answered."""
    await ask(room, 1)
    expiry = VoidExpiry(room.desk)
    await room.clock.advance(FOUR_HOURS - 1)
    await expiry.expire_due()
    assert ends(room) == []
    await room.clock.advance(1)
    for _ in range(3):
        await expiry.expire_due()
    assert ends(room) == ["expired"]
    (entry,) = [entry for entry in room.ledger.chain if entry.body.kind == "void_refused"]
    assert (entry.actor, entry.day) == (SCHEDULER, DAYS[1].date)
    edit, told = said(room, "void_decided")
    assert (edit.placement, told.placement, told.notice.decision) == ("edit", "thread", "expired")
    assert (edit.edits, told.notice.decided_by) == (said(room, "void_asked")[0].key, None)


async def test_a_bot_that_was_away_says_it_when_it_is_back(room: World) -> None:
    """Its state is the ledger: another process says it, once."""
    await ask(room, 1)
    await room.clock.advance(10 * FOUR_HOURS)
    for _ in range(2):
        await VoidExpiry(room.desk).expire_due()
    assert (ends(room), len(said(room, "void_decided"))) == (["expired"], 2)


@pytest.mark.parametrize("line", ["approve", "decline"])
async def test_an_answered_request_does_not_expire(room: World, line: str) -> None:
    """Whatever the answer was."""
    number = await ask(room, 1)
    await room.ask(f"{line} {number}", actor=SCHEDULER.model_copy(update={"kind": "slack"}), role=Role.APPROVER)
    await room.clock.advance(FOUR_HOURS)
    await VoidExpiry(room.desk).expire_due()
    assert ends(room) == (["declined"] if line == "decline" else [])


async def test_an_answer_in_the_same_moment_stands(room: World) -> None:
    """The ledger takes one of both; what comes second is dropped without a word."""
    number = await ask(room, 1)
    await room.clock.advance(FOUR_HOURS)

    async def answered() -> None:
        await on_day(room, DAYS[1], VoidRefused(request=number, why="declined"), void_key(number))

    meanwhile(room, "void_refused", answered)
    await VoidExpiry(room.desk).expire_due()
    assert (ends(room), said(room, "void_decided")) == (["declined"], [])


async def test_trouble_is_no_end_of_it(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be recorded is tried again, and the log says it once; a mistake does not end the watch either."""
    await ask(room, 1)
    caplog.set_level(logging.INFO)
    await room.clock.advance(FOUR_HOURS)
    trouble: list[Any] = [LedgerBroken("Away."), LedgerBroken("Away."), ValueError("odd")]
    room.ledger.refuses = lambda draft: trouble.pop(0) if trouble else None
    running = asyncio.create_task(VoidExpiry(room.desk).run())
    await room.clock.advance(30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert ends(room) == ["expired"]
    said_in_log = [record.getMessage() for record in caplog.records if "void" in record.getMessage()]
    assert said_in_log == [
        "requests to void a day cannot be looked at: Away.",
        "the expiry of requests to void a day broke off, and goes on",
        "requests to void a day can be looked at again",
    ]
