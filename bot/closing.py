"""Closing a day: the stored evidence is judged, and what follows (streak, clearance, words) is drafted with it.

The close command and the service that lapses forgotten days both end here, so a verdict has one way to come about.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot import __version__
from bot.clearance import grant, revocation, standing_clearance, taken, turn_of
from bot.daybook import closed_report, say, scripts_in, voids_of
from bot.desk import Desk, TraderDesk
from bot.domain.build import build_said_by, builds_of
from bot.domain.clearance import Clearance
from bot.domain.day import THEN, DayRecord, Provenance
from bot.domain.entry import DayClosed, Draft, Entry, SessionOpened
from bot.domain.judging import judge_day
from bot.domain.marking import foremost, marks_of
from bot.domain.notice import Placement, SessionPicture, VerdictReached
from bot.domain.people import Actor, Origin
from bot.domain.policy import Policy
from bot.domain.results import DayReport
from bot.domain.sample import Sample, Source
from bot.domain.session import Session
from bot.domain.streak import Counted, Streak, streak
from bot.domain.verdict import Verdict
from bot.errors import BurninError
from bot.reporting import burn_in, day_told


@dataclass(frozen=True, slots=True)
class Closing:
    """A day as it is about to be recorded: its report, and the entries to append in one transaction."""

    report: DayReport
    drafts: tuple[Draft, ...]


async def close_day(
    desk: Desk, trader: TraderDesk, session: Session, actor: Actor, origin: Origin, *, lapsed: bool = False
) -> Closing:
    """Judge a session on its stored evidence and draft its record. Nothing is appended yet.

    What it is judged on is what the ledger holds up to one entry of the chain, so that it can be judged again.
    """
    until = (await desk.ledger.head()).seq
    entries = [e for e in await desk.ledger.entries(trader=trader.name, day=session.date) if e.seq <= until]
    opened = next((entry.body for entry in entries if isinstance(entry.body, SessionOpened)), None)
    session = _in_full(session, opened)
    samples = await desk.ledger.samples(trader.name, session.date, sealed_by=until)
    judgement = await asyncio.to_thread(judge_day, trader.policy, session, entries, samples, lapsed=lapsed)
    record = DayRecord(
        session=session,
        verdict=judgement.verdict,
        criteria=judgement.criteria,
        excluded=judgement.excluded,
        provenance=await provenance_of(trader, samples, opened, lapsed=lapsed),
        lapsed=lapsed,
        policy=trader.policy,
        evidence_until=until,
        version=__version__,
    )
    closing = await _recorded(desk, trader, record, entries, actor=actor, origin=origin)
    report, now = closing.report, desk.clock.now()
    printed = day_told(report, now, key=f"report:{trader.name}:{record.day}")
    if all(sample.source is Source.ALERTS for sample in samples):
        return Closing(report, (*closing.drafts, printed))  # there is nothing to draw
    picture = await asyncio.to_thread(_picture, report, trader.policy, session, entries, samples)
    drawn = say(picture, key=f"picture:{trader.name}:{record.day}", trader=trader.name, at=now, day=record.day)
    return Closing(report, (*closing.drafts, drawn, printed))


def _picture(
    report: DayReport, policy: Policy, session: Session, entries: Sequence[Entry], samples: Sequence[Sample]
) -> SessionPicture:
    marks = marks_of(session, policy, entries, samples)
    kept = foremost(marks)
    return SessionPicture(
        session=session,
        verdict=report.verdict or Verdict.INCONCLUSIVE,
        void=report.void is not None,
        marks=kept,
        left_out=len(marks) - len(kept),
    )


def _in_full(session: Session, opened: SessionOpened | None) -> Session:
    """Return a session as long as it was ever said to be: a calendar that changed since cuts nothing off the day."""
    if opened is None:
        return session
    opens, closes = min(session.opens, opened.session.opens), max(session.closes, opened.session.closes)
    return session.model_copy(update={"opens": opens, "closes": closes})


async def provenance_of(
    trader: TraderDesk, samples: Sequence[Sample], opened: SessionOpened | None, *, lapsed: bool
) -> Provenance:
    """Return what the day was burnt in with; what changed since the open reads as both, and so equals neither."""
    if lapsed and opened is None and not samples:
        return Provenance()  # nobody was there to see
    then = opened.provenance if opened else None
    build = builds_of(samples) or await _build_told(trader, then.build if then else "", lapsed=lapsed)
    policy, rules = trader.policy.digest, trader.alerts.rules_digest() if trader.alerts else ""
    if then is not None:
        policy, rules = _both(then.policy, policy), _both(then.rules, rules)
    return Provenance(build=build, policy=policy, rules=rules)


async def _build_told(trader: TraderDesk, opened: str, *, lapsed: bool) -> str:
    """Return the build that `/ready` named at the open and names now: for traders whose metrics name none."""
    if lapsed and opened:
        return opened  # what it says now is about another day
    now = await build_from_ready(trader)
    return _both(opened, now) if opened and now else opened or now


def _both(then: str, later: str) -> str:
    return later if then == later else f"{then}{THEN}{later}"


async def build_from_ready(trader: TraderDesk) -> str:
    """Return the build that `/ready` names, or an empty text: for traders whose metrics name none."""
    try:
        return build_said_by(await trader.trader.ready())
    except BurninError:
        return ""


async def _recorded(
    desk: Desk, trader: TraderDesk, record: DayRecord, entries: Sequence[Entry], *, actor: Actor, origin: Origin
) -> Closing:
    turn = await turn_of(desk, trader)
    void = await voids_of(desk, trader)
    days: list[Counted] = [*await desk.ledger.closed_days(trader.name), record]
    days.sort(key=lambda each: each.day)
    counted = streak(days, trader.policy, void)
    head = await desk.ledger.head()
    report = closed_report(trader.name, record, counted, scripts_in(entries), head=head, void=void.get(record.day))
    template = Draft(
        at=desk.clock.now(),
        body=DayClosed(record=record),
        actor=actor,
        origin=origin,
        trader=trader.name,
        day=record.day,
        key=f"day_closed:{trader.name}:{record.day}",
    )
    verdict = say(
        VerdictReached(actor=actor, report=report),
        key=f"verdict:{trader.name}:{record.day}",
        trader=trader.name,
        at=template.at,
        day=record.day,
        placement=Placement.BROADCAST,
    )
    standing = await standing_clearance(desk, trader)
    whole = burn_in(counted, (each.day for each in days))
    change = _clearance(template, record, counted, standing, turn, days=whole)
    return Closing(report, (template, verdict, *change, taken(turn, counted, template)))


def _clearance(
    template: Draft,
    record: DayRecord,
    counted: Streak,
    standing: Clearance | None,
    turn: int,
    *,
    days: tuple[date, ...],
) -> tuple[Draft, ...]:
    """Return the entries that grant or revoke the clearance, if this day does either: a void day grants none."""
    if counted.cleared and standing is None and record.day in counted.days:
        return grant(template, counted, record, turn, days)
    if standing is not None and not counted.cleared:
        return revocation(template, counted.why or f"{record.day} ended {record.verdict}", turn)
    return ()
