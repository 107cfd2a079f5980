"""One session of one trader: its gauges are read at a fixed rate, stored, and told of where they leave their targets.

A scrape that takes too long is a missed sample; the next one starts on its own beat and never piles up.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from bot.desk import Desk, TraderDesk
from bot.domain.build import build_in
from bot.domain.criteria import CLOCK
from bot.domain.entry import SessionEnded, TraderRestarted, WatchBreached, WatchRecovered
from bot.domain.judge import restarted_between
from bot.domain.notice import TraderRestartSeen, WatchChange
from bot.domain.sample import Sample, Source, timed
from bot.domain.session import Session
from bot.domain.value import epoch_us
from bot.domain.verdict import Verdict
from bot.errors import BurninError, DuplicateKey, LedgerError
from bot.health import HealthReading
from bot.meter import Meter
from bot.services.breaches import Breaches, Change, lasting
from bot.services.day_drafts import DayDrafts
from bot.services.gate import prove_gate
from bot.services.opening import BeforeOpen, Opening
from bot.services.outage import Outage
from bot.services.recorder import Recorder
from bot.services.timeline import Timeline
from bot.services.untold import Untold

log = logging.getLogger(__name__)

_FLUSH_EVERY = 1.0  # seconds; samples are on disk within two
_SEAL_EVERY = 60.0  # seconds
_CLOCK_KEEPS_WITHIN = timedelta(seconds=1)
_END_WITHIN = 600.0  # seconds; for so long after the close a ledger that is away may come back


class SessionWatch:
    """One session of one trader, from shortly before its open until its close is covered."""

    def __init__(
        self,
        desk: Desk,
        trader: TraderDesk,
        session: Session,
        before_open: BeforeOpen,
        *,
        meter: Meter,
        timeline: Timeline,
    ) -> None:
        self._desk = desk
        self._trader = trader
        self._session = session
        self._meter = meter
        self._timeline = timeline
        self._recorder = Recorder(desk.ledger, trader.name, session.date)
        self._last_seen = self._timeline.now()
        self._breaches = Breaches(trader.policy, session, self._last_seen, {})
        self._opening = Opening(desk, trader, session, before_open, began=self._last_seen, anchor=self._timeline.anchor)
        self._drafts = DayDrafts(desk.clock, trader.name, session.date)
        self._previous: Sample | None = None
        self._build = ""
        self._untold = Untold(desk.ledger, desk.clock, self._recorder.flush)
        self._clock_was_moved = False
        self._opened = asyncio.Event()

    async def run(self) -> None:
        """Scrape, store and tell; both edges are recorded."""
        self._breaches = await self._breaches_so_far()
        try:
            async with asyncio.TaskGroup() as group:
                works = (self._store(), self._seal(), self._look_at_alerts(), self._untold.run(), self._prove_gate())
                beside = [group.create_task(work) for work in works]
                group.create_task(self._open())
                await self._scrape_until_covered()
                for task in beside:
                    task.cancel()
        finally:
            await self._keep()
        await self._end()

    def health(self) -> HealthReading:
        """Return whether the newest sample is as young as it should be, and the ledger takes what was read."""
        age = (self._timeline.now() - self._last_seen).total_seconds()
        late = age > self._trader.policy.max_gap.total_seconds()
        detail = "the trader has not been read in time" if late else self._recorder.trouble()
        return HealthReading(ok=not detail, detail=detail, values={"last_sample_age": age})

    async def _scrape_until_covered(self) -> None:
        """Scrape on every beat until the close is covered."""
        interval = self._trader.policy.scrape_interval
        start, beat = self._timeline.now(), 0
        while not self._is_covered(await self._scrape()):
            due = -((start - self._timeline.now()) // interval)  # the next beat that has not passed yet
            for _ in range(beat + 1, due):
                self._meter.missed(self._trader.name)
            beat = max(beat + 1, due)
            await self._timeline.sleep_until(start + beat * interval)

    def _is_covered(self, at: datetime) -> bool:
        """Tell whether a sample at or after the close covers that edge, or comes too late to do so."""
        closes = self._session.closes
        return self._last_seen >= closes or at > closes + self._trader.policy.max_gap

    async def _scrape(self) -> datetime:
        """Take one sample, or note that there is none; return the instant it began."""
        at = self._timeline.now()
        try:
            readings = await self._trader.trader.scrape()
        except BurninError as error:
            self._meter.missed(self._trader.name)
            self._tell(self._breaches.unseen(self._timeline.now(), str(error)))
            return at
        self._meter.sampled(self._trader.name)
        sample = Sample(at, timed(readings, (self._timeline.now() - at).total_seconds()))
        self._recorder.put(sample)
        self._desk.recent.put(self._trader.name, sample, self._trader.policy.scan_ticks.window)
        self._last_seen = at
        self._build = build_in(readings) or self._build
        self._tell(self._breaches.seen(sample))
        if (so_far := self._breaches.so_far) is not None:
            self._desk.so_far[self._trader.name] = so_far
        self._note_restart(sample)
        return at

    def _note_restart(self, sample: Sample) -> None:
        """Put a restart of the trader on the day, whatever it does to a criterion."""
        before, self._previous = self._previous, sample
        if before is None or not self._session.contains(sample.at) or not restarted_between(before, sample):
            return
        notice = TraderRestartSeen(at=sample.at)
        key = f"restart:{self._trader.name}:{epoch_us(sample.at)}"
        restart = TraderRestarted(last_seen=before.at, at=sample.at)
        self._untold.put(self._drafts.of(restart), self._drafts.saying(notice, key))

    def _note_clock(self) -> None:
        """Tell once that the host's clock was moved; the session is counted on, for nobody knows when it was right."""
        moved = self._timeline.off
        if self._clock_was_moved or abs(moved) <= _CLOCK_KEEPS_WITHIN:
            return
        self._clock_was_moved = True
        by = f"{moved.total_seconds():+.1f} s"
        detail = f"It was moved by {by}. The session is counted as it began; if it was wrong then, so are the edges."
        at = self._timeline.now()
        self._tell([WatchBreached(criterion=CLOCK, verdict=Verdict.INCONCLUSIVE, at=at, detail=detail)])

    def _tell(self, changes: list[Change]) -> None:
        """Record what happened together with the message that tells of it."""
        for change in changes:
            notice = _notice_of(change)
            if not notice.recovered:
                self._meter.breached(self._trader.name, change.criterion)
            key = f"watch:{self._trader.name}:{change.criterion}:{epoch_us(change.at)}:{change.kind}"
            self._untold.put(self._drafts.of(change), self._drafts.saying(notice, key))

    async def _store(self) -> None:
        while True:
            # All traders at one moment: what comes at once goes to disk in one transaction.
            await self._desk.clock.sleep(_FLUSH_EVERY - self._desk.clock.monotonic() % _FLUSH_EVERY)
            await self._recorder.flush()

    async def _seal(self) -> None:
        while True:
            await self._desk.clock.sleep(_SEAL_EVERY)
            self._note_clock()
            try:
                await self._desk.ledger.seal_samples(self._desk.clock.now(), self._trader.name, self._session.date)
            except LedgerError as error:
                log.warning("the samples of %s are not sealed yet: %s", self._trader.name, error)

    async def _look_at_alerts(self) -> None:
        """Look at Prometheus's rules now and then; a look that fails leaves a gap, and a gap proves nothing."""
        alerts, outage = self._trader.alerts, Outage(log)
        while alerts is not None:
            at = self._timeline.now()
            try:
                look = Sample(at=at, readings=await alerts.look(), source=Source.ALERTS)
            except BurninError as error:
                outage.goes_on(f"the alert rules of {self._trader.name} cannot be looked at", error)
                self._tell(self._breaches.unlooked(self._timeline.now(), str(error)))
            except Exception:  # the loop's edge: a look that is missing proves nothing, and the scrapes go on
                log.exception("the look at the alert rules of %s broke off", self._trader.name)
                self._tell(self._breaches.unlooked(self._timeline.now(), "The look broke off; see the bot's log."))
            else:
                outage.ended(f"the alert rules of {self._trader.name} are looked at again")
                self._recorder.put(look)
                self._tell(self._breaches.looked(look))
            await self._timeline.sleep_until(at + self._trader.policy.alerts.interval)

    async def _open(self) -> None:
        """Record the open; while the ledger does not take it, again and again through the session."""
        outage = Outage(log)
        await self._timeline.sleep_until(self._session.opens)
        while self._timeline.now() <= self._session.closes:
            try:
                await self._opening.record(self._build)
                outage.ended(f"the open of {self._trader.name} is recorded")
                self._opened.set()
                return
            except LedgerError as error:
                outage.goes_on(f"the open of {self._trader.name} is not recorded yet", error)
            await self._desk.clock.sleep(_FLUSH_EVERY)

    async def _keep(self) -> None:
        """Store and record what is in memory. It is the last try where the bot stops."""
        stored = await self._recorder.flush()
        await self._untold.record()
        task = asyncio.current_task()
        if not stored and task is not None and task.cancelling():
            log.error("the last samples of %s are lost; Prometheus may fill the hole at the start", self._trader.name)

    async def _prove_gate(self) -> None:
        """See once the session is open whether its gate can fail."""
        await self._opened.wait()
        await prove_gate(self._desk, self._trader, self._drafts)

    async def _end(self) -> None:
        """Record the end; while the ledger does not take it, what is in memory is kept, for a while."""
        self._note_clock()
        give_up = self._desk.clock.monotonic() + _END_WITHIN
        while not await self._ended():
            if self._desk.clock.monotonic() >= give_up:
                log.error("the last samples of %s could not be stored; see why the ledger is away", self._trader.name)
                return
            await self._desk.clock.sleep(_FLUSH_EVERY)

    async def _ended(self) -> bool:
        key = f"session_ended:{self._trader.name}:{self._session.date}"
        ended = self._drafts.of(SessionEnded(session=self._session), key)
        try:
            if not (await self._recorder.flush() and await self._untold.record()):
                return False
            await self._desk.ledger.seal_samples(self._desk.clock.now(), self._trader.name, self._session.date)
            await self._desk.ledger.append(ended)
        except DuplicateKey:
            log.debug("the end of this session is on record already")
        except LedgerError as error:
            log.warning("the end of the session of %s is not recorded yet: %s", self._trader.name, error)
            return False
        return True

    async def _breaches_so_far(self) -> Breaches:
        """Take up the breaches that an earlier run of the bot left open; without a ledger to ask, none."""
        try:
            entries = await self._desk.ledger.entries(
                trader=self._trader.name, day=self._session.date, kinds=("watch_breached", "watch_recovered")
            )
        except LedgerError as error:
            log.warning("breaches of %s that were recorded before are not known: %s", self._trader.name, error)
            return self._breaches
        recorded = lasting(entry.body for entry in entries if isinstance(entry.body, Change))
        return Breaches(self._trader.policy, self._session, self._timeline.now(), recorded)


def _notice_of(change: Change) -> WatchChange:
    """Return what is to be said of a change."""
    return WatchChange(
        criterion=change.criterion,
        recovered=isinstance(change, WatchRecovered),
        at=change.at,
        detail=change.detail,
        verdict=change.verdict,
        seconds=change.seconds if isinstance(change, WatchRecovered) else None,
    )
