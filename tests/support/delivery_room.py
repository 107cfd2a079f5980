"""The outbox and its announcer as they are, over HTTP to the sandbox's workspace, on a clock that a test moves."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import ClientSession, ClientTimeout

from bot.daybook import root_key, say
from bot.domain.entry import MessageQueued
from bot.domain.notice import BotReturned, Placement
from bot.domain.session import Session
from bot.ports import Artist
from bot.sandbox.narrator import key_of
from bot.sandbox.workspace import ApiCall, Channel, Directory, Limits, Workspace
from bot.services.outbox import Outbox
from bot.slack.announcer import SlackAnnouncer
from bot.slack.clients import posting_client
from tests.support.clock import ManualClock, settle
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, sessions, world

TRADERS = ("orb", "gap")
ASHA, BOT = "U0OPERATOR", "U0BURNINBOT"
STEP = 0.2  # seconds of the room's clock between two looks at what is under way
GIVE_UP = 0.3  # seconds of real time after which a call has no answer
PLACES = (Placement.THREAD, Placement.BROADCAST, Placement.THREAD, Placement.CHANNEL, Placement.THREAD)


def channel_of(trader: str) -> str:
    """The id of a trader's channel."""
    return f"C-{trader}"


@dataclass
class DeliveryRoom:
    """Two traders with a channel each, and what delivers their messages."""

    clock: ManualClock
    world: World
    workspace: Workspace
    http: ClientSession
    session: Session
    chance: random.Random
    artist: Artist | None = None
    queued: dict[str, list[str]] = field(default_factory=lambda: {trader: [] for trader in TRADERS})
    outbox: Outbox = field(init=False)
    _running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to deliver, as a bot that starts: what is unsaid may have been said by the one before it."""
        client = posting_client(self.workspace.bot_token, self.workspace.api_url, self.http)
        announcer = SlackAnnouncer(client, channel_of, self.clock, artist=self.artist)
        unsent = await self.world.ledger.unsent()
        announcer.doubt({e.body.announcement.key: e.at for e in unsent if isinstance(e.body, MessageQueued)})
        self.outbox = Outbox(self.world.desk, announcer)
        self._running = asyncio.create_task(self.outbox.run())

    async def kill(self) -> None:
        """End it and whatever it does at the moment."""
        mine = [task for task in asyncio.all_tasks() if task.get_name().startswith("the outbox")]
        for task in [self._running, *mine]:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def queue(self, trader: str, *keys: str, placement: Placement | None = None) -> None:
        """Queue messages; where they stand changes from one to the next."""
        for key in keys:
            place = placement or PLACES[len(self.queued[trader]) % len(PLACES)]
            name = f"{trader}:{key}"
            notice = BotReturned(detail=name)
            at = self.clock.now()
            await self.world.ledger.append(
                say(notice, key=name, trader=trader, at=at, day=self.session.date, placement=place)
            )
            self.queued[trader].append(name)

    async def edit(self, trader: str, key: str, words: str) -> None:
        """Queue the last words of a message that was queued before."""
        announcement = say(
            BotReturned(detail=words),
            key=f"{trader}:{key}:edit",
            trader=trader,
            at=self.clock.now(),
            day=self.session.date,
            placement=Placement.EDIT,
            edits=f"{trader}:{key}",
        )
        await self.world.ledger.append(announcement)

    def chat(self, trader: str, lines: int) -> None:
        """Let people talk in a trader's channel."""
        for number in range(lines):
            self.workspace.say(ASHA, channel_of(trader), f"line {number}")

    def reads(self, trader: str, key: str, words: str) -> bool:
        """Whether a message of a trader's channel holds these words."""
        everything = self.workspace.desk.log.everything(channel_of(trader))
        return any(key_of(said) == f"{trader}:{key}" and words in said["text"] for said in everything)

    async def live_through(self, keys: Sequence[str], *, apart: float = 20.0) -> None:
        """Let each of these messages become due in each channel, so many seconds after the one before."""
        for key in keys:
            for trader in TRADERS:
                await self.queue(trader, key)
            await self.pass_time(apart)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, but none while a call is under way."""
        for _ in range(round(seconds / STEP)):
            await self._quiet()
            await self.clock.advance(STEP)
        await self._quiet()

    async def until(self, holds: Callable[[], bool], within: float = 900.0) -> float:
        """Let time pass until it holds, and return how many seconds that were."""
        began = self.clock.monotonic()
        while not holds():
            assert self.clock.monotonic() - began < within, self.story()
            await self.pass_time(STEP)
        return self.clock.monotonic() - began

    def said(self, trader: str) -> list[str]:
        """The keys of the bot's messages in a trader's channel, in the order in which they stand there."""
        everything = self.workspace.desk.log.everything(channel_of(trader))
        return [key for message in everything if (key := key_of(message))]

    def all_said(self) -> bool:
        """Whether every message that was queued stands in its channel."""
        return all(set(keys) <= set(self.said(trader)) for trader, keys in self.queued.items())

    async def hold_to_it(self) -> None:
        """Nothing lost, nothing doubled, the order kept, and all of it noted."""
        for trader, keys in self.queued.items():
            said = self.said(trader)
            assert max(Counter(said).values(), default=0) <= 1, self.story()
            assert [key for key in said if not key.startswith("root:")] == keys, self.story()
            assert [key for key in said if key.startswith("root:")] == [root_key(trader, self.session.date)], (
                self.story()
            )
        assert await self.world.ledger.unsent() == ()

    def posts(self, trader: str) -> list[ApiCall]:
        """Every attempt to post into a trader's channel."""
        return [
            call
            for call in self.workspace.faults.calls
            if call.method == "chat.postMessage" and call.arguments.get("channel") == channel_of(trader)
        ]

    def story(self) -> str:
        """What happened, call by call, for whoever reads a failure."""
        began = self.workspace.faults.calls[0].at if self.workspace.faults.calls else 0.0
        lines = [
            f"{call.at - began:7.1f} {call.method} {call.arguments.get('channel')} {key_of(dict(call.arguments))} "
            f"→ {call.answer or 'no answer'}{' (taken)' if call.taken and call.answer != 'ok' else ''}"
            for call in self.workspace.faults.calls
        ]
        return "\n".join(["what was called:", *lines, f"health: {self.outbox.health()}"])

    async def _quiet(self) -> None:
        """Wait until no call is under way: time stands still meanwhile."""
        connector = self.http.connector
        assert connector is not None
        await settle()
        while connector._acquired:
            await asyncio.sleep(0.0005)
            await settle()


@asynccontextmanager
async def delivery_room(
    limits: Limits | None = None, *, seed: int = 0, artist: Artist | None = None
) -> AsyncIterator[DeliveryRoom]:
    """Open a room in the middle of a session of six hours, and deliver in it."""
    clock, calendar = ManualClock(OPENS + timedelta(seconds=30)), ListCalendar(sessions(1, seconds=6 * 3600.0))
    desk = world(clock, calendar, names=TRADERS)
    channels = {channel_of(name): Channel(channel_of(name), name, (ASHA, BOT)) for name in TRADERS}
    workspace = Workspace(
        directory=Directory(channels=channels), limits=limits or Limits.off(), now=lambda: clock.now().timestamp()
    )
    async with workspace, ClientSession(timeout=ClientTimeout(total=GIVE_UP)) as http:
        room = DeliveryRoom(clock, desk, workspace, http, calendar.sessions[0], random.Random(seed), artist)  # noqa: S311 - not a secret
        await room.start()
        try:
            yield room
        finally:
            await room.kill()
