"""The real Bolt app, connected to the sandbox's Slack workspace, over a dispatcher that tests script."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.clock import SystemClock
from bot.desk import Desk, DrillPlan, TraderDesk
from bot.domain.metrics import Metrics
from bot.domain.policy import Policy
from bot.errors import TraderUnreachable
from bot.ports import Clock, PaperMode, Posted
from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.interactions import Outcome as SubmitOutcome
from bot.slack.access import Access, SlackAccess
from bot.slack.announcer import SlackAnnouncer
from bot.slack.answering import Front, Runs
from bot.slack.app import build_app
from bot.slack.clients import posting_client, reading_client
from bot.slack.connection import ConnectionSettings, slack_connection
from bot.slack.link import SlackLink
from bot.slack.progress import DayThread
from bot.slack.work import Work
from commands.dispatcher import Outcome, Request
from commands.registry import load_commands
from tests.support.fakes import ListCalendar
from tests.support.memory_ledger import MemoryLedger
from tests.support.slack_samples import DAY, REPORTS, SESSION

ASHA, BEN, GUS, ROOM = "U0OPERATOR", "U0APPROVER", "U0GUEST000", "C0BURNIN01"
GROUPS = Access(operators=("S0OPERATORS",), approvers=("S0APPROVERS",), channels=(ROOM,))
CLOCK = SystemClock()


class FakeTrader:
    """A trader that only knows its positions and its mode.

    `down` makes it unreachable; while `answers` is not set, it takes its time.
    """

    def __init__(self) -> None:
        self.down = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def positions(self) -> int:
        """Two positions."""
        await self.answers.wait()
        if self.down:
            raise TraderUnreachable("The trader did not answer.")
        return 2

    async def paper_mode(self) -> PaperMode:
        """On paper."""
        await self.answers.wait()
        if self.down:
            raise TraderUnreachable("The trader did not answer.")
        return PaperMode(paper=True, words="/ready says mode paper")


@dataclass
class FakeDispatcher:
    """Notes what it is asked to run, and answers as told: by default with a report of that command's kind."""

    asked: list[Request] = field(default_factory=list)
    answer: Callable[[Request], Awaitable[Outcome]] | None = None

    async def run(self, request: Request) -> Outcome:
        """Note it and answer; the same request a second time is a duplicate."""
        if request.origin.request in [earlier.origin.request for earlier in self.asked]:
            return Outcome(command="", outcome="duplicate", exit_code=0)
        self.asked.append(request)
        if self.answer is not None:
            return await self.answer(request)
        return done(request)

    @property
    def lines(self) -> list[str]:
        """The lines that were run."""
        return [request.text for request in self.asked]


def done(request: Request) -> Outcome:
    """How the line would end when all is well."""
    name = (request.text.split() or ["help"])[0]
    report = REPORTS[{"check": "check_fail", "status": "statuses"}.get(name, name)]
    return Outcome(command=name, outcome="done", exit_code=0, report=report, trader="nifty-orb", seconds=0.1)


@dataclass
class FixedPlace:
    """Where the day's thread is, as a test says."""

    root: Posted | None = None

    async def thread_of(self, trader: str) -> DayThread | None:
        """The thread."""
        return DayThread(DAY, self.root) if self.root else None


@dataclass
class Room:
    """A running app with everything around it that a test may look at or change."""

    workspace: Workspace
    dispatcher: FakeDispatcher
    trader: FakeTrader
    place: FixedPlace
    link: SlackLink
    work: Work

    async def type(self, user: str, text: str) -> None:
        """Type a slash command; it must be acked."""
        outcome = await self.workspace.type_command(user, ROOM, text)
        assert outcome.ok, outcome

    async def told(self, user: str, words: str) -> dict[str, object]:
        """Wait for an ephemeral whose text holds these words, and return it."""

        def look() -> dict[str, object] | None:
            seen = self.workspace.ephemerals(user, ROOM)
            return next((one for one in reversed(seen) if words in str(one["text"])), None)

        found = await self.workspace.wait_for(look)
        assert found is not None
        return found

    async def form(self, user: str) -> dict[str, Any]:
        """Wait for a modal, and return it as it stands."""
        return (await self.workspace.wait_for(lambda: self.workspace.views(user)))[-1]

    async def submit(self, user: str, **values: str) -> SubmitOutcome:
        """Fill in the modal that is open, and hand it in."""
        view = await self.form(user)
        given = {name: {name: value} for name, value in values.items()}
        return await self.workspace.submit_view(user, view["id"], given)


def desk_with(trader: FakeTrader) -> Desk:
    """A desk with one trader."""
    one = TraderDesk(
        name="nifty-orb",
        channel=ROOM,
        policy=Policy(),
        metrics=Metrics(),
        plan=DrillPlan(),
        trader=trader,  # type: ignore[arg-type] # only what the room asks of it
        calendar=ListCalendar((SESSION,)),
        runner=None,  # type: ignore[arg-type]
    )
    return Desk(traders={one.name: one}, ledger=MemoryLedger(), clock=CLOCK)


def front_of(
    slack: Workspace, dispatcher: Runs, trader: FakeTrader, place: FixedPlace, access: Access = GROUPS
) -> Front:
    """What the listeners need, in a workspace."""
    client = posting_client(slack.bot_token, slack.api_url)
    return Front(
        dispatcher=dispatcher,
        commands=load_commands(),
        access=SlackAccess(reading_client(slack.bot_token, slack.api_url), access, CLOCK),
        desk=desk_with(trader),
        place=place,
        announcer=SlackAnnouncer(client, lambda _: ROOM, CLOCK),
        client=client,
    )


@asynccontextmanager
async def open_room(
    access: Access = GROUPS,
    workspace: Workspace | None = None,
    *,
    clock: Clock = CLOCK,
    dispatcher: Runs | None = None,
    app_token: str | None = None,
    wait: bool = True,
) -> AsyncIterator[Room]:
    """Start workspace and app, connect them over Socket Mode, stop both at the end; without `wait` at once."""
    async with (
        workspace or Workspace(limits=Limits.off()) as slack,
        connected_to(slack, access, clock=clock, dispatcher=dispatcher, app_token=app_token, wait=wait) as room,
    ):
        yield room


@asynccontextmanager
async def connected_to(
    slack: Workspace,
    access: Access = GROUPS,
    *,
    clock: Clock = CLOCK,
    dispatcher: Runs | None = None,
    app_token: str | None = None,
    wait: bool = True,
) -> AsyncIterator[Room]:
    """Connect an app to a workspace that runs: a process of the bot, as far as Slack can tell."""
    trader, fake, place, work = FakeTrader(), FakeDispatcher(), FixedPlace(), Work()
    front = front_of(slack, dispatcher or fake, trader, place, access)
    app = build_app(posting_client(slack.bot_token, slack.api_url), front, work)
    settings = ConnectionSettings(mode="socket", app_token=app_token or slack.app_token, drain_seconds=5)
    async with slack_connection(app, settings, work, clock) as link:
        if wait:
            await slack.wait_connected()
        yield Room(slack, fake, trader, place, link, work)
