"""Closing a day: the stored evidence is judged, and what follows (streak, clearance, words) is drafted with it.

The close command and the service that lapses forgotten days both end here, so a verdict has one way to come about.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot import __version__
from bot.daybook import closed_report, say, scripts_in
from bot.desk import Desk, TraderDesk
from bot.domain.build import build_said_by, builds_of
from bot.domain.criteria import CRITERIA
from bot.domain.day import THEN, DayRecord, Provenance
from bot.domain.entry import ClearanceGranted, ClearanceRevoked, DayClosed, Draft, Entry, SessionOpened
from bot.domain.folds import clearance_standing
from bot.domain.judging import judge_day
from bot.domain.notice import Cleared, Placement, Revoked, VerdictReached
from bot.domain.people import Actor, Origin
from bot.domain.results import DayReport
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.domain.streak import Counted, Streak, streak
from bot.domain.verdict import Verdict
from bot.errors import BurninError


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
        provenance=await _provenance(trader, samples, opened, lapsed=lapsed),
        lapsed=lapsed,
        policy=trader.policy,
        evidence_until=until,
        version=__version__,
    )
    return await _recorded(desk, trader, record, entries, actor=actor, origin=origin)


def _in_full(session: Session, opened: SessionOpened | None) -> Session:
    """Return a session as long as it was ever said to be: a calendar that changed since cuts nothing off the day."""
    if opened is None:
        return session
    opens, closes = min(session.opens, opened.session.opens), max(session.closes, opened.session.closes)
    return session.model_copy(update={"opens": opens, "closes": closes})


async def _provenance(
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
    days: list[Counted] = [*await desk.ledger.closed_days(trader.name), record]
    days.sort(key=lambda each: each.day)
    counted = streak(days, trader.policy)
    head = await desk.ledger.head()
    report = closed_report(trader.name, record, counted, scripts_in(entries), head=head.hash)
    template = Draft(
        at=desk.clock.now(),
        body=DayClosed(record=record),
        actor=actor,
        origin=origin,
        trader=trader.name,
        day=record.day,
        key=f"day_closed:{trader.name}:{record.day}",
    )
    verdict = _said(VerdictReached(actor=actor, report=report), template, "verdict", Placement.BROADCAST)
    standing = await standing_clearance(desk, trader)
    return Closing(report, (template, verdict, *_clearance(template, record, counted, standing)))


def _clearance(
    template: Draft, record: DayRecord, counted: Streak, standing: ClearanceGranted | None
) -> tuple[Draft, ...]:
    """Return the entries that grant or revoke the clearance, if this day does either."""
    if counted.cleared and standing is None and record.verdict is Verdict.PASS:
        granted = ClearanceGranted(streak=counted, provenance=record.provenance)
        total = len(CRITERIA)
        notice = Cleared(streak=counted, build=record.provenance.build, excluded=record.excluded, criteria_total=total)
        return (_entry(granted, template, "cleared"), _said(notice, template, "cleared", Placement.CHANNEL))
    if standing is not None and not counted.cleared:
        return revocation(template, counted.why or f"{record.day} ended {record.verdict}")
    return ()


def revocation(template: Draft, why: str) -> tuple[Draft, ...]:
    """Return the entries that revoke a clearance and say so, dressed like another draft of the same day."""
    return (
        _entry(ClearanceRevoked(why=why), template, "revoked"),
        _said(Revoked(why=why), template, "revoked", Placement.CHANNEL),
    )


async def standing_clearance(desk: Desk, trader: TraderDesk) -> ClearanceGranted | None:
    """Return the clearance that a trader holds, if any."""
    kinds = ("clearance_granted", "clearance_revoked")
    return clearance_standing(await desk.ledger.entries(trader=trader.name, kinds=kinds, newest=1))


def _entry(body: ClearanceGranted | ClearanceRevoked, template: Draft, name: str) -> Draft:
    key = f"{name}:{template.trader}:{template.day}"
    return template.model_copy(update={"body": body, "key": key})


def _said(notice: VerdictReached | Cleared | Revoked, template: Draft, name: str, placement: Placement) -> Draft:
    return say(
        notice,
        key=f"{name}:{template.trader}:{template.day}",
        trader=str(template.trader),
        at=template.at,
        day=template.day,
        placement=placement,
    )
