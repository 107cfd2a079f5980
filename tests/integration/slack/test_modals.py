"""Modals of the real Bolt app: opened in time or not at all, read strictly, and run as who hands them in is by then."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.entry import CommandFinished, CommandStarted
from bot.domain.people import Role
from bot.ports import Ledger
from bot.sandbox.workspace import Fault, Limits, Refusal, Workspace
from bot.slack.app import build_app
from bot.slack.cards.blocks import actions
from bot.slack.cards.message import message
from bot.slack.cards.words import form_button
from bot.slack.clients import posting_client
from bot.slack.connection import PATH, ConnectionSettings, slack_connection
from bot.slack.work import ROOMS, Lane, Room, Work
from commands.command import Call, Command, CommandOptions, Result
from commands.dispatcher import Outcome, Request
from commands.parser import tokens_of
from tests.support.eventually import eventually
from tests.support.slack_process import process
from tests.support.slack_room import (
    ASHA,
    BEN,
    CLOCK,
    GUS,
    ROOM,
    FakeDispatcher,
    FakeTrader,
    FixedPlace,
    done,
    front_of,
    open_room,
)
from tests.support.slack_room import Room as SlackRoom
from tests.support.slack_samples import DAY, REPORTS

BUTTONS = message("Day 2.", [actions(form_button("Run a drill", "drill nifty-orb --qty 25", primary=True))])


@pytest.fixture
async def room() -> AsyncIterator[SlackRoom]:
    """A connected app."""
    async with open_room() as opened:
        yield opened


async def test_flatten_shows_what_will_happen_and_wants_the_name(room: SlackRoom) -> None:
    """Trader, positions now and mode; the right name runs it once, and whoever typed it is told."""
    await room.type(ASHA, "/burnin flatten")
    shown = await room.form(ASHA)
    assert "2 open" in str(shown["blocks"])
    assert "/ready says mode paper" in str(shown["blocks"])
    assert "Type the trader's name to confirm: nifty-orb" in str(shown["blocks"])
    assert room.dispatcher.asked == []
    assert (await room.submit(ASHA, typed="nifty-orb")).ok
    await room.told(ASHA, "PASS · flatten nifty-orb")
    assert room.dispatcher.lines == ["flatten nifty-orb"]
    assert room.workspace.views(ASHA) == []
    (request,) = room.dispatcher.asked
    assert (request.actor.id, request.role, request.origin.channel) == (ASHA, Role.OPERATOR, ROOM)


@pytest.mark.parametrize("typed", ["nifty", "bank-orb", "nifty-orb2"])
async def test_a_wrong_name_closes_nothing(room: SlackRoom, typed: str) -> None:
    """It is said at its field, the modal stays, nothing is run, and the right name still runs it."""
    await room.type(ASHA, "/burnin flatten")
    outcome = await room.submit(ASHA, typed=typed)
    assert outcome.errors == {"typed": "That is not its name. Type nifty-orb, or cancel: nothing has been closed."}
    assert room.dispatcher.asked == []
    assert (await room.submit(ASHA, typed=" Nifty-orb ")).ok  # as phones write it
    await room.told(ASHA, "PASS · flatten")
    assert room.dispatcher.lines == ["flatten nifty-orb"]


async def test_flatten_is_asked_about_however_it_is_spelled(room: SlackRoom) -> None:
    """Quotes and capitals, which the dispatcher reads through, do not get past the question."""
    await room.type(ASHA, '/burnin "Flatten" nifty-orb')
    await room.form(ASHA)
    assert room.dispatcher.asked == []


async def test_a_trader_that_is_down_holds_no_modal_up(room: SlackRoom) -> None:
    """Its positions and its mode are unknown then."""
    room.trader.down = True
    await room.type(ASHA, "/burnin flatten")
    assert str((await room.form(ASHA))["blocks"]).count("unknown (the trader did not say in time)") == 2


async def test_a_slow_trader_is_waited_for_in_the_modal(room: SlackRoom) -> None:
    """It opens at once and is completed when the trader has answered."""
    room.trader.answers.clear()
    await room.type(ASHA, "/burnin flatten")
    assert str((await room.form(ASHA))["blocks"]).count("looking…") == 2
    room.trader.answers.set()
    await room.workspace.wait_for(lambda: "2 open" in str(room.workspace.views(ASHA)[0]["blocks"]))


async def test_a_slow_trader_holds_no_flatten_up(room: SlackRoom) -> None:
    """Who knows the name need not wait for what is looked up."""
    room.trader.answers.clear()
    await room.type(ASHA, "/burnin flatten")
    assert (await room.submit(ASHA, typed="nifty-orb")).ok
    await room.told(ASHA, "PASS · flatten")
    room.trader.answers.set()
    await room.type(ASHA, "/burnin check")
    await room.told(ASHA, "check nifty-orb")


@pytest.mark.parametrize("word", ["expired_trigger_id", "invalid_arguments", "ratelimited"])
async def test_where_no_modal_opens_a_card_asks(room: SlackRoom, word: str) -> None:
    """The card shows the same, and its button, which Slack asks about once more, flattens once."""
    room.workspace.faults.add(Fault(Refusal(word), "views.open"))
    await room.type(ASHA, "/burnin flatten")
    card = await room.told(ASHA, "Flatten nifty-orb?")
    assert "2 open now" in str(card["text"])
    assert (await room.workspace.click(ASHA, str(card["ts"]), "confirm:flatten")).error == "not_confirmed"
    assert room.dispatcher.asked == []
    assert (await room.workspace.click(ASHA, str(card["ts"]), "confirm:flatten", confirmed=True)).ok
    await room.told(ASHA, "PASS · flatten nifty-orb")
    assert room.dispatcher.lines == ["flatten nifty-orb"]
    assert not [one for one in room.workspace.ephemerals(ASHA, ROOM) if "Flatten nifty-orb?" in one["text"]]


async def test_a_trigger_that_has_expired_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's own three seconds: what came too late is asked in a card."""
    monkeypatch.setattr("bot.sandbox.workspace.grants.TRIGGER_SECONDS", -1.0)
    async with open_room() as room:
        await room.type(ASHA, "/burnin flatten")
        await room.told(ASHA, "Flatten nifty-orb?")
        assert room.workspace.views(ASHA) == []


async def test_the_drill_button_opens_the_plan(room: SlackRoom) -> None:
    """Filled in with what the button says and what is configured; nothing runs until it is handed in."""
    await _press(room, ASHA)
    shown = await room.form(ASHA)
    assert _initial(shown) == {"symbol": "NIFTY", "side": "LONG", "qty": "25", "strategy": "ORB"}
    assert room.dispatcher.asked == []
    assert (await room.submit(ASHA, side="SHORT", strategy="it\u2019s \u201cnew\u201d")).ok
    await room.told(ASHA, "drill nifty-orb")
    (line,) = room.dispatcher.lines
    assert line.startswith("drill nifty-orb --symbol=NIFTY --side=SHORT --qty=25 ")


async def test_what_is_wrong_is_said_at_its_field(room: SlackRoom) -> None:
    """Each of them at once; the button stays, and what is mended runs."""
    await _press(room, ASHA)
    outcome = await room.submit(ASHA, symbol="-x", strategy="y" * 41, qty="99999999")
    assert sorted(outcome.errors) == ["qty", "strategy", "symbol"]
    assert outcome.errors["symbol"] == "it must be an instrument, as in NIFTY"
    assert room.dispatcher.asked == []
    assert (await room.submit(ASHA, symbol="BANKNIFTY")).ok
    await room.told(ASHA, "drill nifty-orb")
    assert len(room.dispatcher.asked) == 1


async def test_a_typed_drill_runs_at_once(room: SlackRoom) -> None:
    """With the plan that is configured; no modal is in the way."""
    await room.type(ASHA, "/burnin drill")
    await room.told(ASHA, "drill nifty-orb")
    assert room.workspace.views(ASHA) == []


async def test_void_without_a_reason_asks_for_it(room: SlackRoom) -> None:
    """With the newest day and the reason to fill in; a line that says why is not asked about."""
    room.dispatcher.answer = _refuse
    await room.type(ASHA, "/burnin void")
    shown = await room.form(ASHA)
    (picker,) = (block["element"] for block in shown["blocks"] if block.get("block_id") == "day")
    assert picker["initial_date"] == str(DAY)
    outcome = await room.submit(ASHA, reason="   ")
    assert list(outcome.errors) == ["reason"]
    assert (await room.submit(ASHA, reason='The exchange was "out"\nfor an hour.')).ok
    await eventually(lambda: len(room.dispatcher.asked) == 1)
    await room.type(ASHA, "/burnin void 2026-11-20 --reason outage")
    await eventually(lambda: len(room.dispatcher.asked) == 2)
    first, second = (tokens_of(line) for line in room.dispatcher.lines)
    assert first == ("void", str(DAY), "nifty-orb", '--reason=The exchange was "out"\nfor an hour.')
    assert second == ("void", "2026-11-20", "--reason", "outage")


async def test_a_form_that_does_not_open_is_explained(room: SlackRoom) -> None:
    """Nothing ran; the button opens it again, or the line is typed."""
    room.workspace.faults.add(Fault(Refusal("expired_trigger_id"), "views.open", times=1))
    await _press(room, ASHA)
    told = await room.told(ASHA, "nothing was run")
    assert "/burnin drill" in str(told["blocks"])
    assert room.dispatcher.asked == []
    assert (await room.workspace.click(ASHA, str(told["ts"]), "open:drill")).ok
    await room.form(ASHA)


async def test_an_open_form_waits_for_no_command(monkeypatch: pytest.MonkeyPatch, room: SlackRoom) -> None:
    """With every slow place taken and nobody allowed to wait, a form still opens: its trigger is soon no good."""
    release = asyncio.Event()

    async def answer(request: Request) -> Outcome:
        await release.wait()
        return done(request)

    monkeypatch.setitem(ROOMS, Lane.SLOW, Room(runs=1, waits=0))
    async with open_room() as busy:
        busy.dispatcher.answer = answer
        await busy.type(BEN, "/burnin drill")
        await eventually(lambda: len(busy.dispatcher.asked) == 1)
        await _press(busy, ASHA)
        await busy.form(ASHA)
        release.set()


async def test_a_guest_who_presses_is_refused_without_a_form(room: SlackRoom) -> None:
    """The dispatcher refuses, which records it; the button is no way around it."""
    room.dispatcher.answer = _refuse
    await _press(room, GUS)
    await room.told(GUS, "Guests may look")
    assert room.workspace.views(GUS) == []
    assert [request.role for request in room.dispatcher.asked] == [Role.VIEWER]


Takes = Callable[[Workspace], None]


def _leaves_the_group(slack: Workspace) -> None:
    groups = slack.desk.directory.groups
    groups["S0OPERATORS"] = replace(groups["S0OPERATORS"], users=())


def _becomes_a_guest(slack: Workspace) -> None:
    people = slack.desk.directory.people
    people[ASHA] = replace(people[ASHA], is_restricted=True)


def _shares_the_channel(slack: Workspace) -> None:
    slack.desk.directory.change_channel(ROOM, is_ext_shared=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_leaves_the_group, "You may look, but not change anything"),
        (_becomes_a_guest, "Guests may look"),
        (_shares_the_channel, "shared with another organisation"),
    ],
)
async def test_rights_are_looked_up_again_at_the_submission(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: Takes, said: str
) -> None:
    """What somebody may do when the form opens is no right to hand it in: it is refused in words and on record."""
    monkeypatch.setattr("bot.slack.access.SECONDS", 0.0)
    async with (
        Workspace(limits=Limits.off()) as slack,
        process(slack, tmp_path / "burnin.db", COMMANDS) as (room, ledger),
    ):
        await room.type(ASHA, "/burnin flatten")
        await room.form(ASHA)
        change(slack)
        assert (await room.submit(ASHA, typed="nifty-orb")).ok
        await room.told(ASHA, said)
        assert await _ended(ledger) == [("flatten", "refused")]


async def test_a_form_that_names_another_channel_is_refused(room: SlackRoom) -> None:
    """What a form keeps about itself is a reference: the channel it names must be one for commands."""
    room.dispatcher.answer = _refuse
    await room.type(ASHA, "/burnin flatten")
    shown = await room.form(ASHA)
    _stored(room, shown)["private_metadata"] = '{"channel": "C0ELSEWHERE", "trader": "nifty-orb"}'
    assert (await room.submit(ASHA, typed="nifty-orb")).ok
    await eventually(lambda: len(room.dispatcher.asked) == 1)
    assert "Nothing may be changed from here" in room.dispatcher.asked[0].refusal


@pytest.mark.parametrize("kept", ["", "{}", "not JSON", '{"channel": 1}'])
async def test_a_form_that_cannot_be_read_runs_nothing(room: SlackRoom, kept: str) -> None:
    """Of another version of the bot, say: who filled it in is told what to do."""
    await room.type(ASHA, "/burnin flatten")
    _stored(room, await room.form(ASHA))["private_metadata"] = kept
    outcome = await room.submit(ASHA, typed="nifty-orb")
    assert "open it anew" in outcome.errors["typed"]
    assert room.dispatcher.asked == []


async def test_a_form_handed_in_twice_runs_once(tmp_path: Path) -> None:
    """A second press before Slack has closed it, and the same payload once more after a restart, run nothing."""
    path = tmp_path / "burnin.db"
    async with Workspace(limits=Limits.off()) as slack:
        async with process(slack, path, COMMANDS) as (room, ledger):
            await room.type(ASHA, "/burnin flatten")
            await room.form(ASHA)
            slack.sockets.faults.repeat = 1
            assert (await room.submit(ASHA, typed="nifty-orb")).ok
            await room.told(ASHA, "PASS · flatten")
        last = slack.sockets.last
        assert last is not None
        async with process(slack, path, COMMANDS) as (room, ledger):
            await slack.sockets.deliver(*last)
            await room.type(BEN, "/burnin status")
            await room.told(BEN, "nifty-orb")
            assert await _ended(ledger) == [("flatten", "done"), ("status", "done")]


async def test_a_form_outlives_the_bot_that_opened_it(tmp_path: Path) -> None:
    """It holds all that is needed: the process that comes after takes it."""
    path = tmp_path / "burnin.db"
    async with Workspace(limits=Limits.off()) as slack:
        async with process(slack, path, COMMANDS) as (room, _):
            await room.type(ASHA, "/burnin flatten")
            await room.form(ASHA)
        async with process(slack, path, COMMANDS) as (room, ledger):
            assert (await room.submit(ASHA, typed="nifty-orb")).ok
            await room.told(ASHA, "PASS · flatten")
            assert await _ended(ledger) == [("flatten", "done")]


async def test_the_trigger_is_not_kept(tmp_path: Path) -> None:
    """Neither the ledger nor the modal holds it."""
    async with (
        Workspace(limits=Limits.off()) as slack,
        process(slack, tmp_path / "burnin.db", COMMANDS) as (room, ledger),
    ):
        await room.type(ASHA, "/burnin flatten")
        shown = await room.form(ASHA)
        assert (await room.submit(ASHA, typed="nifty-orb")).ok
        await room.told(ASHA, "PASS · flatten")
        kept = str([entry.to_json() for entry in await ledger.entries()]) + str(shown)
        issued = slack.desk.triggers.issued
        assert issued
        assert not [trigger for trigger in issued if trigger in kept]


async def test_over_http_a_form_opens_and_is_handed_in(unused_tcp_port_factory: Callable[[], int]) -> None:
    """HTTP mode answers a wrong name in the modal too, and runs the right one."""
    port = unused_tcp_port_factory()
    async with Workspace(limits=Limits.off(), request_url=f"http://127.0.0.1:{port}{PATH}") as slack:
        work, dispatcher = Work(), FakeDispatcher()
        front = front_of(slack, dispatcher, FakeTrader(), FixedPlace())
        client = posting_client(slack.bot_token, slack.api_url)
        app = build_app(client, front, work, signing_secret=slack.signing_secret)
        async with slack_connection(app, ConnectionSettings(mode="http", port=port), work, CLOCK):
            assert (await slack.type_command(ASHA, ROOM, "/burnin flatten")).ok
            view = (await slack.wait_for(lambda: slack.views(ASHA)))[-1]["id"]
            assert (await slack.submit_view(ASHA, view, {"typed": {"typed": "wrong"}})).errors
            assert (await slack.submit_view(ASHA, view, {"typed": {"typed": "nifty-orb"}})).ok
            await slack.wait_for(lambda: "PASS · flatten" in str(slack.ephemerals(ASHA, ROOM)))
    assert dispatcher.lines == ["flatten nifty-orb"]


async def _flatten(call: Call, options: CommandOptions) -> Result:
    return Result(REPORTS["flatten"])


async def _status(call: Call, options: CommandOptions) -> Result:
    return Result(REPORTS["statuses"])


COMMANDS = {
    "flatten": Command("flatten", Role.OPERATOR, CommandOptions, _flatten, "Flatten.", claim=False, needs_trader=True),
    "status": Command("status", Role.VIEWER, CommandOptions, _status, "Status.", claim=False, needs_trader=False),
}


async def _ended(ledger: Ledger) -> list[tuple[str, str]]:
    entries = [entry.body for entry in await ledger.entries()]
    begun = sum(isinstance(body, CommandStarted) for body in entries)
    ended = [(body.command, body.outcome) for body in entries if isinstance(body, CommandFinished)]
    assert begun == len(ended)
    return ended


async def _press(room: SlackRoom, user: str) -> None:
    client = posting_client(room.workspace.bot_token, room.workspace.api_url)
    posted = await client.chat_postMessage(channel=ROOM, text=BUTTONS.text, blocks=list(BUTTONS.blocks))
    assert (await room.workspace.click(user, str(posted["ts"]), "open:drill")).ok


def _initial(view: dict[str, Any]) -> dict[str, str]:
    elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    return {
        name: str(element.get("initial_value") or element["initial_option"]["value"])
        for name, element in elements.items()
    }


def _stored(room: SlackRoom, view: dict[str, Any]) -> dict[str, Any]:
    """The view as Slack itself has it, to be changed behind the app's back."""
    return room.workspace.desk.views.find(view_id=view["id"])


async def _refuse(request: Request) -> Outcome:
    said = request.refusal or "Refused."
    return Outcome(command="drill", outcome="refused", exit_code=4, reason="access", message=said)
