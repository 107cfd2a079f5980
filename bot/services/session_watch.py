"""One session of one trader: its gauges are read at a fixed rate, stored, and told of where they leave their targets.

A scrape that takes too long is a missed sample; the next one starts on its own beat and never piles up.
"""

import asyncio
import logging
from collections import deque
from datetime import datetime

from bot.desk import Desk, TraderDesk
from bot.domain.build import build_in
from bot.domain.entry import Draft, SessionEnded, TraderRestarted, WatchBreached
from bot.domain.judge import restarted_between
from bot.domain.notice import TraderRestartSeen, WatchChange
from bot.domain.sample import Sample, Source
from bot.domain.session import Session
from bot.domain.value import epoch_us
from bot.errors import BurninError, DuplicateKey, LedgerError
from bot.health import HealthReading
from bot.meter import Meter
from bot.services.breaches import Breaches, Change, lasting
from bot.services.day_drafts import DayDrafts
from bot.services.opening import BeforeOpen, Opening
from bot.services.recorder import Recorder
from bot.services.timeline import Timeline

log = logging.getLogger(__name__)

_FLUSH_EVERY = 1.0  # seconds; samples are on disk within two
_SEAL_EVERY = 60.0  # seconds
_END_WITHIN = 600.0  # seconds; for so long after the close a ledger that is away may come back


class SessionWatch:
    """One session of one trader, from shortly before its open until its close is covered."""

    def __init__(self, desk: Desk, trader: TraderDesk, session: Session, before_open: BeforeOpen, meter: Meter) -> None:
        self._desk = desk
        self._trader = trader
        self._session = session
        self._meter = meter
        self._timeline = Timeline(desk.clock)
        self._recorder = Recorder(desk.ledger, trader.name, session.date)
        self._breaches = Breaches(trader.policy, {})
        self._last_seen = self._timeline.now()
        self._opening = Opening(desk, trader, session, before_open, began=self._last_seen)
        self._drafts = DayDrafts(desk.clock, trader.name, session.date)
        self._previous: Sample | None = None
        self._build = ""
        self._untold: deque[tuple[Draft, ...]] = deque()  # each a fact with its message; the ledger takes both or none
        self._telling = asyncio.Lock()

    async def run(self) -> None:
        """Scrape, store and tell; both edges are recorded."""
        self._breaches = Breaches(self._trader.policy, await self._lasting_breaches())
        try:
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(work) for work in (self._store(), self._seal(), self._look_at_alerts())]
                group.create_task(self._open())
                await self._scrape_until_covered()
                for task in beside:
                    task.cancel()
        finally:
            await self._recorder.flush()
        await self._end()

    def health(self) -> HealthReading:
        """Return whether the newest sample is as young as it should be."""
        age = (self._timeline.now() - self._last_seen).total_seconds()
        late = age > self._trader.policy.max_gap.total_seconds()
        detail = "the trader has not been read in time" if late else ""
        return HealthReading(ok=not late, detail=detail, values={"last_sample_age": age})

    async def _scrape_until_covered(self) -> None:
        """Scrape on every beat. The first scrape at or after the close is the last: it covers that edge."""
        interval = self._trader.policy.scrape_interval
        start, beat = self._timeline.now(), 0
        while await self._scrape() < self._session.closes:
            due = -((start - self._timeline.now()) // interval)  # the next beat that has not passed yet
            for _ in range(beat + 1, due):
                self._meter.missed(self._trader.name)
            beat = max(beat + 1, due)
            await self._timeline.sleep_until(start + beat * interval)

    async def _scrape(self) -> datetime:
        """Take one sample, or note that there is none; return the instant it began."""
        at = self._timeline.now()
        changes: list[Change]
        try:
            readings = await self._trader.trader.scrape()
        except BurninError as error:
            self._meter.missed(self._trader.name)
            changes = self._breaches.unseen(at, max(self._last_seen, self._session.opens), str(error))
        else:
            self._meter.sampled(self._trader.name)
            sample = Sample(at=at, readings=readings)
            self._recorder.put(sample)
            self._desk.recent.put(self._trader.name, sample, self._trader.policy.scan_ticks.window)
            self._last_seen = at
            self._build = build_in(readings) or self._build
            changes = self._breaches.seen(sample) if self._session.contains(at) else []
            self._note_restart(sample)
        if self._session.contains(at):
            await self._tell(changes)
        return at

    def _note_restart(self, sample: Sample) -> None:
        """Put a restart of the trader on the day, whatever it does to a criterion."""
        before, self._previous = self._previous, sample
        if before is None or not self._session.contains(sample.at) or not restarted_between(before, sample):
            return
        notice = TraderRestartSeen(at=sample.at)
        key = f"restart:{self._trader.name}:{epoch_us(sample.at)}"
        restart = TraderRestarted(last_seen=before.at, at=sample.at)
        self._untold.append((self._drafts.of(restart), self._drafts.saying(notice, key)))

    async def _tell(self, changes: list[Change]) -> None:
        """Record what happened together with the message that tells of it."""
        for change in changes:
            recovered = change.kind == "watch_recovered"
            if not recovered:
                self._meter.breached(self._trader.name, change.criterion)
            notice = WatchChange(criterion=change.criterion, recovered=recovered, at=change.at, detail=change.detail)
            key = f"watch:{self._trader.name}:{change.criterion}:{epoch_us(change.at)}:{change.kind}"
            self._untold.append((self._drafts.of(change), self._drafts.saying(notice, key)))
        await self._append_untold()

    async def _append_untold(self) -> bool:
        """Record what is not on record yet, in order; tell whether nothing is left."""
        async with self._telling:
            while self._untold:
                try:
                    await self._desk.ledger.append(*self._untold[0])
                except DuplicateKey as error:
                    log.info("already recorded: %s", error.key)
                except LedgerError as error:
                    log.warning("%d changes of %s wait: %s", len(self._untold), self._trader.name, error)
                    return False
                self._untold.popleft()
        return True

    async def _store(self) -> None:
        while True:
            await self._desk.clock.sleep(_FLUSH_EVERY)
            await self._recorder.flush()
            await self._append_untold()

    async def _seal(self) -> None:
        while True:
            await self._desk.clock.sleep(_SEAL_EVERY)
            try:
                await self._desk.ledger.seal_samples(self._desk.clock.now(), self._trader.name, self._session.date)
            except LedgerError as error:
                log.warning("the samples of %s are not sealed yet: %s", self._trader.name, error)

    async def _look_at_alerts(self) -> None:
        """Look at Prometheus's rules now and then; a look that fails leaves a gap, and a gap proves nothing."""
        alerts = self._trader.alerts
        while alerts is not None:
            at = self._timeline.now()
            try:
                self._recorder.put(Sample(at=at, readings=await alerts.look(), source=Source.ALERTS))
            except BurninError as error:
                log.warning("the alert rules of %s could not be looked at: %s", self._trader.name, error)
            except Exception:  # the loop's edge: a look that is missing proves nothing, and the scrapes go on
                log.exception("the look at the alert rules of %s broke off", self._trader.name)
            await self._timeline.sleep_until(at + self._trader.policy.alerts.interval)

    async def _open(self) -> None:
        """Record the open; while the ledger does not take it, again and again through the session."""
        await self._timeline.sleep_until(self._session.opens)
        while self._timeline.now() <= self._session.closes:
            try:
                await self._opening.record(self._build)
                return
            except LedgerError as error:
                log.warning("the open of %s is not recorded yet: %s", self._trader.name, error)
            await self._desk.clock.sleep(_FLUSH_EVERY)

    async def _end(self) -> None:
        """Record the end; while the ledger does not take it, what is in memory is kept, for a while."""
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
            if not (await self._recorder.flush() and await self._append_untold()):
                return False
            await self._desk.ledger.seal_samples(self._desk.clock.now(), self._trader.name, self._session.date)
            await self._desk.ledger.append(ended)
        except DuplicateKey:
            log.debug("the end of this session is on record already")
        except LedgerError as error:
            log.warning("the end of the session of %s is not recorded yet: %s", self._trader.name, error)
            return False
        return True

    async def _lasting_breaches(self) -> dict[str, WatchBreached]:
        """Return the breaches that an earlier run of the bot left open; without a ledger to ask, none."""
        try:
            entries = await self._desk.ledger.entries(
                trader=self._trader.name, day=self._session.date, kinds=("watch_breached", "watch_recovered")
            )
        except LedgerError as error:
            log.warning("breaches of %s that were recorded before are not known: %s", self._trader.name, error)
            return {}
        return lasting(entry.body for entry in entries if isinstance(entry.body, Change))
