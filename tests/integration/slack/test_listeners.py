"""The real Bolt app over Socket Mode against the sandbox workspace: typing, pressing, being refused, being told."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.entry import Draft, MessageQueued
from bot.domain.notice import Placement
from bot.domain.people import Role
from bot.domain.steps import Step, StepState
from bot.ports import Posted
from bot.slack.cards.blocks import ONCE, actions
from bot.slack.cards.message import message
from bot.slack.cards.words import run_button
from bot.slack.clients import posting_client
from commands.dispatcher import Outcome, Request
from tests.support.eventually import eventually
from tests.support.slack_room import ASHA, BEN, GUS, ROOM, Room, done, open_room


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """A connected app."""
    async with open_room() as opened:
        yield opened


async def test_a_check_is_answered_to_the_asker_alone(room: Room) -> None:
    """A read-only report goes to the one who asked; the channel stays quiet."""
    await room.type(GUS, "/burnin check")
    told = await room.told(GUS, "FAIL · check nifty-orb")
    assert any(block["type"] == "table" for block in _blocks(told))
    assert room.workspace.messages(ROOM) == []
    assert room.workspace.ephemerals(ASHA, ROOM) == []


async def test_what_is_recorded_tells_who_and_where_but_no_token(room: Room) -> None:
    """The origin holds team, channel, raw text and a digest; nothing of Slack's triggers or response URLs."""
    await room.type(ASHA, "/burnin check nifty-orb")
    await room.told(ASHA, "check")
    (request,) = room.dispatcher.asked
    assert (request.actor.id, request.actor.name, request.role) == (ASHA, "Asha", Role.OPERATOR)
    assert (request.origin.team, request.origin.channel, request.origin.raw) == ("T0BURNIN00", ROOM, "check nifty-orb")
    assert re.fullmatch("[0-9a-f]{64}", request.origin.request)


async def test_an_operator_runs_a_drill_and_is_told_its_end(room: Room) -> None:
    """The asker is told that it runs and how it ended; the result itself is the outbox's to announce."""
    await room.type(ASHA, "/burnin drill")
    await room.told(ASHA, "Running")
    await room.told(ASHA, "FAIL · drill nifty-orb (0.1 s)")
    assert room.workspace.messages(ROOM) == []


async def test_a_guest_may_not_change_anything(room: Room) -> None:
    """The request of a guest carries a refusal that names who can."""
    room.dispatcher.answer = _refuse
    await room.type(GUS, "/burnin drill")
    told = await room.told(GUS, "Guests may look")
    assert "Asha, Ben" in str(told["text"])
    assert room.dispatcher.asked[0].role is Role.VIEWER


async def test_a_refusal_offers_the_right_next_step(room: Room) -> None:
    """A hint that can be run becomes a button, and pressing it runs it as whoever pressed."""

    async def answer(request: Request) -> Outcome:
        if request.text == "chekc":
            said = "There is no command 'chekc'. Did you mean 'check'?"
            return Outcome(command="unknown", outcome="refused", exit_code=2, message=said, hint="check")
        return done(request)

    room.dispatcher.answer = answer
    await room.type(ASHA, "/burnin chekc")
    told = await room.told(ASHA, "Did you mean")
    assert (await room.workspace.click(ASHA, str(told["ts"]), "run:check")).ok
    await room.told(ASHA, "check nifty-orb")
    assert room.dispatcher.lines == ["chekc", "check"]
    assert not [one for one in room.workspace.ephemerals(ASHA, ROOM) if "Did you mean" in one["text"]]


async def test_a_viewer_is_refused_flatten_without_a_question(room: Room) -> None:
    """Who may not flatten is refused by the dispatcher, which records it."""
    room.dispatcher.answer = _refuse
    await room.type(GUS, "/burnin flatten")
    await room.told(GUS, "Guests may look")
    assert room.dispatcher.lines == ["flatten"]


async def test_a_click_runs_with_the_rights_of_who_clicked(room: Room) -> None:
    """A button in a message everybody sees runs as the clicker, and then says who pressed it and when."""
    ts = await _once(room)
    room.dispatcher.answer = _refuse_guests
    assert (await room.workspace.click(GUS, ts, "run:drill")).ok
    await room.told(GUS, "Guests may look")
    assert "run:drill" in str(room.workspace.messages(ROOM)[0]["blocks"])
    assert (await room.workspace.click(BEN, ts, "run:drill")).ok
    await room.workspace.wait_for(lambda: "run by Ben" in str(room.workspace.messages(ROOM)[0]["blocks"]))
    assert [request.actor.id for request in room.dispatcher.asked] == [GUS, BEN]
    assert "run:drill" not in str(room.workspace.messages(ROOM)[0]["blocks"])


async def test_progress_is_one_message_in_the_days_thread(room: Room) -> None:
    """A long command posts once into the thread and edits that message; its last words are recorded with its end."""
    client = posting_client(room.workspace.bot_token, room.workspace.api_url)
    root = str((await client.chat_postMessage(channel=ROOM, text="the day"))["ts"])
    room.place.root = Posted(channel=ROOM, ref=root)
    shown, recorded = asyncio.Event(), list[Draft]()

    async def answer(request: Request) -> Outcome:
        await request.progress((Step(name="inject", state=StepState.IN_PROGRESS),))
        await shown.wait()
        outcome = done(request)
        recorded.extend(request.ending(outcome))
        return outcome

    room.dispatcher.answer = answer
    await room.type(ASHA, "/burnin drill")
    await room.workspace.wait_for(lambda: room.workspace.replies(ROOM, root))
    assert "'title': 'inject', 'status': 'in_progress'" in str(room.workspace.replies(ROOM, root)[0]["blocks"])
    shown.set()
    await room.told(ASHA, "drill nifty-orb")
    (last,) = [draft.body.announcement for draft in recorded if isinstance(draft.body, MessageQueued)]
    assert (last.placement, last.edits) == (Placement.EDIT, f"progress:{room.dispatcher.asked[0].origin.request}")
    assert len(room.workspace.replies(ROOM, root)) == 1


async def test_flatten_never_queues_behind_others(room: Room) -> None:
    """With every slow place taken by drills, a confirmed flatten still runs at once."""
    release = asyncio.Event()

    async def answer(request: Request) -> Outcome:
        if request.text == "drill":
            await release.wait()
        return done(request)

    room.dispatcher.answer = answer
    for _ in range(6):
        await room.type(ASHA, "/burnin drill")
    await eventually(lambda: len(room.dispatcher.asked) == 4)
    await room.type(BEN, "/burnin flatten")
    assert (await room.submit(BEN, typed="nifty-orb")).ok
    await room.told(BEN, "PASS · flatten")
    assert room.dispatcher.lines.count("drill") == 4
    release.set()
    await eventually(lambda: len(room.dispatcher.asked) == 7)


async def test_an_unexpected_error_is_told_and_the_app_lives_on(room: Room) -> None:
    """A listener that breaks off says so to the asker, and the next command works."""

    async def broken(request: Request) -> Outcome:
        raise RuntimeError("xoxb-secret")

    room.dispatcher.answer = broken
    await room.type(ASHA, "/burnin check")
    told = await room.told(ASHA, "RuntimeError")
    assert "xoxb-secret" not in str(told)
    room.dispatcher.answer = None
    await room.type(ASHA, "/burnin check")
    await room.told(ASHA, "check nifty-orb")


async def test_home_shows_each_trader(room: Room) -> None:
    """Opening Home publishes where every trader stands."""
    assert (await room.workspace.open_home(ASHA)).ok
    await room.workspace.wait_for(lambda: room.workspace.home(ASHA))
    shown = str(room.workspace.home(ASHA))
    assert "nifty-orb" in shown
    assert "bank-orb" in shown


async def test_running_work_is_let_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """A command that still runs when the connection closes ends and is answered."""
    release = asyncio.Event()
    async with open_room() as room:

        async def answer(request: Request) -> Outcome:
            release.set()
            await asyncio.sleep(0)
            return done(request)

        room.dispatcher.answer = answer
        await room.type(ASHA, "/burnin check")
        await release.wait()
    assert "cut off" not in caplog.text
    assert room.dispatcher.lines == ["check"]


async def _once(room: Room) -> str:
    said = message("No drill yet.", [actions(run_button("Run the drill", "drill nifty-orb"), block_id=ONCE)])
    client = posting_client(room.workspace.bot_token, room.workspace.api_url)
    return str((await client.chat_postMessage(channel=ROOM, text=said.text, blocks=list(said.blocks)))["ts"])


async def _refuse(request: Request) -> Outcome:
    return Outcome(command="drill", outcome="refused", exit_code=4, reason="access", message=request.refusal)


async def _refuse_guests(request: Request) -> Outcome:
    return await _refuse(request) if request.refusal else done(request)


def _blocks(message: dict[str, object]) -> list[dict[str, Any]]:
    found = message["blocks"]
    assert isinstance(found, list)
    return found
