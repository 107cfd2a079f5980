"""The watch: goes with a trader from session to session. One a trader, so that a slow one delays nobody."""

import logging
from datetime import timedelta

from bot.desk import Desk, TraderDesk
from bot.domain.entry import SessionOpened
from bot.domain.session import Session
from bot.errors import LedgerError
from bot.health import HealthReading
from bot.meter import Meter
from bot.services.opening import BeforeOpen
from bot.services.session_watch import SessionWatch
from bot.services.timeline import Timeline

log = logging.getLogger(__name__)

_LOOK_AGAIN = timedelta(minutes=10)  # how often a calendar that has ended is asked again
_LATELY = 60.0  # seconds
_STEP = timedelta(seconds=1)  # no sleep before a session is longer: a wall clock set forward brings its open nearer


class Watch:
    """Watches one trader, session after session.

    Args:
        desk: what all traders share.
        trader: the trader to watch.
        before_open: called at each open; closes the days that nobody closed.
        meter: counts scrapes and breaches.
        phase: by which part of an interval its scrapes come later than those of phase 0. Traders that are all read
            in one moment wait for each other, and one hold-up makes all of them miss a sample.
    """

    def __init__(
        self, desk: Desk, trader: TraderDesk, before_open: BeforeOpen, meter: Meter, phase: float = 0.0
    ) -> None:
        self._desk = desk
        self._trader = trader
        self._before_open = before_open
        self._meter = meter
        self._delay = phase * trader.policy.scrape_interval.total_seconds()
        self._now: SessionWatch | None = None
        self._watched: Session | None = None  # to its end
        self._broke_off = float("-inf")  # when it last did

    async def run(self) -> None:
        """Watch until cancelled. What goes wrong in one session never ends the watch of the next."""
        while True:
            try:
                session = await self._next_session()
                await self._desk.clock.sleep(self._delay)
                timeline = await self._timeline_of(session)
                self._now = SessionWatch(
                    self._desk, self._trader, session, self._before_open, meter=self._meter, timeline=timeline
                )
                await self._now.run()
                self._watched = session
            except Exception:  # the loop's edge: a hole in the samples proves nothing, so no PASS comes of it
                log.exception("the watch of %s broke off, and begins again", self._trader.name)
                self._broke_off = self._desk.clock.monotonic()
                await self._desk.clock.sleep(self._trader.policy.scrape_interval.total_seconds())
            self._now = None

    async def _timeline_of(self, session: Session) -> Timeline:
        """Return a session's time, as an earlier run of the bot began to count it; without a ledger to ask, anew."""
        try:
            opened = await self._desk.ledger.entries(
                trader=self._trader.name, day=session.date, kinds=("session_opened",)
            )
        except LedgerError as error:
            log.warning("whether %s was watched in this session before is not known: %s", self._trader.name, error)
            opened = ()
        anchors = (entry.body.anchor for entry in opened if isinstance(entry.body, SessionOpened))
        return Timeline(self._desk.clock, next(anchors, None))

    def health(self) -> HealthReading:
        """Return whether samples come when they should, and did without breaking off lately."""
        if self._desk.clock.monotonic() - self._broke_off < _LATELY:
            return HealthReading(ok=False, detail="the watch broke off and began again; see the log")
        return self._now.health() if self._now else HealthReading(ok=True, detail="between sessions")

    async def _next_session(self) -> Session:
        """Wait until a session is near or open, and return it."""
        clock, calendar = self._desk.clock, self._trader.calendar
        lead = lead_of(self._trader)
        while True:
            now = clock.now()
            session = calendar.current(now) or calendar.following(now)
            if session is not None and self._watched is not None and session.opens <= self._watched.opens:
                # The wall clock lags behind the time that the watch counted, or was set back.
                session = calendar.following(self._watched.closes)
            if session is None:
                log.warning("the calendar of %s holds no session after %s", self._trader.name, now)
                await clock.sleep(_LOOK_AGAIN.total_seconds())
                continue
            away = session.opens - lead - now
            if away <= timedelta(0):
                return session
            await clock.sleep(min(away, _STEP).total_seconds())


def lead_of(trader: TraderDesk) -> timedelta:
    """Return how long before the open a trader is scraped: an edge needs a sample on both of its sides."""
    return min(trader.policy.max_gap, 2 * trader.policy.scrape_interval + timedelta(milliseconds=500))
