"""A reminder's buttons, from the press to the message: the real app, dispatcher, ledger and outbox, and a restart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.daybook import say
from bot.desk import Desk
from bot.domain.agenda import ReminderTimes
from bot.domain.entry import Draft, DrillMeasured
from bot.domain.notice import Placement, Reminder, ReminderKind
from bot.domain.people import INSIDE, Actor
from bot.domain.session import Session
from bot.ports import Clock
from bot.sandbox.workspace import Limits, Workspace
from bot.services.answered_reminders import AnsweredReminders
from bot.services.outbox import Outbox
from bot.slack.announcer import SlackAnnouncer
from bot.slack.clients import posting_client
from commands.dispatcher import Dispatcher
from commands.registry import load_commands
from tests.support.clock import ManualClock
from tests.support.evidence import clean_drill
from tests.support.fakes import ListCalendar
from tests.support.slack_room import ASHA, BEN, CLOCK, GUS, ROOM, FakeTrader, Room, connected_to, desk_with

TRADER = "nifty-orb"
NOW = CLOCK.now().replace(microsecond=0)
SESSION = Session(
    date=NOW.date(), opens=NOW - timedelta(hours=3), closes=NOW + timedelta(hours=3), timezone="Asia/Kolkata"
)


@dataclass
class Process:
    """A bot as long as its process lives: what answers, what delivers, and what follows up on reminders."""

    room: Room
    desk: Desk
    outbox: Outbox

    async def remind(self) -> None:
        """Say that there was no drill yet."""
        notice = Reminder(about=ReminderKind.NO_DRILL_YET, session=SESSION, number=2, required=3)
        key = f"reminder:{TRADER}:{SESSION.date}:{notice.about}"
        await self.desk.ledger.append(
            say(notice, key=key, trader=TRADER, at=CLOCK.now(), day=SESSION.date, placement=Placement.CHANNEL)
        )
        await self.outbox.deliver_due()

    async def press(self, user: str, action: str, words: str) -> None:
        """Press a button of the newest reminder, be told so many words, and let the outbox show what follows."""
        assert (await self.room.workspace.click(user, str(self.shown()["ts"]), action)).ok
        await self.room.told(user, words)
        await self.outbox.deliver_due()

    async def follow_up(self, clock: Clock = CLOCK) -> None:
        """Follow up on what was answered, and say it."""
        await AnsweredReminders(replace(self.desk, clock=clock), ReminderTimes()).look()
        await self.outbox.deliver_due()

    def reminders(self) -> list[dict[str, Any]]:
        """The reminders that stand in the channel and in its threads, oldest first."""
        said = self.room.workspace.desk.log.everything(ROOM)
        return [message for message in said if "No drill yet" in message["text"]]

    def shown(self) -> dict[str, Any]:
        """The newest reminder, as it stands there."""
        return self.reminders()[-1]

    @property
    def buttons(self) -> list[str]:
        """The buttons that are left on it."""
        rows = [block["elements"] for block in self.shown()["blocks"] if block["type"] == "actions"]
        return [button["text"]["text"] for row in rows for button in row]


@asynccontextmanager
async def process(slack: Workspace, folder: Path) -> AsyncIterator[Process]:
    """A process of the bot on a ledger's file, from its start to its end."""
    ledger = await SqliteLedger.open(folder / "burnin.db")
    try:
        plain = desk_with(FakeTrader())
        traders = {TRADER: replace(plain.traders[TRADER], calendar=ListCalendar((SESSION,)))}
        desk = replace(plain, traders=traders, ledger=ledger)
        client = posting_client(slack.bot_token, slack.api_url)
        outbox = Outbox(desk, SlackAnnouncer(client, lambda _: ROOM, CLOCK))
        async with connected_to(slack, dispatcher=Dispatcher(desk, load_commands())) as room:
            yield Process(room, desk, outbox)
            await outbox.end()
    finally:
        await ledger.close()


@pytest.fixture
async def slack() -> AsyncIterator[Workspace]:
    """A workspace."""
    async with Workspace(limits=Limits.off()) as workspace:
        yield workspace


async def test_a_reminder_offers_to_do_it_to_be_left_alone_and_to_take_it(slack: Workspace, tmp_path: Path) -> None:
    """Three buttons; the one that does it comes first."""
    async with process(slack, tmp_path) as bot:
        await bot.remind()
        assert bot.buttons == ["Run the drill", "Snooze 10 min", "I have it"]


async def test_it_shows_who_has_it_and_keeps_the_button_that_does_it(slack: Workspace, tmp_path: Path) -> None:
    """A guest's press is refused and changes nothing; an operator's is shown to all; a second one is told who it is."""
    async with process(slack, tmp_path) as bot:
        await bot.remind()
        await bot.press(GUS, "run:take", "These may")
        assert len(bot.buttons) == 3
        await bot.press(BEN, "run:take", "Ben has it since")
        assert "Ben has it since" in str(bot.shown()["text"])
        assert bot.buttons == ["Run the drill"]
        await bot.room.type(ASHA, "/burnin take")
        await bot.room.told(ASHA, "Ben has it since")


async def test_a_snooze_outlives_a_restart_and_is_said_again_once(slack: Workspace, tmp_path: Path) -> None:
    """The press is in the ledger, and so is what it led to: however many processes look, one message follows."""
    later = ManualClock(CLOCK.now() + timedelta(minutes=11))
    async with process(slack, tmp_path) as bot:
        await bot.remind()
        await bot.press(ASHA, "run:snooze", "it is said again at")
        assert bot.buttons == ["Run the drill", "I have it"]
    for _ in range(2):
        async with process(slack, tmp_path) as bot:
            await bot.follow_up()
            await bot.follow_up(later)
            assert "again, snoozed by Asha" in str(bot.shown()["text"])
            assert bot.buttons == ["Run the drill", "Snooze 10 min", "I have it"]
            assert len(bot.reminders()) == 2


async def test_what_was_done_elsewhere_is_shown_without_a_button(slack: Workspace, tmp_path: Path) -> None:
    """A drill from the command line settles it as well, and says whose it was."""
    chen = Actor(kind="cli", id="chen", name="chen")
    drill = DrillMeasured(run=clean_drill(SESSION, seconds=5))
    async with process(slack, tmp_path) as bot:
        await bot.remind()
        await bot.desk.ledger.append(
            Draft(at=CLOCK.now(), body=drill, actor=chen, origin=INSIDE, trader=TRADER, day=SESSION.date)
        )
        await bot.follow_up()
        assert "Drill run by chen" in str(bot.shown()["text"])
        assert bot.buttons == []
