"""What a report shows of a day, read from the ledger."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.daybook import report_of, retired_days
from bot.desk import Desk, TraderDesk
from bot.domain.day import DayRecord
from bot.domain.entry import DayClosed, Entry, SessionOpened
from bot.domain.mark import Mark, MarkKind
from bot.domain.marking import foremost, marks_of
from bot.domain.policy import Policy
from bot.domain.results import DayReport
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.errors import NotDrawn
from bot.pictures.scene import SECONDS, Head, Scene, columns_of
from bot.report.trail import Deed, deeds_of, typed_marks


@dataclass(frozen=True, slots=True)
class DayRead:
    """A day as the ledger holds it. `closed` is the entry of its close, and `policy` what it is held to."""

    report: DayReport
    session: Session
    policy: Policy
    entries: tuple[Entry, ...]
    deeds: tuple[Deed, ...]
    marks: tuple[Mark, ...]
    retired: bool  # whether its samples are deleted, because they are older than is kept
    next_open: datetime | None  # of the session after it
    closed: Entry | None = None

    @property
    def record(self) -> DayRecord | None:
        """What was recorded at its close."""
        return self.closed.body.record if self.closed and isinstance(self.closed.body, DayClosed) else None

    def of(self, *kinds: str) -> tuple[Entry, ...]:
        """Return its entries of some kinds, oldest first."""
        return tuple(entry for entry in self.entries if entry.body.kind in kinds)


async def day_read(desk: Desk, trader: TraderDesk, day: date) -> tuple[DayRead, Scene | None]:
    """Return a day, and what is to be drawn of it; None where there is no sample.

    Raises:
        NotDrawn: the day is in neither the ledger nor the trader's calendar.
    """
    entries = await desk.ledger.entries(trader=trader.name, day=day)
    closed = next((entry for entry in reversed(entries) if isinstance(entry.body, DayClosed)), None)
    session = _session(trader, day, entries, closed)
    report = await report_of(desk, trader, session)
    record = closed.body.record if closed and isinstance(closed.body, DayClosed) else None
    policy = (record.policy if record else None) or trader.policy
    deeds, samples = await deeds_of(desk, trader, day, entries), await desk.ledger.samples(trader.name, day)
    seen = _so_far(session, desk.clock.now())
    marks = await asyncio.to_thread(marks_of, seen, policy, entries, samples)
    if retired := day in await retired_days(desk, trader):
        marks = tuple(mark for mark in marks if mark.kind is not MarkKind.GAP)  # it was sampled, and no longer shows
    drawn = (*foremost(marks), *typed_marks(deeds, seen))
    scene = await asyncio.to_thread(_scene, report, session, policy, samples, drawn)
    following = trader.calendar.following(session.closes)
    read = DayRead(
        report=report,
        session=session,
        policy=policy,
        entries=entries,
        deeds=deeds,
        marks=marks,
        retired=retired,
        next_open=following.opens if following else None,
        closed=closed,
    )
    return read, scene


def _session(trader: TraderDesk, day: date, entries: Sequence[Entry], closed: Entry | None) -> Session:
    """Return the session as it was judged, else as its watch began, else as the calendar has it."""
    if closed is not None and isinstance(closed.body, DayClosed):
        return closed.body.record.session
    opened = next((entry.body.session for entry in entries if isinstance(entry.body, SessionOpened)), None)
    session = opened or trader.calendar.on(day)
    if session is None:
        raise NotDrawn(f"{day} is in neither the ledger nor the calendar of {trader.name}")
    return session


def _so_far(session: Session, now: datetime) -> Session:
    """Return a session up to now: what has not passed yet is no gap."""
    return session.model_copy(update={"closes": now}) if session.opens < now < session.closes else session


def _scene(
    report: DayReport, session: Session, policy: Policy, samples: Sequence[Sample], marks: tuple[Mark, ...]
) -> Scene | None:
    columns = columns_of(session, policy, samples)
    if not columns[SECONDS]:
        return None
    head = Head(
        trader=report.trader,
        session=session,
        verdict=report.verdict,
        void=report.void is not None,
        reason="",
        policy=policy,
        marks=marks,
        samples=len(columns[SECONDS]),
    )
    return Scene(head, columns)
