"""A trader's days as they stand in the ledger: what commands show and what the services announce.

Nothing is kept here: every answer is a fold over entries, read when it is asked for.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.desk import Desk, TraderDesk
from bot.domain.clearance import CLEARANCE_KINDS, clearance_standing, was_granted
from bot.domain.criteria import CriterionResult
from bot.domain.day import DayRecord, DayState, state_of
from bot.domain.entry import Draft, Entry, MessageQueued, MessageSent, SessionOpened
from bot.domain.folds import day_records
from bot.domain.measures import SessionSoFar, measures_in, watched_in
from bot.domain.notice import Announcement, DayCard, Notice, Placement
from bot.domain.people import BOT, INSIDE
from bot.domain.results import DayReport, ScriptRun, StreakCount, VoidMark
from bot.domain.session import Session
from bot.domain.so_far import criteria_so_far
from bot.domain.standing import StreakCounted
from bot.domain.streak import Streak, streak
from bot.domain.verdict import Verdict
from bot.domain.void import VOID_KINDS, VoidRequest, void_marks, void_requests
from bot.ports import Head, Posted

_LAPSED = "nobody closed this day before the next session opened"
_MOST_NAMED = 5  # void days named beside a streak; of more, the last
_SHOWN = ("watch_breached", "drill_measured", "flatten_measured", "reconcile_measured", "script_ran", "day_closed")


async def records_of(desk: Desk, trader: TraderDesk) -> tuple[DayRecord, ...]:
    """Return a trader's closed days, oldest first, in full: of years this is much to read."""
    return day_records(await desk.ledger.entries(trader=trader.name, kinds=("day_closed",)))


async def streak_of(desk: Desk, trader: TraderDesk, until: date | None = None) -> Streak:
    """Return a trader's streak, over all closed days or over those up to a date."""
    days, void = await desk.ledger.closed_days(trader.name), await voids_of(desk, trader)
    counted = [closed for closed in days if until is None or closed.day <= until]
    return streak(counted, trader.policy, [day for day in void if until is None or day <= until])


async def standing_streak(desk: Desk, trader: TraderDesk) -> Streak:
    """Return a trader's streak as it stands now: as it was counted last, for what was seen to run by then.

    It clears only where a clearance stands: one may have been withheld or revoked since.
    """
    last = await desk.ledger.entries(trader=trader.name, kinds=("streak_counted",), newest=1)
    body = last[-1].body if last else None
    counted = body.streak if isinstance(body, StreakCounted) else await streak_of(desk, trader)
    stands = counted.cleared and clearance_standing(await _clearances(desk, trader)) is not None
    return counted.model_copy(update={"cleared": stands})


async def streak_then(desk: Desk, trader: TraderDesk, day: date) -> Streak:
    """Return a trader's streak as it stood with a closed day; it cleared only where a clearance was granted on it."""
    counted = await streak_of(desk, trader, until=day)
    cleared = counted.cleared and was_granted(await _clearances(desk, trader), counted.days)
    return counted.model_copy(update={"cleared": cleared})


async def _clearances(desk: Desk, trader: TraderDesk) -> tuple[Entry, ...]:
    return await desk.ledger.entries(trader=trader.name, kinds=CLEARANCE_KINDS)


async def voids_of(desk: Desk, trader: TraderDesk) -> Mapping[date, VoidMark]:
    """Return a trader's void days, each with who made it void and why: they neither count nor reset the streak."""
    return void_marks(await desk.ledger.entries(trader=trader.name, kinds=("day_voided",)))


async def void_requests_of(desk: Desk, trader: TraderDesk) -> tuple[VoidRequest, ...]:
    """Return every request to void a day of a trader, the oldest first, each with its answer."""
    return void_requests(await desk.ledger.entries(trader=trader.name, kinds=VOID_KINDS))


async def record_of(desk: Desk, trader: TraderDesk, day: date) -> DayRecord | None:
    """Return the recorded close of a day."""
    found = day_records(await desk.ledger.entries(trader=trader.name, day=day, kinds=("day_closed",)))
    return found[-1] if found else None


async def retired_days(desk: Desk, trader: TraderDesk) -> frozenset[date]:
    """Return the days whose raw samples are deleted because they are older than is kept: none can be judged again."""
    return await desk.ledger.days_of(trader.name, "samples_retired")


async def was_begun(desk: Desk, trader: TraderDesk, session: Session) -> bool:
    """Tell whether the burn-in of a trader had begun by a session: whether anybody watched it, or one before it."""
    opened = await desk.ledger.days_of(trader.name, "session_opened")
    if opened and min(opened) <= session.date:
        return True
    return bool(await desk.ledger.samples(trader.name, session.date))


async def report_of(desk: Desk, trader: TraderDesk, session: Session) -> DayReport:
    """Return a day as it stands: recorded where it is closed, otherwise what its entries say so far."""
    entries = await desk.ledger.entries(trader=trader.name, day=session.date, kinds=_SHOWN)
    closed = next((entry for entry in reversed(entries) if entry.body.kind == "day_closed"), None)
    records = day_records([closed]) if closed else ()
    counted = await (streak_then(desk, trader, session.date) if closed else standing_streak(desk, trader))
    void = (await voids_of(desk, trader)).get(session.date)
    if closed and records:
        return closed_report(
            trader.name, records[0], counted, scripts_in(entries), head=Head(closed.seq, closed.hash), void=void
        )
    criteria = criteria_so_far(entries, trader.policy, session)
    seen, state = _so_far(desk, trader.name, session.date), state_of(session, None, desk.clock.now())
    return DayReport(
        trader=trader.name,
        date=session.date,
        state=state,
        verdict=None,
        criteria=criteria,
        excluded=trader.policy.excluded,
        streak=StreakCount.of(counted),
        session=session,
        streak_note=streak_note(counted),
        scripts=scripts_in(entries),
        measures=(*(seen.measures if seen else ()), *measures_in(criteria, trader.policy)),
        watched=seen.watched if seen else None,
        void=void,
        before_burn_in=state is DayState.AWAITING_CLOSE and not await was_begun(desk, trader, session),
    )


def _so_far(desk: Desk, trader: str, day: date) -> SessionSoFar | None:
    seen = desk.so_far.get(trader)
    return seen if seen is not None and seen.day == day else None


def closed_report(
    trader: str,
    record: DayRecord,
    counted: Streak,
    scripts: tuple[ScriptRun, ...] = (),
    *,
    head: Head | None = None,
    void: VoidMark | None = None,
) -> DayReport:
    """Return a recorded day as a report, with the streak as it was counted with it."""
    return DayReport(
        trader=trader,
        date=record.day,
        state=DayState.CLOSED,
        verdict=record.verdict,
        criteria=record.criteria,
        excluded=record.excluded,
        streak=StreakCount.of(counted),
        session=record.session,
        streak_note=streak_note(counted, _LAPSED if record.lapsed else ""),
        scripts=scripts,
        head=head.hash if head else "",
        head_seq=head.seq if head else 0,
        provenance=record.provenance,
        measures=measures_in(record.criteria, record.policy) if record.policy else (),
        watched=watched_in(record.criteria, record.policy) if record.policy else None,
        void=void,
    )


def streak_note(counted: Streak, instead: str = "") -> str:
    """Return what stands beside a streak: what set it back, or something else instead, and the void days in it."""
    left_out = len(counted.void) - _MOST_NAMED
    named = [f"{left_out} earlier days"] if left_out > 0 else []
    named += [str(day) for day in counted.void[-_MOST_NAMED:]]
    void = f"void: {', '.join(named)}" if named else ""
    return "; ".join(filter(None, (instead or counted.why, void)))


def scripts_in(entries: Sequence[Entry]) -> tuple[ScriptRun, ...]:
    """Return the script runs among entries."""
    return tuple(entry.body.run for entry in entries if entry.body.kind == "script_ran")


async def card_of(desk: Desk, trader: TraderDesk, session: Session) -> DayCard:
    """Return the day's root message as it should read now."""
    report = await report_of(desk, trader, session)
    if report.verdict is Verdict.PASS and report.void is None:
        number = report.streak.passed
    else:
        number = await _number_of(desk, trader, session, report)
    return DayCard(number=number, required=report.streak.required, report=report, next_step=next_step(report))


async def _number_of(desk: Desk, trader: TraderDesk, session: Session, report: DayReport) -> int:
    """Return which day of the burn-in a day is that has not passed, or not yet."""
    if report.state is not DayState.CLOSED:
        return report.streak.passed + 1
    opened = await desk.ledger.by_key(opened_key(trader.name, session.date))
    if opened is not None and isinstance(opened.body, SessionOpened):
        return opened.body.number
    return (await streak_of(desk, trader, until=session.date - timedelta(days=1))).passed + 1


def next_step(report: DayReport) -> str:
    """Return the command an operator should run next, without `/burnin`; empty where there is nothing to do.

    Nothing is asked for on a void day, though it may be closed like any other; one from before the burn-in cannot be.
    """
    if report.void is not None or report.before_burn_in:
        return ""
    drilled = "drill" in report.excluded or _decided(report.criteria, "drill")
    if report.state is DayState.OPEN and not drilled:
        return "drill"
    return "close" if report.state is DayState.AWAITING_CLOSE else ""


def _decided(criteria: Sequence[CriterionResult], criterion: str) -> bool:
    return any(result.id == criterion and result.verdict is not Verdict.INCONCLUSIVE for result in criteria)


def opened_key(trader: str, day: date) -> str:
    """Return the key of the entry with which a session's watch began."""
    return f"session_opened:{trader}:{day}"


def root_key(trader: str, day: date) -> str:
    """Return the key of a day's root message."""
    return f"root:{trader}:{day}"


def message_key(announcement: str) -> str:
    """Return the key of the entry that queues an announcement."""
    return f"message:{announcement}"


def sent_key(message: str) -> str:
    """Return the key under which it is noted that a message was said."""
    return f"sent:{message}"


async def root_of(desk: Desk, trader: str, day: date) -> Posted | None:
    """Return where a day's root message stands; None where it was not said yet."""
    sent = await desk.ledger.by_key(sent_key(root_key(trader, day)))
    return Posted(sent.body.channel, sent.body.ref) if sent and isinstance(sent.body, MessageSent) else None


def say(
    notice: Notice,
    *,
    key: str,
    trader: str,
    at: datetime,
    day: date | None,
    placement: Placement = Placement.THREAD,
    edits: str = "",
) -> Draft:
    """Return the entry that queues an announcement; its key makes sure that it is said once.

    `edits` is the key of the message whose place an EDIT takes.
    """
    announcement = Announcement(key=key, trader=trader, day=day, placement=placement, notice=notice, edits=edits)
    return Draft(
        at=at,
        body=MessageQueued(announcement=announcement),
        actor=BOT,
        origin=INSIDE,
        trader=trader,
        day=day,
        key=message_key(key),
    )


def said(announcement: Announcement, posted: Posted, at: datetime) -> Draft:
    """Return the entry that notes where an announcement stands."""
    return Draft(
        at=at,
        body=MessageSent(message=announcement.key, channel=posted.channel, ref=posted.ref),
        actor=BOT,
        origin=INSIDE,
        trader=announcement.trader,
        day=announcement.day,
        key=sent_key(announcement.key),
    )
