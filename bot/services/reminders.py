"""Says what is due in a session: it opens soon, no drill yet, close it, close it at last.

APScheduler wakes at the moments of the agenda. Each reminder is queued under its own key, so a restart neither loses
one that is still worth saying nor says one twice.
"""

import logging
from datetime import datetime, timedelta

from bot.daybook import say, standing_streak
from bot.desk import Desk, TraderDesk
from bot.domain.agenda import Due, ReminderTimes, agenda
from bot.domain.notice import Reminder
from bot.domain.session import Session
from bot.errors import DuplicateKey, LedgerError
from bot.ports import Job, Timer
from bot.reminded import is_needed

log = logging.getLogger(__name__)

_PLAN_EVERY = timedelta(hours=1)  # a calendar may change, a wall clock may step: plan again now and then
_TRY_AGAIN = timedelta(seconds=5)  # where the ledger is away


class Reminders:
    """Plans and says the reminders of every trader."""

    def __init__(self, desk: Desk, timer: Timer, times: ReminderTimes) -> None:
        self._desk = desk
        self._timer = timer
        self._times = times

    def start(self) -> None:
        """Plan the reminders of every trader."""
        for trader in self._desk.traders.values():
            self._plan(trader)

    def _plan(self, trader: TraderDesk) -> None:
        """Put the moments of the last and the next session into the timer, and the next planning after them."""
        now = self._desk.clock.now()
        again = f"{trader.name}:plan"
        self._timer.at(now + _PLAN_EVERY, again, self._planning(trader))  # whatever a calendar answers below
        for session in self._sessions(trader, now):
            for due in agenda(session, trader.calendar.following(session.closes), self._times):
                if now < due.until:
                    self._timer.at(due.at, _name(trader, session, due), self._job(trader, session, due))
        self._timer.at(self._plan_again(trader, now), again, self._planning(trader))

    def _sessions(self, trader: TraderDesk, now: datetime) -> list[Session]:
        calendar = trader.calendar
        near = (calendar.preceding(now), calendar.current(now), calendar.following(now))
        return [session for session in near if session is not None]

    def _plan_again(self, trader: TraderDesk, now: datetime) -> datetime:
        current = trader.calendar.current(now)
        following = trader.calendar.following(now)
        edges = [current.closes] if current else [following.opens] if following else []
        return min([now + _PLAN_EVERY, *(edge + timedelta(milliseconds=1) for edge in edges)])

    def _planning(self, trader: TraderDesk) -> Job:
        async def plan() -> None:
            self._plan(trader)

        return plan

    def _job(self, trader: TraderDesk, session: Session, due: Due) -> Job:
        async def remind() -> None:
            try:
                await self._remind(trader, session, due)
            except LedgerError as error:
                log.warning("the reminder %s of %s is not queued yet: %s", due.about, trader.name, error)
                again = self._desk.clock.now() + _TRY_AGAIN
                self._timer.at(again, _name(trader, session, due), self._job(trader, session, due))

        return remind

    async def _remind(self, trader: TraderDesk, session: Session, due: Due) -> None:
        if self._desk.clock.now() >= due.until or not await is_needed(self._desk, trader, session, due.about):
            return
        counted = await standing_streak(self._desk, trader)
        notice = Reminder(about=due.about, session=session, number=counted.passed + 1, required=counted.required)
        key = f"reminder:{trader.name}:{session.date}:{due.about}"
        message = say(notice, key=key, trader=trader.name, at=self._desk.clock.now(), day=session.date)
        try:
            await self._desk.ledger.append(message)
        except DuplicateKey:
            log.debug("%s was said before", key)


def _name(trader: TraderDesk, session: Session, due: Due) -> str:
    return f"{trader.name}:{session.date}:{due.about}"
