"""The progress message: paced, never in the command's way, and never left saying that something runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.daybook import root_key, said
from bot.domain.notice import Announcement, DayCard, Placement
from bot.domain.steps import Step, StepState
from bot.errors import LedgerBroken
from bot.ports import Posted
from bot.progress import progress_key
from bot.sandbox.workspace import Fault, Limits, NoAnswer, Page, RateLimited, Slow, Workspace
from bot.services.outbox import Outbox
from bot.slack.announcer import SlackAnnouncer
from bot.slack.clients import posting_client
from bot.slack.progress import DayThread, ProgressMessage
from commands.dispatcher import Outcome
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.fakes import ListCalendar, World, sessions, world
from tests.support.slack_room import ROOM
from tests.support.slack_samples import ASHA, NOTICES

START = datetime(2026, 11, 24, 3, 45, tzinfo=UTC)
KEY = progress_key("r1")
DONE = Outcome(command="drill", outcome="done", exit_code=0)
FAILED = Outcome(command="drill", outcome="failed", exit_code=5, message="The trader did not answer.")


def step(name: str, state: StepState = StepState.IN_PROGRESS) -> tuple[Step, ...]:
    """One step."""
    return (Step(name=name, state=state),)


@dataclass
class Scene:
    """A drill that shows its progress in the thread of the day, and the outbox beside it."""

    slack: Workspace
    world: World
    announcer: SlackAnnouncer
    progress: ProgressMessage
    root: Posted
    day: Any

    async def thread_of(self, trader: str) -> DayThread | None:
        """The day's thread."""
        return DayThread(self.day, self.root)

    @property
    def replies(self) -> list[str]:
        """What stands in the thread."""
        return [str(reply["text"]) for reply in self.slack.replies(ROOM, self.root.ref)]

    async def ends(self, outcome: Outcome) -> None:
        """Record the end of the command, with what the progress has to say."""
        await self.world.ledger.append(*self.progress.ended(outcome))

    async def deliver(self, outbox: Outbox | None = None) -> None:
        """Let the outbox say what waits, by a bot that starts where none is given."""
        delivering = asyncio.create_task((outbox or Outbox(self.world.desk, self.announcer)).deliver_due())
        while not delivering.done():
            await self.world.clock.advance(0.5)
            await asyncio.sleep(0.005)
        await delivering


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Begin a drill in a day whose root message stands."""
    clock, days = ManualClock(START), sessions(1)
    room = world(clock, ListCalendar(days), names=("orb",))
    async with Workspace(limits=Limits.off()) as slack:
        client = posting_client(slack.bot_token, slack.api_url)
        announcer, earlier = (SlackAnnouncer(client, lambda _: ROOM, clock) for _ in range(2))
        card = NOTICES["day_open"]
        assert isinstance(card, DayCard)
        day = days[0].date
        first = Announcement(key=root_key("orb", day), trader="orb", day=day, placement=Placement.ROOT, notice=card)
        root = await earlier.post(first, None)
        await room.ledger.append(said(first, root, clock.now()))
        made = Scene(slack, room, announcer, None, root, day)  # type: ignore[arg-type] # it needs the scene itself
        made.progress = ProgressMessage(
            announcer, made, room.desk, trader="orb", request="r1", command="drill", actor=ASHA
        )
        yield made


async def test_it_is_edited_at_most_once_a_second() -> None:
    """A hundred changes in a second become one post and one edit."""
    async with scene() as here:
        for number in range(100):
            await here.progress(step(f"step {number}"))
        await here.slack.wait_for(lambda: here.replies)
        await here.progress(step("last", StepState.COMPLETE))
        await eventually(lambda: here.world.clock.sleepers)
        await here.world.clock.advance(1)
        await here.slack.wait_for(lambda: "1 of 1 steps done" in here.replies[0])
        calls = [call.method for call in here.slack.faults.calls if "chat." in call.method]
    assert calls == ["chat.postMessage", "chat.postMessage", "chat.update"]


async def test_without_a_thread_or_a_key_nothing_is_shown() -> None:
    """Before the day's root message stands there is no progress to be seen, and there are no last words to be said."""

    class Nowhere:
        async def thread_of(self, trader: str) -> DayThread | None:
            return None

    async with scene() as here:
        known = {"trader": "orb", "command": "drill", "actor": ASHA}
        for progress in (
            ProgressMessage(here.announcer, Nowhere(), here.world.desk, request="r2", **known),  # type: ignore[arg-type]
            ProgressMessage(here.announcer, here, here.world.desk, request="", **known),  # type: ignore[arg-type]
        ):
            await progress(step("inject"))
            await here.world.clock.advance(2)
            assert progress.ended(DONE) == ()
        assert here.replies == []


async def test_the_last_words_say_how_it_ended_and_whose_it_was() -> None:
    """They are queued with the end, take the place of the steps, and are the last that is said there."""
    async with scene() as here:
        await here.progress(step("inject", StepState.COMPLETE))
        await here.slack.wait_for(lambda: here.replies)
        await here.ends(FAILED)
        await here.progress(step("too late"))
        await here.deliver()
        await here.world.clock.advance(5)
        assert here.replies == ["⚠️ failed · drill: The trader did not answer."]
        (reply,) = here.slack.replies(ROOM, here.root.ref)
    assert "run by Asha" in str(reply["blocks"])
    (shown,) = (block for block in reply["blocks"] if block["type"] == "plan")
    assert [(task["title"], task["status"]) for task in shown["tasks"]] == [("inject", "complete")]


async def test_an_edit_that_is_under_way_at_the_end_does_not_come_after_the_last_words() -> None:
    """What shows a step slowly is waited for: it would say for ever that the command runs."""
    async with scene() as here:
        await here.progress(step("inject"))
        await here.slack.wait_for(lambda: here.replies)
        await eventually(lambda: here.world.clock.sleepers)
        here.slack.faults.add(Fault(Slow(0.3, taken=False), "chat.update", times=1))
        await here.progress(step("flatten"))
        await here.world.clock.advance(1)
        await here.ends(DONE)
        await here.deliver()
        assert len(here.replies) == 1
        assert "drill · run by Asha" in here.replies[0]
        assert len(here.slack.faults.met) == 1


@pytest.mark.parametrize("taken", [True, False])
async def test_a_first_post_whose_answer_was_lost_is_found_at_the_end(taken: bool) -> None:
    """Where it stands after all it gets its last words; where it does not, nothing is said of it."""
    async with scene() as here:
        here.slack.faults.add(Fault(NoAnswer(taken=taken), "chat.postMessage", times=1))
        await here.progress(step("inject"))
        await eventually(lambda: here.slack.faults.met)
        await eventually(lambda: here.world.clock.sleepers)
        await here.ends(DONE)
        await here.deliver()
        assert len(here.replies) == int(taken)
        assert all("drill · run by Asha" in text for text in here.replies)
        assert await here.world.ledger.unsent() == ()


async def test_after_a_crash_the_last_words_find_a_message_that_nobody_noted() -> None:
    """Posted, not noted, killed: the next bot finds the message by its key and ends it."""
    async with scene() as here:
        here.world.ledger.refuses = lambda draft: LedgerBroken("Gone.") if draft.body.kind == "message_sent" else None
        await here.progress(step("inject"))
        await here.slack.wait_for(lambda: here.replies)
        here.world.ledger.refuses = lambda _: None
        await here.ends(FAILED)
        later = posting_client(here.slack.bot_token, here.slack.api_url)
        next_bot = SlackAnnouncer(later, lambda _: ROOM, here.world.clock)
        await here.deliver(Outbox(here.world.desk, next_bot))
        assert here.replies == ["⚠️ failed · drill: The trader did not answer."]


@pytest.mark.parametrize("kind", [NoAnswer(), Page(503), RateLimited(60)], ids=str)
async def test_an_outage_delays_the_last_words_and_does_not_lose_them(kind: Page) -> None:
    """Slack is away from the second step on, for minutes beyond the end."""
    async with scene() as here:
        await here.progress(step("inject"))
        await here.slack.wait_for(lambda: here.replies)
        outbox = Outbox(here.world.desk, here.announcer)
        with here.slack.faults.during(Fault(kind)):
            await eventually(lambda: here.world.clock.sleepers)
            await here.progress(step("flatten"))
            await here.world.clock.advance(1)
            await here.ends(FAILED)
            for _ in range(5):
                await here.deliver(outbox)
                await here.world.clock.advance(60)
            assert "0 of 1 steps done" in here.replies[0]
        await here.world.clock.advance(timedelta(minutes=2).total_seconds())
        await here.deliver(outbox)
        assert here.replies == ["⚠️ failed · drill: The trader did not answer."]


async def test_a_message_that_somebody_deleted_is_let_go() -> None:
    """There is nothing left to end, and nothing waits for it."""
    async with scene() as here:
        await here.progress(step("inject"))
        await here.slack.wait_for(lambda: here.replies)
        with here.slack.faults.during(Fault(NoAnswer(), "chat.update")):
            await here.ends(DONE)
        here.slack.desk.log.delete(ROOM, str(here.slack.replies(ROOM, here.root.ref)[0]["ts"]))
        await here.deliver()
        assert await here.world.ledger.unsent() == ()


async def test_slack_or_a_ledger_that_is_down_does_not_stop_a_command() -> None:
    """Failing to show progress is logged, not raised, and tried again more and more calmly."""

    @dataclass
    class Broken:
        error: Exception

        async def thread_of(self, trader: str) -> DayThread | None:
            raise self.error

    async with scene() as here:
        here.slack.faults.add(Fault(Page(503)))
        for place in (here, Broken(LedgerBroken("disk full")), Broken(RuntimeError("a bug"))):
            progress = ProgressMessage(
                here.announcer, place, here.world.desk, trader="orb", request="r3", command="drill", actor=ASHA
            )
            await progress(step("inject"))
            await eventually(lambda: here.world.clock.sleepers)
            await here.world.clock.advance(1)
            progress.ended(DONE)


async def test_an_end_that_cannot_be_recorded_is_shown_at_once() -> None:
    """A ledger that is away cannot keep the last words; the message does not wait for the next start."""
    async with scene() as here:
        await here.progress(step("inject"))
        await here.slack.wait_for(lambda: here.replies)
        await eventually(lambda: here.world.clock.sleepers)
        here.progress.ended(FAILED)
        await here.progress.show_unrecorded(FAILED)
        assert here.replies == ["⚠️ failed · drill: The trader did not answer."]
        here.slack.faults.add(Fault(Page(503)))
        await here.progress.show_unrecorded(FAILED)
