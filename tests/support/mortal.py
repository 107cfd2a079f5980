"""A bot in memory that can be killed at any call it makes, and the world around it that lives on."""

import asyncio
import inspect
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.desk import Desk, TraderDesk
from bot.domain.entry import MessageQueued
from bot.domain.people import Actor, Origin, Role
from bot.domain.session import Session
from bot.meter import NoMeter
from bot.services.lapse import lapse_forgotten
from bot.services.outbox import Outbox
from bot.services.recovery import Recovery
from bot.services.void_expiry import VoidExpiry
from bot.services.watch import Watch
from bot.slack.announcer import SlackAnnouncer
from bot.slack.progress import ProgressMessage
from bot.slack_factory import DayThreads
from commands.command import Command
from commands.dispatcher import Dispatcher, Outcome, Request
from tests.support.clock import ManualClock
from tests.support.fakes import ASHA, World

CHANNEL = "C-orb"
TAKES = 0.02  # seconds that a call to Slack takes, on its way there and again on its way back


class Mortal:
    """A port of a bot: what is called on it may be the last thing that the bot does."""

    def __init__(self, port: Any, life: "Life") -> None:
        self._port = port
        self._life = life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*arguments: Any, **options: Any) -> Any:
            self._life.go_on(before=True)
            answer = await method(*arguments, **options)
            self._life.go_on(before=False)
            return answer

        return call


@dataclass
class Life:
    """Whether a bot lives, and at which of its calls it will die: before it is made, or before its answer is here."""

    calls_left: int | None = None
    dies_before: bool = True
    dead: bool = False

    def go_on(self, *, before: bool) -> None:
        """Let a dead bot do nothing more: what it awaits never comes back to it."""
        if before is self.dies_before and self.calls_left is not None:
            self.calls_left -= 1
            self.dead = self.dead or self.calls_left <= 0
        if self.dead:
            raise asyncio.CancelledError


@dataclass
class ChannelMessage:
    """A message as it stands in the channel."""

    ts: str
    thread: str | None
    key: str
    text: str


@dataclass
class FaultyChannel:
    """Slack's Web API with one channel. `faults` are met by the next calls, one each; `outage` by all others."""

    clock: ManualClock
    messages: list[ChannelMessage] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    outage: str = ""

    async def chat_postMessage(self, **message: Any) -> Any:  # noqa: N802 - Slack's own name
        """Take a message."""
        fault = await self._reached()
        said = ChannelMessage(
            ts=f"{len(self.messages) + 1:010d}.000100",
            thread=message["thread_ts"],
            key=message["metadata"]["event_payload"]["key"],
            text=message["text"],
        )
        self.messages.append(said)
        await self._answered(fault)
        return _answer(channel=CHANNEL, ts=said.ts)

    async def chat_update(self, **message: Any) -> Any:
        """Show a message anew."""
        fault = await self._reached()
        for said in self.messages:
            if said.ts == message["ts"]:
                said.text = message["text"]
        await self._answered(fault)
        return _answer()

    async def conversations_history(self, **_: Any) -> Any:
        """Show what stands in the channel itself."""
        await self._answered(await self._reached())
        return _answer(messages=[_shown(said) for said in self.messages if said.thread is None])

    async def conversations_replies(self, *, ts: str, **_: Any) -> Any:
        """Show a thread."""
        await self._answered(await self._reached())
        return _answer(messages=[_shown(said) for said in self.messages if ts in (said.ts, said.thread)])

    async def _reached(self) -> str:
        await self.clock.sleep(TAKES)
        fault = self.faults.popleft() if self.faults else self.outage
        match fault:
            case "away":
                raise aiohttp.ClientConnectorError(_NOWHERE, OSError("away"))
            case "lost on the way":
                raise aiohttp.ServerDisconnectedError
            case "limited":
                raise SlackApiError("no", SimpleNamespace(data={"error": "ratelimited"}, headers={"Retry-After": "3"}))
            case "refused":
                raise SlackApiError("no", SimpleNamespace(data={"error": "not_in_channel"}, headers={}))
        return fault

    async def _answered(self, fault: str) -> None:
        await self.clock.sleep(TAKES)
        if fault == "answer lost":
            raise aiohttp.ServerDisconnectedError
        if fault == "taken with an error":
            raise SlackApiError("no", SimpleNamespace(data={"error": "internal_error"}, headers={}))


_NOWHERE: Any = SimpleNamespace(host="slack.test", port=443, ssl=True)
LASTING = ("away", "refused", "limited", "lost on the way")
PASSING = (*LASTING, "answer lost", "taken with an error")


def _answer(**data: Any) -> Any:
    return SimpleNamespace(data=data)


def _shown(said: ChannelMessage) -> dict[str, Any]:
    payload = {"event_type": "burnin_announcement", "event_payload": {"key": said.key}}
    return {"ts": said.ts, "text": said.text, "metadata": payload}


class MortalBot:
    """The parts of a bot that acts, begun in the order in which it begins them; all of it dies at once."""

    def __init__(self, room: World, channel: FaultyChannel, commands: Mapping[str, Command]) -> None:
        self.life = Life()
        self._room = room
        self._channel = channel
        self.desk = self._desk()
        self._announcer = SlackAnnouncer(self._mortal(channel), lambda trader: CHANNEL, room.clock)
        self._outbox = Outbox(self.desk, self._announcer, spread=lambda least, most: most)
        self._recovery = Recovery(self.desk)
        self._dispatcher = Dispatcher(self.desk, commands)
        self._parts: list[asyncio.Task[None]] = []
        self.asked: list[asyncio.Task[Outcome]] = []

    def _mortal(self, port: Any) -> Any:
        return Mortal(port, self.life)

    def _desk(self) -> Desk:
        traders: dict[str, TraderDesk] = {
            name: replace(
                desk,
                channel=CHANNEL,
                trader=self._mortal(desk.trader),
                runner=self._mortal(desk.runner),
                order_book=self._mortal(desk.order_book),
            )
            for name, desk in self._room.desk.traders.items()
        }
        ledger, expires = self._mortal(self._room.ledger), self._room.desk.void_expires
        return Desk(traders=traders, ledger=ledger, clock=self._room.clock, void_expires=expires)

    async def start(self) -> None:
        """Begin: the watch, the recovery, and what is said; commands may come from now on."""
        for trader in self.desk.traders.values():
            self._parts.append(asyncio.create_task(Watch(self.desk, trader, self._lapse, NoMeter()).run()))
        await self._recovery.start()
        self._announcer.doubt(await self._unsent())
        self._parts += [asyncio.create_task(self._recovery.run()), asyncio.create_task(self._outbox.run())]
        self._parts.append(asyncio.create_task(VoidExpiry(self.desk).run()))

    async def _lapse(self, trader: TraderDesk, session: Session) -> None:
        await lapse_forgotten(self.desk, trader, session)

    async def _unsent(self) -> dict[str, datetime]:
        unsent = await self.desk.ledger.unsent()
        return {e.body.announcement.key: e.at for e in unsent if isinstance(e.body, MessageQueued)}

    def ask(self, line: str, request: str, actor: Actor = ASHA, role: Role = Role.OPERATOR) -> None:
        """Have a line run as somebody typed it in Slack."""
        progress = ProgressMessage(
            self._announcer, DayThreads(self.desk), self.desk,
            trader="orb", request=request, command=line, actor=actor,
        )  # fmt: skip
        asked = Request(
            text=line,
            actor=actor,
            role=role,
            origin=Origin(surface="slack", team="T01", channel=CHANNEL, raw=line, request=request),
            progress=progress,
            ending=progress.ended,
        )
        self.asked.append(asyncio.create_task(self._dispatcher.run(asked)))

    async def drain(self) -> None:
        """Stop as SIGTERM does: what runs is cut off and says so, then nothing runs any more."""
        for task in self.asked:
            task.cancel()
        while any(not task.done() for task in self.asked) and not self.life.dead:
            await self._room.clock.advance(0.2)
        self.life.dead = True
