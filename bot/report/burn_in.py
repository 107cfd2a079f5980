"""A whole burn-in: whether it clears, why, and what came of its clearance."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from bot.daybook import standing_streak
from bot.desk import Desk, TraderDesk
from bot.domain.clearance import Clearance, clearance_standing
from bot.domain.entry import Entry
from bot.domain.issued import CERTIFICATE_KINDS
from bot.domain.standing import CertificateIssued, ClearanceGranted, ClearanceRevoked, ClearanceSigned
from bot.domain.streak import Streak
from bot.report.cited import Cited
from bot.report.view import DayView
from bot.slack.cards.words import plural


@dataclass(frozen=True, slots=True)
class BurnInView:
    """Where a burn-in stands. `granted` is the newest clearance on these days, `revoked` what took it away again."""

    word: str
    tone: str
    why: str
    todo: str
    granted: Cited | None
    signed: Cited | None
    revoked: Cited | None
    certificates: tuple[Cited, ...]


async def burn_in_view(desk: Desk, trader: TraderDesk, days: Sequence[DayView]) -> BurnInView:
    """Return a burn-in as its page shows it; `days` are its days, oldest first."""
    entries = await desk.ledger.entries(trader=trader.name, kinds=CERTIFICATE_KINDS)
    counted, zone = await standing_streak(desk, trader), days[-1].zone
    granted = _granted_on(entries, {day.read.session.date for day in days})
    later = [entry for entry in entries if granted is not None and entry.seq > granted.seq]
    revoked = next((entry for entry in later if isinstance(entry.body, ClearanceRevoked)), None)
    about = [entry for entry in later if granted and getattr(entry.body, "granted", None) == granted.seq]
    signed = next((entry for entry in about if isinstance(entry.body, ClearanceSigned)), None)
    stands = clearance_standing(entries)
    word, why, todo = _words(stands, granted, revoked, counted)
    return BurnInView(
        word=word,
        tone={"CLEARED": "pass", "REVOKED": "fail"}.get(word, "open"),
        why=why,
        todo=todo,
        granted=Cited.of(granted, zone) if granted else None,
        signed=Cited.of(signed, zone) if signed else None,
        revoked=Cited.of(revoked, zone) if revoked else None,
        certificates=tuple(Cited.of(entry, zone) for entry in about if isinstance(entry.body, CertificateIssued)),
    )


def _granted_on(entries: Sequence[Entry], days: Collection[date]) -> Entry | None:
    """Return the newest clearance that rests on no other days than these."""
    found = (entry for entry in reversed(entries) if isinstance(entry.body, ClearanceGranted))
    return next((e for e in found if isinstance(e.body, ClearanceGranted) and {*e.body.streak.days} <= {*days}), None)


def _words(
    stands: Clearance | None, granted: Entry | None, revoked: Entry | None, counted: Streak
) -> tuple[str, str, str]:
    """Return the word for a burn-in, one sentence why, and what to do."""
    if stands is not None and granted is not None and stands.entry == granted.seq:
        why = f"{counted.passed} of {plural(counted.required, 'PASS day')} stand in a row, on one build and one policy."
        if stands.signed is None:
            return "CLEARED", why, "An approver signs the clearance off; then the canary may go LIVE."
        return "CLEARED", why, "The clearance is signed off: the canary may go LIVE by the desk's own procedure."
    if revoked is not None and isinstance(revoked.body, ClearanceRevoked):
        return "REVOKED", f"The clearance holds no more: {revoked.body.why}.", "Burn in anew; the next session counts."
    missing = max(counted.required - counted.passed, 0)
    why = f"{counted.passed} of {plural(counted.required, 'PASS day')} stand in a row."
    if counted.why:
        why = f"{why[:-1]}: {counted.why}."
    return f"{counted.passed} OF {counted.required}", why, f"{plural(missing, 'more PASS day')} to go."
