"""One session of one trader: its gauges are read at a fixed rate, stored, and told of where they leave their targets.

A scrape that takes too long is a missed sample; the next one starts on its own beat and never piles up.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.closing import build_from_ready, revocation, standing_clearance
from bot.daybook import card_of, records_of, root_key, say
from bot.desk import Desk, TraderDesk
from bot.domain.build import build_in
from bot.domain.criteria import COVERAGE
from bot.domain.day import Provenance
from bot.domain.duration import spoken
from bot.domain.entry import Body, Draft, SessionEnded, SessionOpened, TraderRestarted, WatchBreached, WatchRecovered
from bot.domain.judge import restarted_between
from bot.domain.notice import BotReturned, DayCard, Placement, TraderRestartSeen, WatchChange
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import Sample, Source
from bot.domain.session import Session
from bot.domain.streak import streak_with
from bot.domain.value import epoch_us
from bot.domain.verdict import Verdict
from bot.errors import BurninError, DuplicateKey, LedgerError
from bot.health import HealthReading
from bot.meter import Meter
from bot.services.breaches import Breaches, Change, lasting
from bot.services.recorder import Recorder
from bot.services.timeline import Timeline

log = logging.getLogger(__name__)

_FLUSH_EVERY = 1.0  # seconds; samples are on disk within two
_SEAL_EVERY = 60.0  # seconds
_END_WITHIN = 600.0  # seconds; for so long after the close a ledger that is away may come back

BeforeOpen = Callable[[TraderDesk, Session], Awaitable[None]]


class SessionWatch:
    """One session of one trader, from shortly before its open until its close is covered."""

    def __init__(self, desk: Desk, trader: TraderDesk, session: Session, before_open: BeforeOpen, meter: Meter) -> None:
        self._desk = desk
        self._trader = trader
        self._session = session
        self._before_open = before_open
        self._meter = meter
        self._timeline = Timeline(desk.clock)
        self._began = self._timeline.now()
        self._recorder = Recorder(desk.ledger, trader.name, session.date)
        self._breaches = Breaches(trader.policy, {})
        self._last_seen = self._began
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
        self._untold.append((self._draft(restart), self._say(notice, key)))

    async def _tell(self, changes: list[Change]) -> None:
        """Record what happened together with the message that tells of it."""
        for change in changes:
            recovered = change.kind == "watch_recovered"
            if not recovered:
                self._meter.breached(self._trader.name, change.criterion)
            notice = WatchChange(criterion=change.criterion, recovered=recovered, at=change.at, detail=change.detail)
            key = f"watch:{self._trader.name}:{change.criterion}:{epoch_us(change.at)}:{change.kind}"
            self._untold.append((self._draft(change), self._say(notice, key)))
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
        history = self._trader.history
        while history is not None:
            at = self._timeline.now()
            try:
                self._recorder.put(Sample(at=at, readings=await history.look(), source=Source.ALERTS))
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
                await self._record_open()
                return
            except LedgerError as error:
                log.warning("the open of %s is not recorded yet: %s", self._trader.name, error)
            await self._desk.clock.sleep(_FLUSH_EVERY)

    async def _record_open(self) -> None:
        """Record the open once; where an earlier run of the bot did, say that it is back instead."""
        await self._before_open(self._trader, self._session)
        provenance = await self._provenance()
        records = await records_of(self._desk, self._trader)
        counted = streak_with(records, self._trader.policy, provenance if provenance.build else None)
        body = SessionOpened(
            session=self._session, number=counted.passed + 1, required=counted.required, provenance=provenance
        )
        opened = self._draft(body, key=f"session_opened:{self._trader.name}:{self._session.date}")
        try:
            await self._desk.ledger.append(opened, *await self._revoked_by(provenance, opened))
        except DuplicateKey:
            await self._say_returned()
        else:
            await self._root_message()

    async def _root_message(self) -> None:
        card = await card_of(self._desk, self._trader, self._session)
        try:
            await self._desk.ledger.append(
                self._say(card, root_key(self._trader.name, self._session.date), Placement.ROOT)
            )
        except DuplicateKey:
            log.debug("the day's root message stands already: a reminder came before the open")

    async def _provenance(self) -> Provenance:
        build = self._build or await build_from_ready(self._trader)
        rules = self._trader.history.rules_digest() if self._trader.history else ""
        return Provenance(build=build, policy=self._trader.policy.digest, rules=rules)

    async def _revoked_by(self, now: Provenance, template: Draft) -> tuple[Draft, ...]:
        """Return the revocation that a new build, policy or rules file brings at once; an unknown build may be new."""
        standing = await standing_clearance(self._desk, self._trader)
        if standing is None:
            return ()
        known = now if now.build else now.model_copy(update={"build": standing.provenance.build})
        changed = standing.provenance.changes(known)
        return revocation(template, f"{' and '.join(changed)} changed") if changed else ()

    async def _say_returned(self) -> None:
        began = self._began  # what this run has read is younger
        samples = await self._desk.ledger.samples(self._trader.name, self._session.date)
        earlier = [sample.at for sample in samples if sample.at < began and sample.source is Source.BOT]
        if not earlier:
            return
        away = began - max(earlier)
        detail = f"The bot is back in the session; it read nothing for {spoken(away)}."
        if away > self._trader.policy.max_gap:
            detail += f" That is longer than the {spoken(self._trader.policy.max_gap)} that may be missing."
        told = self._say(BotReturned(detail=detail), f"returned:{self._trader.name}:{epoch_us(began)}")
        await self._desk.ledger.append(*self._blind(max(earlier), away, detail), told)

    def _blind(self, last_seen: datetime, away: timedelta, detail: str) -> tuple[Draft, ...]:
        """Return the entries of a hole that is too long to prove anything; a shorter one is none."""
        if away <= self._trader.policy.max_gap:
            return ()
        seconds = round(away.total_seconds(), 3)
        hole = WatchBreached(criterion=COVERAGE, verdict=Verdict.INCONCLUSIVE, at=last_seen, detail=detail)
        over = WatchRecovered(criterion=COVERAGE, at=last_seen + away, seconds=seconds, detail="the bot reads again")
        return self._draft(hole), self._draft(over)

    async def _end(self) -> None:
        """Record the end; while the ledger does not take it, what is in memory is kept, for a while."""
        give_up = self._desk.clock.monotonic() + _END_WITHIN
        while not await self._ended():
            if self._desk.clock.monotonic() >= give_up:
                log.error("the last samples of %s could not be stored; see why the ledger is away", self._trader.name)
                return
            await self._desk.clock.sleep(_FLUSH_EVERY)

    async def _ended(self) -> bool:
        ended = self._draft(
            SessionEnded(session=self._session), key=f"session_ended:{self._trader.name}:{self._session.date}"
        )
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

    def _draft(self, body: Body, key: str | None = None) -> Draft:
        return Draft(
            at=self._desk.clock.now(),
            body=body,
            actor=BOT,
            origin=INSIDE,
            trader=self._trader.name,
            day=self._session.date,
            key=key,
        )

    def _say(
        self,
        notice: WatchChange | TraderRestartSeen | BotReturned | DayCard,
        key: str,
        placement: Placement = Placement.THREAD,
    ) -> Draft:
        return say(
            notice,
            key=key,
            trader=self._trader.name,
            at=self._desk.clock.now(),
            day=self._session.date,
            placement=placement,
        )
