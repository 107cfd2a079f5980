"""The app's Home over the real Bolt app: what each person sees when they open it, and what that costs."""

from collections.abc import AsyncIterator

import pytest

from commands.dispatcher import Outcome, Request
from tests.support.slack_room import ASHA, GUS, Room, open_room

STRANGER = "U0STRANGER"


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """A connected app."""
    async with open_room() as opened:
        yield opened


async def shown(room: Room, user: str) -> str:
    """Open Home as somebody, and return what it shows."""
    assert (await room.workspace.open_home(user)).ok
    await room.workspace.wait_for(lambda: room.workspace.home(user))
    return str(room.workspace.home(user))


async def test_it_shows_each_trader_and_what_one_may_run(room: Room) -> None:
    """An operator sees where every trader stands, what they may run for it, and in which channel."""
    home = await shown(room, ASHA)
    assert "nifty-orb" in home
    assert "bank-orb" in home
    assert "As operator of nifty-orb in <#C0BURNIN01>: `check` `drill`" in home
    assert "`approve`" not in home


async def test_a_guest_may_look_and_is_told_who_may_do_more(room: Room) -> None:
    """Whoever may look at the channel may look at Home; what changes something is not offered."""
    home = await shown(room, GUS)
    assert "As viewer of nifty-orb" in home
    assert "Guests may look, but not change anything. These may: Asha" in home
    assert "`drill`" not in home


async def test_it_has_nothing_to_press(room: Room) -> None:
    """What changes something is run in a channel, where the others see it."""
    assert "button" not in await shown(room, ASHA)


async def test_opening_it_again_reads_it_anew(room: Room) -> None:
    """Each opening is one status, asked with a viewer's rights, whoever opens it."""
    await shown(room, ASHA)
    assert (await room.workspace.open_home(ASHA)).ok
    await room.workspace.wait_for(lambda: len(room.dispatcher.asked) == 2)
    assert room.dispatcher.lines == ["status", "status"]
    assert {request.role for request in room.dispatcher.asked} == {"viewer"}
    assert {request.origin.raw for request in room.dispatcher.asked} == {"Home opened"}


async def test_a_ledger_that_cannot_be_read_is_said(room: Room) -> None:
    """Home says what is wrong, and nothing of an earlier opening stays."""

    async def broken(request: Request) -> Outcome:
        message = "Nothing was run, because it could not be recorded. The ledger is away."
        return Outcome(command="status", outcome="failed", exit_code=5, reason="ledger_broken", message=message)

    room.dispatcher.answer = broken
    home = await shown(room, ASHA)
    assert "The ledger is away." in home
    assert "nifty-orb" not in home
