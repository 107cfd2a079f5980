"""Keeps each day's root message as the day is: edited when its words change, but not faster than people read."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import date

from bot.daybook import card_of, root_key, root_of
from bot.desk import Desk, TraderDesk
from bot.domain.entry import Entry
from bot.domain.measures import SessionSoFar
from bot.domain.notice import Announcement, DayCard, Placement
from bot.errors import BurninError, MessageGone
from bot.ports import Announcer

log = logging.getLogger(__name__)

_EDIT_EVERY = 2.0  # seconds between edits of one root message
# Numbers alone are shown anew at most so often: Slack grants all traders together one edit in two seconds.
_NUMBERS_EVERY, _NUMBERS_EVERY_EACH = 10.0, 2.0
_NOT_SHOWN = ("message_queued", "message_sent")  # no root message tells of what was said

Day = tuple[str, date]  # a trader's day


class RootCards:
    """The root messages of all traders' days.

    Args:
        desk: what they are read from.
        announcer: edits them.
    """

    def __init__(self, desk: Desk, announcer: Announcer) -> None:
        self._desk = desk
        self._announcer = announcer
        self._stale: set[Day] = set()
        self._shown: dict[Day, DayCard] = {}
        self._edited: dict[Day, float] = {}
        self._numbers: dict[str, SessionSoFar] = {}  # by trader: those that were shown, or are about to be
        self._reading = asyncio.Lock()  # one card at a time: of years of days each is much to read, beside the scrapes

    def begin(self) -> None:
        """Doubt the root messages of each trader's newest days: nobody edited them while no bot ran."""
        for trader in self._desk.traders.values():
            self._doubt_newest(trader)

    def _doubt_newest(self, trader: TraderDesk) -> None:
        """Doubt the root messages of the current and of the last day."""
        now = self._desk.clock.now()
        sessions = (trader.calendar.current(now), trader.calendar.preceding(now))
        self._stale |= {(trader.name, session.date) for session in sessions if session is not None}

    def note(self, entries: Iterable[Entry]) -> None:
        """Doubt the root messages of the days that entries are about; a void day changes the streak of later ones."""
        for entry in entries:
            shown = entry.body.kind not in _NOT_SHOWN and entry.trader in self._desk.traders
            if shown and entry.trader is not None and entry.day is not None:
                self._stale.add((entry.trader, entry.day))
                if entry.body.kind == "day_voided":
                    self._doubt_newest(self._desk.traders[entry.trader])

    def channels(self) -> set[str]:
        """Return the channels with root messages that may read differently now."""
        self._note_numbers()
        return {self._desk.traders[trader].channel for trader, _ in self._stale}

    def _note_numbers(self) -> None:
        """Doubt the root messages of the sessions in which something got worse since."""
        pause = max(_NUMBERS_EVERY, _NUMBERS_EVERY_EACH * len(self._desk.traders))
        latest = self._desk.clock.monotonic() - pause
        for trader, so_far in self._desk.so_far.items():
            day = trader, so_far.day
            if self._numbers.get(trader) is not so_far and self._edited.get(day, float("-inf")) <= latest:
                self._numbers[trader] = so_far
                self._stale.add(day)

    async def card(self, trader: str, day: date) -> DayCard | None:
        """Return a day's root message as it should read; None where the calendar does not know the day."""
        desk = self._desk.traders.get(trader)
        session = desk.calendar.on(day) if desk else None
        if desk is None or session is None:
            return None
        async with self._reading:
            return await card_of(self._desk, desk, session)

    def stands(self, trader: str, day: date, card: DayCard) -> None:
        """Note how a root message reads from now on."""
        self._shown[trader, day], self._edited[trader, day] = card, self._desk.clock.monotonic()

    async def refresh(self, channel: str) -> None:
        """Edit a channel's root messages whose words have changed.

        Raises:
            BurninError: one could not be edited; it is to be tried again.
        """
        for trader, day in sorted(self._due(channel)):
            self._stale.discard((trader, day))
            try:
                await self._refresh(trader, day)
            except MessageGone as error:
                log.info("the root message of %s %s is left as it is: %s", trader, day, error)
            except BurninError:
                self._stale.add((trader, day))
                raise
            except Exception:  # the loop's edge: the root message reads as before, and the others are edited
                log.exception("the root message of %s %s could not be shown anew", trader, day)

    def _due(self, channel: str) -> set[Day]:
        latest = self._desk.clock.monotonic() - _EDIT_EVERY
        return {
            (trader, day)
            for trader, day in self._stale
            if self._desk.traders[trader].channel == channel
            and self._edited.get((trader, day), float("-inf")) <= latest
        }

    async def _refresh(self, trader: str, day: date) -> None:
        stands = await root_of(self._desk, trader, day)
        card = await self.card(trader, day) if stands else None
        if stands is None or card is None or card == self._shown.get((trader, day)):
            return
        # No entry asks for this edit: it tells of all that there are.
        await self._announcer.update(root_announcement(trader, day, card), stands, await self._desk.ledger.head())
        self.stands(trader, day, card)


def root_announcement(trader: str, day: date, card: DayCard) -> Announcement:
    """Return the announcement that is a day's root message."""
    return Announcement(key=root_key(trader, day), trader=trader, day=day, placement=Placement.ROOT, notice=card)
