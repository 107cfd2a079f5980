"""Closes the days that nobody closed: at the next open they become INCONCLUSIVE (or FAIL, where that is proven)."""

from datetime import date
from functools import partial

from bot.closing import close_day
from bot.daybook import record_of
from bot.desk import Desk, TraderDesk
from bot.domain.entry import Draft
from bot.domain.people import INSIDE, SCHEDULER
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.filling import fill_holes
from bot.services.scheduled import scheduled

_MOST = 30  # sessions looked back over


async def lapse_forgotten(desk: Desk, trader: TraderDesk, opening: Session) -> None:
    """Close, oldest first, every session before this one since the burn-in began that was never closed."""
    for session in await _forgotten(desk, trader, opening):
        async with scheduled(desk, "lapse", trader.name, args={"day": str(session.date)}) as act:
            await fill_holes(desk, trader, session, opening.opens)
            await desk.ledger.seal_samples(desk.clock.now(), trader.name, session.date)
            closing = await close_day(desk, trader, session, SCHEDULER, INSIDE, lapsed=True)
            act.drafts, act.verdict = closing.drafts, closing.report.verdict or Verdict.INCONCLUSIVE
            act.anew = partial(_anew, desk, trader, session)
            act.detail = f"Nobody closed {session.date} before the next session opened."


async def _anew(desk: Desk, trader: TraderDesk, session: Session) -> tuple[Draft, ...]:
    """Return what is recorded of a day where the streak moved meanwhile; nothing where somebody closed it."""
    if await record_of(desk, trader, session.date) is not None:
        return ()
    return (await close_day(desk, trader, session, SCHEDULER, INSIDE, lapsed=True)).drafts


async def _forgotten(desk: Desk, trader: TraderDesk, opening: Session) -> list[Session]:
    closed = await desk.ledger.days_of(trader.name, "day_closed")
    first = min(await desk.ledger.days_of(trader.name, "session_opened"), default=opening.date)
    return [session for session in _before(trader, opening, first) if session.date not in closed]


def _before(trader: TraderDesk, opening: Session, first: date) -> list[Session]:
    """Return the sessions before one, from a date on, oldest first."""
    found: list[Session] = []
    session = trader.calendar.preceding(opening.opens)
    while session is not None and session.date >= first and len(found) < _MOST:
        found.append(session)
        session = trader.calendar.preceding(session.opens)
    return found[::-1]
