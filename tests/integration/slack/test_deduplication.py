"""What comes twice runs once: slash commands, clicks and events, over one connection or two, across a restart too."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.domain.entry import CommandFinished, CommandStarted
from bot.domain.people import Role
from bot.ports import Ledger
from bot.sandbox.workspace import Limits, Workspace
from bot.slack.cards.blocks import ONCE, actions
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import run_button
from bot.slack.clients import posting_client
from bot.slack.work import ROOMS, Lane, Room
from commands.command import Call, Command, CommandOptions, Result
from commands.dispatcher import Outcome, Request
from tests.support.eventually import eventually
from tests.support.slack_process import process
from tests.support.slack_room import ASHA, BEN, ROOM, done, open_room
from tests.support.slack_room import Room as SlackRoom
from tests.support.slack_samples import REPORTS

STAYS = message("Once more?", [actions(run_button("Run check", "check"))])
ONCE_ONLY = message("No drill yet.", [actions(run_button("Run the drill", "drill nifty-orb"), block_id=ONCE)])


async def test_a_command_that_comes_again_after_a_restart_runs_nothing(tmp_path: Path) -> None:
    """The intent's key is in the ledger: the same trigger runs once, whichever process it reaches."""
    async with Workspace(limits=Limits.off()) as slack:
        async with process(slack, tmp_path / "burnin.db", COMMANDS) as (room, _):
            await room.type(ASHA, "/burnin drill")
            await room.told(ASHA, "FAIL · drill")
        said, last = len(slack.ephemerals(ASHA, ROOM)), slack.sockets.last
        assert last is not None
        async with process(slack, tmp_path / "burnin.db", COMMANDS) as (room, ledger):
            await slack.sockets.deliver(*last)
            await room.type(BEN, "/burnin status")
            await room.told(BEN, "nifty-orb")
            assert await _lines(ledger) == ["drill", "status"]
        assert "FAIL" not in str(slack.ephemerals(ASHA, ROOM)[said:])


async def test_an_event_that_is_retried_after_a_restart_runs_nothing(tmp_path: Path) -> None:
    """The same `event_id` is one event, also for the process that comes after."""
    async with Workspace(limits=Limits.off()) as slack:
        async with process(slack, tmp_path / "burnin.db", COMMANDS):
            assert (await slack.open_home(ASHA)).ok
            await slack.wait_for(lambda: slack.home(ASHA))
        assert slack.sockets.last is not None
        async with process(slack, tmp_path / "burnin.db", COMMANDS):
            await slack.sockets.deliver(*slack.sockets.last)
        ledger = await SqliteLedger.open(tmp_path / "burnin.db")
        assert await _lines(ledger) == ["status"]
        await ledger.close()


async def test_an_event_whose_ack_is_lost_is_retried_and_runs_once() -> None:
    """Slack sends it again; Home is published once."""
    async with open_room(workspace=Workspace(limits=Limits.off(), ack_seconds=0.3, event_retries=(0.5,) * 9)) as room:
        room.workspace.sockets.faults.forget = 1
        assert not (await room.workspace.open_home(ASHA)).ok
        await room.workspace.wait_for(lambda: room.workspace.home(ASHA))
        await room.workspace.wait_for(lambda: room.workspace.sockets.delivered == 2)
        await room.type(BEN, "/burnin check")
        await room.told(BEN, "check nifty-orb")
        assert room.dispatcher.lines == ["status", "check"]


async def test_two_people_who_type_the_same_are_ordered_and_both_told(tmp_path: Path) -> None:
    """One drill runs; who came second, by the ledger, is told who runs it since when."""
    async with (
        Workspace(limits=Limits.off()) as slack,
        process(slack, tmp_path / "burnin.db", COMMANDS) as (room, ledger),
    ):
        await asyncio.gather(room.type(ASHA, "/burnin drill"), room.type(BEN, "/burnin drill"))
        await slack.wait_for(lambda: len(_told(room, ASHA, BEN, "FAIL · drill")) == 1)
        (refused,) = await slack.wait_for(lambda: _told(room, ASHA, BEN, "has been running this for"))
        (ran,) = _told(room, ASHA, BEN, "FAIL · drill")
        assert ran[0] != refused[0]
        assert {ASHA: "Asha", BEN: "Ben"}[ran[0]] in refused[1]
        ended = [entry.body for entry in await ledger.entries() if isinstance(entry.body, CommandFinished)]
        assert sorted(body.outcome for body in ended) == ["done", "refused"]


async def test_a_double_click_runs_once() -> None:
    """Both clicks are acked; the second runs nothing and says so to its clicker alone."""
    async with open_room() as room:
        ts = await _shown(room, STAYS)
        clicks = [room.workspace.click(ASHA, ts, "run:check") for _ in range(2)]
        assert all(outcome.ok for outcome in await asyncio.gather(*clicks))
        await room.told(ASHA, "you have pressed this button already")
        await room.told(ASHA, "check nifty-orb")
        assert room.dispatcher.lines == ["check"]
        assert (await room.workspace.click(BEN, ts, "run:check")).ok
        await room.told(BEN, "check nifty-orb")
        assert room.dispatcher.lines == ["check", "check"]


async def test_a_click_that_is_delivered_twice_is_no_double_click() -> None:
    """The same click, sent again by Slack, is passed over without a word."""
    async with open_room() as room:
        ts = await _shown(room, STAYS)
        room.workspace.sockets.faults.repeat = 1
        assert (await room.workspace.click(ASHA, ts, "run:check")).ok
        await room.told(ASHA, "check nifty-orb")
        await room.type(ASHA, "/burnin status")
        await room.told(ASHA, "bank-orb")
        assert room.dispatcher.lines == ["check", "status"]
        assert not _told(room, ASHA, BEN, "already")


async def test_a_button_that_stays_may_be_pressed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later it is no double click any more."""
    monkeypatch.setattr("bot.slack.deliveries.DOUBLE_SECONDS", 0.0)
    async with open_room() as room:
        ts = await _shown(room, STAYS)
        for count in (1, 2):
            assert (await room.workspace.click(ASHA, ts, "run:check")).ok
            await eventually(partial(_ran, room, count))


async def test_a_button_that_is_pressed_once_runs_once_while_it_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drill takes its time, and its button stands until it has ended: another press of it runs nothing."""
    monkeypatch.setattr("bot.slack.deliveries.DOUBLE_SECONDS", 0.0)
    release = asyncio.Event()

    async def answer(request: Request) -> Outcome:
        await release.wait()
        return done(request)

    async with open_room() as room:
        room.dispatcher.answer = answer
        ts = await _shown(room, ONCE_ONLY)
        for _ in range(2):
            assert (await room.workspace.click(ASHA, ts, "run:drill")).ok
        await room.told(ASHA, "you have pressed this button already")
        release.set()
        await room.workspace.wait_for(lambda: "run by Asha" in str(room.workspace.messages(ROOM)[0]["blocks"]))
        assert room.dispatcher.lines == ["drill nifty-orb"]


async def test_a_press_that_was_refused_may_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ran nothing has not used its button up."""
    monkeypatch.setattr("bot.slack.deliveries.DOUBLE_SECONDS", 0.0)

    async def refuse(request: Request) -> Outcome:
        return Outcome(command="drill", outcome="refused", exit_code=4, reason="state", message="No session is open.")

    async with open_room() as room:
        ts = await _shown(room, ONCE_ONLY)
        room.dispatcher.answer = refuse
        await room.workspace.click(ASHA, ts, "run:drill")
        await room.told(ASHA, "No session is open.")
        room.dispatcher.answer = None
        async with asyncio.timeout(10):
            while len(room.dispatcher.lines) == 1:  # Slack shows the refusal before its answer is back
                await room.workspace.click(ASHA, ts, "run:drill")
        await room.told(ASHA, "FAIL · drill")


async def test_too_much_at_once_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs and what waits has an end; beyond it nothing is run, which is told, and flatten still comes through."""
    monkeypatch.setitem(ROOMS, Lane.SLOW, Room(runs=1, waits=1))
    release = asyncio.Event()

    async def answer(request: Request) -> Outcome:
        await release.wait()
        return done(request)

    async with open_room() as room:
        room.dispatcher.answer = answer
        for _ in range(3):
            await room.type(ASHA, "/burnin drill")
        await room.told(ASHA, "too many commands run and wait already")
        await room.type(BEN, "/burnin flatten")
        await room.form(BEN)
        release.set()
        await eventually(lambda: room.dispatcher.lines == ["drill", "drill"])


async def _drill(call: Call, options: CommandOptions) -> Result:
    await asyncio.sleep(0.3)
    return Result(REPORTS["drill"])


async def _status(call: Call, options: CommandOptions) -> Result:
    return Result(REPORTS["statuses"])


COMMANDS = {
    "drill": Command("drill", Role.OPERATOR, CommandOptions, _drill, "Drill.", claim=True, needs_trader=True),
    "status": Command("status", Role.VIEWER, CommandOptions, _status, "Status.", claim=False, needs_trader=False),
}


async def _lines(ledger: Ledger) -> list[str]:
    return [entry.body.command for entry in await ledger.entries() if isinstance(entry.body, CommandStarted)]


def _told(room: SlackRoom, one: str, other: str, words: str) -> list[tuple[str, str]]:
    said = [(user, str(seen["text"])) for user in (one, other) for seen in room.workspace.ephemerals(user, ROOM)]
    return [(user, text) for user, text in said if words in text]


def _ran(room: SlackRoom, count: int) -> bool:
    return len(room.dispatcher.lines) == count


async def _shown(room: SlackRoom, said: Message) -> str:
    client = posting_client(room.workspace.bot_token, room.workspace.api_url)
    return str((await client.chat_postMessage(channel=ROOM, text=said.text, blocks=list(said.blocks)))["ts"])
