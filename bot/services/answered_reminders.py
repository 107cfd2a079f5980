"""Follows up on reminders: a snoozed one is said again, one whose matter is settled says by whom.

All of it is read from the ledger, whoever wrote it there, and each thing is queued under its own key: a restart neither
loses a snooze nor says a reminder twice.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.daybook import say, sent_key
from bot.desk import Desk, TraderDesk
from bot.domain.agenda import ReminderTimes, agenda
from bot.domain.entry import Draft, Entry
from bot.domain.notice import ReminderAnswer
from bot.domain.people import INSIDE
from bot.errors import BurninError, DuplicateKey
from bot.reminded import VOIDED, Said, answer_to, is_needed, reminder_in, reminders_said, settled_by
from bot.services.outage import Outage

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds
_NOT_SAID_YET = timedelta(seconds=5)
_TOUCHING = ("reminder_answered", "message_queued", "session_opened", "drill_measured", "day_closed", VOIDED)

_Day = tuple[str, date]  # a trader's day


class AnsweredReminders:
    """Follows up on the reminders of every trader.

    Args:
        desk: whose reminders.
        times: when reminders are due: one that another has followed is not said again.
    """

    def __init__(self, desk: Desk, times: ReminderTimes) -> None:
        self._desk = desk
        self._times = times
        self._seen: int | None = None  # the ledger's last entry at the last look
        self._due: dict[_Day, datetime] = {}  # when a day's reminders are to be looked at again
        self._outage = Outage(log)

    async def run(self) -> None:
        """Follow up until cancelled."""
        while True:
            try:
                await self.look()
            except BurninError as error:
                self._outage.goes_on("reminders are not followed up", error)
            except Exception:  # the loop's edge: what was answered is still in the ledger, and is looked at again
                log.exception("the follow-up of reminders broke off, and goes on")
            else:
                self._outage.ended("reminders are followed up again")
            await self._desk.clock.sleep(_LOOK_EVERY)

    async def look(self) -> None:
        """Do what follows by now from what was said, answered and done."""
        await self._note()
        now = self._desk.clock.now()
        for day in [day for day, at in self._due.items() if at <= now]:
            next_look = await self._see_to(day)
            del self._due[day]
            if next_look is not None:
                self._due[day] = next_look

    async def _note(self) -> None:
        """Note the days whose reminders may have changed: at first all that may still matter, then by new entries."""
        head = (await self._desk.ledger.head()).seq
        if head == self._seen:
            return
        now = self._desk.clock.now()
        if self._seen is None:
            self._due = dict.fromkeys(self._near(now), now)
        else:
            entries = await self._desk.ledger.entries(kinds=_TOUCHING, after=self._seen)
            self._due |= dict.fromkeys(self._touched(entries), now)
        self._seen = head

    def _near(self, now: datetime) -> list[_Day]:
        return [
            (trader.name, session.date)
            for trader in self._desk.traders.values()
            for session in (trader.calendar.preceding(now), trader.calendar.current(now))
            if session is not None
        ]

    def _touched(self, entries: Sequence[Entry]) -> list[_Day]:
        return [
            (entry.trader, entry.day)
            for entry in entries
            if entry.trader in self._desk.traders and entry.trader and entry.day and _touches(entry)
        ]

    async def _see_to(self, day: _Day) -> datetime | None:
        """Follow up on a day's reminders; return when to look again, if that is known already."""
        trader = self._desk.traders[day[0]]
        looks = [await self._follow(trader, said) for said in await reminders_said(self._desk, trader, day[1])]
        return min((at for at in looks if at is not None), default=None)

    async def _follow(self, trader: TraderDesk, said: Said) -> datetime | None:
        if said.answered("done", "void") is not None:
            return None
        settled = await settled_by(self._desk, trader, said.notice.session.date, said.notice.about)
        if settled is not None:
            if await self._desk.ledger.by_key(sent_key(said.key)) is None:
                return self._desk.clock.now() + _NOT_SAID_YET  # its words cannot be changed before they stand there
            how = "void" if settled.body.kind == VOIDED else "done"
            answer = ReminderAnswer(actor=settled.actor, answer=how, at=settled.at)
            await self._append(*answer_to(said, answer, trader.name, INSIDE))
            return None
        snoozed = said.answered("snoozed")
        if snoozed is None or snoozed.until is None or said.answered("taken") is not None:
            return None
        if self._desk.clock.now() < snoozed.until:
            return snoozed.until
        await self._say_again(trader, said, snoozed)
        return None

    async def _say_again(self, trader: TraderDesk, said: Said, snoozed: ReminderAnswer) -> None:
        now, session, about = self._desk.clock.now(), said.notice.session, said.notice.about
        due = next(
            d for d in agenda(session, trader.calendar.following(session.closes), self._times) if d.about is about
        )
        if now >= due.until or not await is_needed(self._desk, trader, session, about):
            return
        notice = said.notice.model_copy(update={"answers": (), "again_for": snoozed.actor})
        await self._append(say(notice, key=f"{said.key}:again", trader=trader.name, at=now, day=session.date))

    async def _append(self, *drafts: Draft) -> None:
        try:
            await self._desk.ledger.append(*drafts)
        except DuplicateKey as error:
            log.debug("recorded before: %s", error.key)


def _touches(entry: Entry) -> bool:
    return entry.body.kind != "message_queued" or reminder_in(entry) is not None
