"""Fills what the bot did not see of a session (a restart, a deploy) with the raw samples of the trader's Prometheus."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.desk import Desk, TraderDesk
from bot.domain.entry import Draft, HolesFilled
from bot.domain.holes import Hole, holes_in, joined
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.errors import BadAnswer, PrometheusUnreachable
from bot.ports import MetricsHistory

_ASKED_TOGETHER = timedelta(minutes=1)  # holes this near to each other are one question


async def fill_holes(desk: Desk, trader: TraderDesk, session: Session, until: datetime) -> HolesFilled | None:
    """Fill the holes of a session up to an instant, and put on record what came of it.

    Returns:
        What was filled; None where there was no hole, or there is no Prometheus to ask.

    Raises:
        LedgerError: the ledger did not take it.
    """
    if trader.history is None:
        return None
    stored = await desk.ledger.samples(trader.name, session.date)
    holes = holes_in(session, trader.policy, stored, until)
    if not holes:
        return None
    found, trouble = await _asked(trader.history, holes)
    await desk.ledger.store_samples(trader.name, session.date, found)
    seconds = sum((hole.length for hole in holes), timedelta()).total_seconds()
    filled = HolesFilled(holes=len(holes), seconds=round(seconds, 3), samples=len(found), trouble=trouble)
    record = Draft(at=desk.clock.now(), body=filled, actor=BOT, origin=INSIDE, trader=trader.name, day=session.date)
    await desk.ledger.append(record)
    return filled


async def _asked(history: MetricsHistory, holes: Sequence[Hole]) -> tuple[list[Sample], str | None]:
    """Return the samples that lie within holes, and why there are not more of them."""
    found: list[Sample] = []
    for stretch in joined(holes, _ASKED_TOGETHER):
        try:
            samples = await history.samples(stretch.start, stretch.end)
        except (PrometheusUnreachable, BadAnswer) as error:
            return found, str(error)
        within = [hole for hole in holes if stretch.start <= hole.start <= stretch.end]
        found += [sample for sample in samples if any(hole.start < sample.at < hole.end for hole in within)]
    return found, None


def filled_in_words(filled: HolesFilled) -> str:
    """Return one sentence on what was filled."""
    them = "it" if filled.holes == 1 else "them"
    trouble = (filled.trouble or "").rstrip(".")
    if not filled.samples:
        return f"Prometheus could not fill {them}: {trouble or 'it holds no sample of that time either'}."
    what = "1 sample" if filled.samples == 1 else f"{filled.samples} samples"
    rest = f" Then it could not be asked: {trouble}." if trouble else ""
    return f"Prometheus filled {them} with {what}.{rest}"
