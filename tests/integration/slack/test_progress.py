"""The progress message: paced, never in the command's way, right at its end."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web

from bot.domain.steps import Step, StepState
from bot.errors import LedgerBroken
from bot.ports import Posted
from bot.sandbox.workspace import Limits, Workspace
from bot.slack.clients import posting_client
from bot.slack.progress import ProgressMessage
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.slack_room import ROOM, FixedPlace
from tests.support.slack_samples import ASHA

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
START = datetime(2026, 11, 24, 3, 45, tzinfo=UTC)


def progress_in(slack: Workspace, place: FixedPlace, clock: ManualClock) -> ProgressMessage:
    """The progress of a drill."""
    client = posting_client(slack.bot_token, slack.api_url)
    return ProgressMessage(client, place, clock, trader="nifty-orb", command="drill", actor=ASHA)


async def test_it_is_edited_at_most_once_a_second() -> None:
    """A hundred changes in a second become one post and one edit."""
    clock, calls = ManualClock(START), Counter[str]()

    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        calls[request.path.rsplit("/", 1)[-1]] += 1
        return await handler(request)

    async with Workspace(limits=Limits.off()) as slack:
        slack.intercept = count
        root = str(
            (await posting_client(slack.bot_token, slack.api_url).chat_postMessage(channel=ROOM, text="x"))["ts"]
        )
        progress = progress_in(slack, FixedPlace(Posted(ROOM, root)), clock)
        for number in range(100):
            await progress((Step(name=f"step {number}", state=StepState.IN_PROGRESS),))
        await slack.wait_for(lambda: slack.replies(ROOM, root))
        await progress((Step(name="last", state=StepState.COMPLETE),))
        await eventually(lambda: clock.sleepers)
        await clock.advance(1)
        await slack.wait_for(lambda: "last" in str(slack.replies(ROOM, root)))
    assert calls == {"chat.postMessage": 2, "chat.update": 1}


async def test_without_a_thread_nothing_is_shown() -> None:
    """Before the day's root message stands, there is no progress to be seen, and nothing fails."""
    async with Workspace(limits=Limits.off()) as slack:
        clock = ManualClock(START)
        progress = progress_in(slack, FixedPlace(), clock)
        await progress((Step(name="inject", state=StepState.IN_PROGRESS),))
        await clock.advance(1)
        assert slack.messages(ROOM) == []


async def test_slack_that_is_down_does_not_stop_a_command() -> None:
    """Failing to show progress is logged, not raised."""
    async with Workspace(limits=Limits.off()) as slack:

        async def down(request: web.Request, handler: Handler) -> web.StreamResponse:
            return web.Response(status=503)

        slack.intercept = down
        clock = ManualClock(START)
        progress = progress_in(slack, FixedPlace(Posted(ROOM, "1.000001")), clock)
        await progress((Step(name="inject", state=StepState.IN_PROGRESS),))
        await eventually(lambda: clock.sleepers)
        await clock.advance(1)


async def test_a_ledger_that_is_down_does_not_stop_a_command() -> None:
    """Not knowing the thread is logged, not raised, and the command still ends."""

    class Broken(FixedPlace):
        async def thread_of(self, trader: str) -> Posted | None:
            raise LedgerBroken("disk full")

    async with Workspace(limits=Limits.off()) as slack:
        clock = ManualClock(START)
        progress = progress_in(slack, Broken(), clock)
        await progress((Step(name="inject", state=StepState.IN_PROGRESS),))
        await eventually(lambda: clock.sleepers)
        ending = asyncio.create_task(progress.finish("It broke off."))
        await clock.advance(1)
        await ending


async def test_the_last_edit_says_how_it_ended() -> None:
    """After the end the message tells how it ended and whose it was, and is left alone."""
    async with Workspace(limits=Limits.off()) as slack:
        client = posting_client(slack.bot_token, slack.api_url)
        root = str((await client.chat_postMessage(channel=ROOM, text="x"))["ts"])
        clock = ManualClock(START)
        progress = progress_in(slack, FixedPlace(Posted(ROOM, root)), clock)
        await progress((Step(name="inject", state=StepState.COMPLETE, seconds=0.2),))
        await eventually(lambda: clock.sleepers)
        ending = asyncio.create_task(progress.finish("It broke off."))
        await clock.advance(1)
        await ending
        (reply,) = slack.replies(ROOM, root)
    assert reply["text"] == "⚠️ failed · drill: It broke off."
    assert "run by Asha" in str(reply["blocks"])
