"""Socket Mode that stays alive: whatever becomes of a connection, no command is lost, none runs twice, all is told."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import aiohttp
import pytest
from aiohttp import web

from bot.health import HealthReading
from bot.sandbox.workspace import Limits, Workspace
from bot.slack.link import SILENT_SECONDS, SlackLink
from bot.slack.work import Lane, Work
from commands.dispatcher import Outcome, Request
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.slack_room import ASHA, BEN, ROOM, Room, connected_to, done, open_room

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

START = datetime(2026, 11, 24, 3, 45, tzinfo=UTC)


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are short, as nobody is hammered here."""
    monkeypatch.setattr("bot.slack.socket_mode.FIRST_WAIT", 0.01)
    monkeypatch.setattr("bot.slack.socket_mode.LONGEST_WAIT", 0.05)


quick = pytest.mark.usefixtures("_quick")


async def test_it_waits_for_slack_and_connects_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    """Slack is down at start: nothing fails, log and health say so, and the connection comes by itself."""
    clock, slack = ManualClock(START), Workspace(limits=Limits.off())
    slack.intercept = _is_down
    async with open_room(workspace=slack, clock=clock, wait=False) as room:
        await eventually(lambda: "Slack does not open a connection" in caplog.text)
        assert room.link.age() is None
        assert "check the network" in room.link.trouble()
        slack.intercept = None
        await clock.advance(1)
        await slack.wait_connected()
        await eventually(lambda: not room.link.trouble())
        assert room.link.age() is not None
    assert slack.app_token not in caplog.text


@quick
async def test_refused_handshakes_are_begun_anew(caplog: pytest.LogCaptureFixture) -> None:
    """A one-time URL is used once: each attempt asks for another, and none of them stands in the log."""
    tried: list[str] = []

    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "ticket" in request.query:
            tried.append(request.query["ticket"])
        return await handler(request)

    slack = Workspace(limits=Limits.off(), intercept=note)
    slack.sockets.faults.refuse = 3
    async with open_room(workspace=slack) as room:
        await _works(room, "check")
    assert len(set(tried)) == len(tried) == 4
    assert "HTTP 503" in caplog.text
    assert not any(ticket in caplog.text for ticket in tried)


async def test_an_attempt_that_hangs_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A handshake that nobody answers ends in time, and the next attempt connects."""
    monkeypatch.setattr("bot.slack.socket_mode.OPEN_SECONDS", 0.2)
    hanging = asyncio.Event()

    async def hang_once(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "ticket" in request.query and not hanging.is_set():
            hanging.set()
            await asyncio.sleep(60)
        return await handler(request)

    async with open_room(workspace=Workspace(limits=Limits.off(), intercept=hang_once)) as room:
        await _works(room, "check")
    assert "no answer in time" in caplog.text


@quick
@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_told_to_go_it_opens_the_next_connection_first(reason: str) -> None:
    """While people type, connections come and go: every command is acked and runs once."""
    async with open_room() as room:
        sockets, typed = room.workspace.sockets, 0

        async def type_on(user: str, leaving: "asyncio.Task[None]") -> int:
            count = 0
            while not leaving.done() or not count:
                outcome = await room.workspace.type_command(user, ROOM, "/burnin check")
                assert outcome.ok, outcome
                count += 1
            return count

        for generation in range(2, 5):
            leaving = asyncio.create_task(sockets.disconnect(reason, seconds=0.6))
            typed += sum(await asyncio.gather(type_on(ASHA, leaving), type_on(BEN, leaving)))
            await room.workspace.wait_for(partial(_settled, room, generation))
        assert sockets.at_once == 2
        await eventually(lambda: len(room.dispatcher.asked) >= typed)
        assert len(room.dispatcher.asked) == typed


async def test_a_connection_that_nears_its_end_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's hello says how long a connection lasts; the next one is there before that."""
    monkeypatch.setattr("bot.slack.generation._LASTS_AT_LEAST", 0.2)
    slack = Workspace(limits=Limits.off())
    slack.sockets.faults.lasts = 60
    async with open_room(workspace=slack) as room:
        slack.sockets.faults.lasts = 3600
        await slack.wait_for(lambda: slack.sockets.opened == 2)
        assert slack.sockets.at_once == 2
        await _works(room, "check")


async def test_a_silent_socket_is_replaced_within_15_seconds(caplog: pytest.LogCaptureFixture) -> None:
    """Open, but dead: no frame comes and no ping is answered. The waits are those of every day."""
    async with open_room() as room:
        sockets = room.workspace.sockets
        sockets.faults.silent = True
        async with asyncio.timeout(15):
            await eventually(lambda: "replaced: silent" in caplog.text)
            sockets.faults.silent = False
            await room.workspace.wait_for(lambda: sockets.opened == 2 and sockets.connected == 1)
        await _works(room, "check")


@quick
async def test_a_dropped_socket_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    """After a close without a word the app is connected again and answers."""
    async with open_room() as room:
        await room.workspace.sockets.close()
        await room.workspace.wait_for(lambda: room.workspace.sockets.opened == 2)
        await _works(room, "check")
    assert "replaced: dropped" in caplog.text


async def test_socket_mode_switched_off_is_told_and_tried_calmly(caplog: pytest.LogCaptureFixture) -> None:
    """`link_disabled` needs a person: what to do stands in the log and in the health, and nothing is hammered."""
    clock = ManualClock(START)
    async with open_room(clock=clock) as room:
        sockets = room.workspace.sockets
        sockets.faults.link_disabled = True
        await sockets.disconnect("link_disabled")
        await eventually(lambda: "Socket Mode is switched off for this app" in room.link.trouble())
        await clock.advance(29)
        assert sockets.opened == 1
        await clock.advance(31)
        await eventually(lambda: clock.sleepers == 1)
        assert "switch it on" in caplog.text
        sockets.faults.link_disabled = False
        await clock.advance(60)
        await eventually(lambda: sockets.opened == 2 and not room.link.trouble())
        await _works(room, "check")


async def test_a_token_that_is_no_good_is_told_in_words(caplog: pytest.LogCaptureFixture) -> None:
    """An expired or wrong app token: which one, and where a new one comes from."""
    async with open_room(clock=ManualClock(START), app_token="xapp-1-gone", wait=False) as room:
        await eventually(lambda: "SLACK_APP_TOKEN is not valid any more" in room.link.trouble())
    assert "connections:write" in caplog.text
    assert "xapp-1-gone" not in caplog.text


@quick
async def test_too_many_connections_are_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """Where others hold all connections, that is told, and it connects once one is free."""
    slack = Workspace(limits=Limits.off())
    slack.sockets.faults.most = 0
    async with open_room(workspace=slack, wait=False) as room:
        await eventually(lambda: "stop the other bots" in room.link.trouble())
        slack.sockets.faults.most = 1
        await slack.wait_connected()
        await slack.sockets.disconnect("too_many_websockets")
        await slack.wait_for(lambda: slack.sockets.opened == 2 and slack.sockets.connected == 1)
        await eventually(lambda: not room.link.trouble())
        await _works(room, "check")
    assert "too_many_websockets" in caplog.text


@quick
async def test_another_bot_with_the_same_token_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    """Slack counts the connections of an app: more than this bot's own are another bot's, which takes commands."""
    slack = Workspace(limits=Limits.off())
    async with slack, aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bearer {slack.app_token}"}
        async with http.post(f"{slack.api_url}apps.connections.open", headers=headers) as answer:
            url = (await answer.json())["url"]
        async with http.ws_connect(url):
            await slack.wait_connected()
            async with connected_to(slack, wait=False):
                await eventually(lambda: "Slack counts 2 connections of this app, and this bot has 1" in caplog.text)


@quick
@pytest.mark.parametrize("fault", ["drop", "forget"])
async def test_who_saw_an_error_is_told_that_it_runs(fault: str) -> None:
    """The connection drops before the ack is there: the command runs once, and the person is told."""
    async with open_room(workspace=Workspace(limits=Limits.off(), ack_seconds=0.3)) as room:
        setattr(room.workspace.sockets.faults, fault, 1)
        outcome = await room.workspace.type_command(ASHA, ROOM, "/burnin check")
        assert outcome.error == "operation_timeout"
        told = await room.told(ASHA, "is being dealt with")
        assert "`/burnin check` arrived" in str(told["text"])
        await room.told(ASHA, "check nifty-orb")
        assert room.dispatcher.lines == ["check"]


@quick
async def test_nobody_is_told_of_receipts_that_arrived() -> None:
    """A connection that ends in peace after its acks says nothing more."""
    async with open_room() as room:
        await _works(room, "check")
        await room.workspace.sockets.disconnect()
        await room.workspace.wait_for(lambda: room.workspace.sockets.opened == 2)
        await _works(room, "status")
    assert not [one for one in room.workspace.ephemerals(ASHA, ROOM) if "dealt with" in one["text"]]


@quick
async def test_an_envelope_that_comes_twice_runs_once() -> None:
    """Also where the second one comes over another connection; both are acked, and one answer is given."""
    async with open_room() as room:
        leaving = asyncio.create_task(room.workspace.sockets.disconnect("warning", seconds=0.5))
        await room.workspace.wait_for(lambda: room.workspace.sockets.opened == 2)
        room.workspace.sockets.faults.repeat = 2
        await room.type(ASHA, "/burnin drill")
        await room.told(ASHA, "FAIL · drill")
        await leaving
        await room.type(ASHA, "/burnin check")
        await room.told(ASHA, "check nifty-orb")
    assert room.dispatcher.lines == ["drill", "check"]
    assert len([one for one in room.workspace.ephemerals(ASHA, ROOM) if "Running" in one["text"]]) == 1


@quick
@pytest.mark.parametrize("fault", ["nothing", "silent", "leaving", "refused", "disabled"])
async def test_it_closes_in_time_and_leaves_nothing_behind(fault: str) -> None:
    """However things stand at the end, closing takes seconds at most, and no task stays."""
    async with Workspace(limits=Limits.off()) as slack:
        before = asyncio.all_tasks()
        async with connected_to(slack) as room:
            await _works(room, "check")
            await _break(slack, fault)
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 8
        assert not [task for task in asyncio.all_tasks() - before if _is_the_apps(task)]
        slack.sockets.faults.silent = False
        await slack.wait_for(lambda: not slack.sockets.open)


async def test_work_that_does_not_end_is_cut_off_in_time(caplog: pytest.LogCaptureFixture) -> None:
    """Draining has a time limit, and says what it cut off."""
    work = Work()
    work.start(asyncio.Event().wait, Lane.SLOW)
    await asyncio.sleep(0)
    await work.drain(0.01)
    assert "1 commands from Slack were cut off" in caplog.text


async def test_who_waits_for_what_is_cut_off_is_told() -> None:
    """Also where it was cut off so early that nothing of it is on record."""
    async with open_room() as room:
        room.dispatcher.answer = _never
        await room.type(ASHA, "/burnin drill")
        await eventually(lambda: room.dispatcher.asked)
        await room.work.drain(0.01)
        told = await room.told(ASHA, "was cut off")
        assert "`/burnin drill`" in str(told["text"])


async def test_at_the_end_running_work_ends_and_waiting_work_is_told() -> None:
    """SIGTERM: what runs is drained and answered; what waits for its turn is not begun, and whoever sent it is told."""
    release, begun = asyncio.Event(), asyncio.Event()

    async def answer(request: Request) -> Outcome:
        begun.set()
        await release.wait()
        return done(request)

    async with Workspace(limits=Limits.off()) as slack:
        async with connected_to(slack) as room:
            room.dispatcher.answer = answer
            for _ in range(5):
                await room.type(ASHA, "/burnin drill")
            await begun.wait()
            await eventually(lambda: len(room.dispatcher.asked) == 4)
            asyncio.get_running_loop().call_later(0.3, release.set)
        said = [str(one["text"]) for one in slack.ephemerals(ASHA, ROOM)]
    assert len([text for text in said if "FAIL · drill" in text]) == 4
    assert len([text for text in said if "the bot is being stopped" in text]) == 1
    assert len(room.dispatcher.asked) == 4


def test_the_health_is_the_age_of_the_last_frame() -> None:
    """Not that a socket is open, but that something came lately; what is known to be wrong goes before it."""
    clock = _Steps()
    link = SlackLink(clock)
    assert "Nothing was heard" in link.trouble()
    assert not link.health().ok
    link.heard()
    assert link.trouble() == ""
    assert link.health() == HealthReading(ok=True, values={"last_frame_age": 0.0})
    clock.at += SILENT_SECONDS + 1
    assert "silent for 31 s" in link.trouble()
    assert link.health() == HealthReading(ok=False, detail=link.trouble(), values={"last_frame_age": 31.0})
    link.troubled("The token is gone.")
    assert link.trouble() == "The token is gone."


class _Steps(ManualClock):
    """A clock that a test without a loop moves."""

    def __init__(self) -> None:
        super().__init__(START)
        self.at = 0.0

    def monotonic(self) -> float:
        """Return the seconds of this clock."""
        return self.at


async def _never(request: Request) -> Outcome:
    await asyncio.Event().wait()
    return done(request)


async def _works(room: Room, line: str) -> None:
    """Type a line, which must be acked and run once."""
    before = room.dispatcher.lines.count(line)
    await room.type(ASHA, f"/burnin {line}")
    await eventually(lambda: room.dispatcher.lines.count(line) == before + 1)


async def _break(slack: Workspace, fault: str) -> None:
    faults = slack.sockets.faults
    match fault:
        case "silent":
            faults.silent = True
        case "leaving":
            leaving = asyncio.create_task(slack.sockets.disconnect("warning", seconds=1))
            await slack.wait_for(lambda: slack.sockets.opened == 2)
            leaving.add_done_callback(lambda _: None)
        case "refused":
            faults.refuse = 1000
            await slack.sockets.close()
            await eventually(lambda: faults.refuse < 1000)
        case "disabled":
            faults.link_disabled = True
            await slack.sockets.disconnect("link_disabled")


async def _is_down(request: web.Request, handler: Handler) -> web.StreamResponse:
    return web.Response(status=503, text="<html>down</html>", content_type="text/html")


def _is_the_apps(task: "asyncio.Task[object]") -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "bot/slack" in code.co_filename


def _settled(room: Room, generation: int) -> bool:
    return room.workspace.sockets.opened == generation and room.workspace.sockets.connected == 1
