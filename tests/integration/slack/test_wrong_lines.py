"""Wrong and natural lines in Slack: what is offered can be pressed, and nothing forgiven gets past a question."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.people import Role
from commands.dispatcher import Outcome, Request
from tests.support.slack_room import ASHA, ROOM, Room, done, open_room

CHOICES = ("drill nifty-orb", "drill nifty-orb --qty 25", "check nifty-orb", "check nifty-orb --share")


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """A connected app."""
    async with open_room() as opened:
        yield opened


async def _which(request: Request) -> Outcome:
    if request.text == "which":
        return Outcome(command="check", outcome="refused", exit_code=2, message="Which trader?", choices=CHOICES)
    return done(request)


async def test_each_line_that_may_be_meant_can_be_pressed(room: Room) -> None:
    """Buttons of one command stand beside each other; pressing one runs its own line, and the question is gone."""
    room.dispatcher.answer = _which
    await room.type(ASHA, "/burnin which")
    card = await room.told(ASHA, "Which trader?")
    assert (await room.workspace.click(ASHA, str(card["ts"]), "run:check:3")).ok
    await room.told(ASHA, "check nifty-orb")
    assert room.dispatcher.lines == ["which", "check nifty-orb --share"]
    assert not [one for one in room.workspace.ephemerals(ASHA, str(card["channel"])) if "Which trader" in one["text"]]


async def test_a_line_with_a_form_is_asked_about_when_pressed(room: Room) -> None:
    """The form opens, filled in with what the line says; nothing runs by the button."""
    room.dispatcher.answer = _which
    await room.type(ASHA, "/burnin which")
    card = await room.told(ASHA, "Which trader?")
    assert (await room.workspace.click(ASHA, str(card["ts"]), "open:drill:1")).ok
    assert "25" in str((await room.form(ASHA))["blocks"])
    assert room.dispatcher.lines == ["which"]


@pytest.mark.parametrize("typed", ["Flatten!", "`flatten`", "burnin flatten nifty-orb", "flatten NIFTY-ORB please"])
async def test_however_flatten_is_typed_it_is_asked_about(room: Room, typed: str) -> None:
    """What the parser forgives, it forgives before the question too."""
    await room.type(ASHA, f"/burnin {typed}")
    assert "Type the trader's name to confirm: nifty-orb" in str((await room.form(ASHA))["blocks"])
    assert room.dispatcher.asked == []


@pytest.mark.parametrize("typed", ["flatten --help", "flatten help", "flatten ?"])
async def test_who_asks_what_flatten_does_is_asked_nothing(room: Room, typed: str) -> None:
    """Help runs at once, and opens nothing."""
    await room.type(ASHA, f"/burnin {typed}")
    assert await room.workspace.wait_for(lambda: room.dispatcher.lines) == [typed]
    await room.told(ASHA, "flatten")
    assert room.workspace.views(ASHA) == []


async def test_a_person_is_meant_by_id(room: Room) -> None:
    """A mention reaches the command as Slack escapes it, and markup as it was typed."""
    await room.type(ASHA, "/burnin audit @ben today")
    await room.told(ASHA, "Audit trail")
    (request,) = room.dispatcher.asked
    assert (request.text, request.role) == ("audit <@U0APPROVER|ben> today", Role.OPERATOR)


@pytest.mark.parametrize(
    "typed", ["drill bank-orb", "close someday", "approve the first one", "flatten nifty-orb now!!x"]
)
async def test_a_line_that_cannot_be_read_is_not_said_to_run(room: Room, typed: str) -> None:
    """Nobody reads that a flatten runs where nothing does."""

    async def refuse(_: Request) -> Outcome:
        return Outcome(command="drill", outcome="refused", exit_code=2, message="Nobody knows what you mean.")

    room.dispatcher.answer = refuse
    await room.type(ASHA, f"/burnin {typed}")
    await room.told(ASHA, "Nobody knows what you mean.")
    assert len(room.workspace.ephemerals(ASHA, ROOM)) == 1


async def test_a_command_that_lacks_a_role_can_say_who_has_it(room: Room) -> None:
    """Also where the role depends on what else the line says."""
    await room.type(ASHA, "/burnin check --share")
    await room.told(ASHA, "check nifty-orb")
    (request,) = room.dispatcher.asked
    assert await request.why_not(Role.APPROVER) == "This takes an approver, and you are an operator. These may: Ben."
