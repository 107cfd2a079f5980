"""What doctor says of the outbox, folded from the ledger: who takes no messages, since when, why, and what waits."""

from datetime import timedelta

import pytest

from bot.daybook import say
from bot.domain.entry import DeliveryBlocked, DeliveryResumed, Draft
from bot.domain.notice import Revoked
from bot.domain.people import BOT, INSIDE
from bot.finding import State
from bot.terminal.unsaid import unsaid
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, sessions, world

ARCHIVED = "Slack refuses messages to C-orb (is_archived): unarchive the channel, or configure another one."


@pytest.fixture
def room() -> World:
    """A desk with two traders, of a channel each."""
    return world(ManualClock(OPENS), ListCalendar(sessions(1)), names=("orb", "gap"))


async def queue(room: World, *traders: str) -> None:
    """Queue a message about each."""
    for number, trader in enumerate(traders):
        key = f"{room.clock.now()} {number}"
        await room.ledger.append(say(Revoked(why="w"), key=key, trader=trader, at=room.clock.now(), day=None))


async def record(room: World, body: DeliveryBlocked | DeliveryResumed) -> None:
    """Record the beginning or the end of an episode."""
    await room.ledger.append(Draft(at=room.clock.now(), body=body, actor=BOT, origin=INSIDE))


async def found(room: World) -> list[tuple[State, str]]:
    """What it finds."""
    return [(finding.state, finding.text) for finding in await unsaid(room.desk)]


async def test_with_nothing_unsaid_all_is_well(room: World) -> None:
    """One line says so."""
    assert await found(room) == [(State.OK, "nothing waits to be said")]


async def test_a_channel_that_refuses_messages_is_told_with_what_to_do(room: World) -> None:
    """Since when, how many wait, and the reason as Slack and the bot put it; the other channel is told apart."""
    await record(room, DeliveryBlocked(channel="C-orb", reason=ARCHIVED))
    await queue(room, "orb", "orb", "gap")
    await room.clock.advance(300.0)
    (blocked, waits) = await found(room)
    since = f"{OPENS:%Y-%m-%d %H:%M} UTC"
    assert blocked == (State.MISSING, f"C-orb takes no messages since {since}, 2 wait: {ARCHIVED}")
    assert waits[0] is State.WARNING
    assert waits[1].startswith(f"1 for C-gap since {OPENS:%Y-%m-%d %H:%M:%S} UTC: start the bot")


async def test_a_channel_that_takes_them_again_is_no_trouble(room: World) -> None:
    """Neither is one that is not configured any more."""
    await record(room, DeliveryBlocked(channel="C-orb", reason=ARCHIVED))
    await record(room, DeliveryBlocked(channel="C-gone", reason="…"))
    await record(room, DeliveryResumed(channel="C-orb", seconds=60.0))
    assert await found(room) == [(State.OK, "nothing waits to be said")]


async def test_what_is_about_to_be_said_is_no_trouble(room: World) -> None:
    """A running bot needs a moment."""
    await queue(room, "orb")
    await room.clock.advance(timedelta(seconds=5).total_seconds())
    (finding,) = await found(room)
    assert finding[0] is State.OK
    assert finding[1].endswith("about to be said")


async def test_words_on_a_trader_no_longer_configured_are_told(room: World) -> None:
    """They have no channel, and nobody would know that they wait."""
    await queue(room, "gone", "gone")
    (finding,) = await found(room)
    assert finding[0] is State.WARNING
    assert finding[1].startswith("2 about gone wait for a channel")
