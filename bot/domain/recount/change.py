"""What a close, an open or a void day does to the clearance, as far as the entries before it tell.

All of it is certain at a close and at an open. At a void day the bot may also hold a clearance back, or revoke it, for
what it read of the trader at that moment, which is recorded nowhere: there several changes are possible.
"""

from collections.abc import Iterator
from datetime import date

from bot.domain.clearance import Clearance
from bot.domain.day import DayRecord, Provenance
from bot.domain.recount.days import Days, Terms
from bot.domain.standing import ClearanceGranted, ClearanceRevoked
from bot.domain.streak import Streak

Change = ClearanceGranted | ClearanceRevoked | None


def at_close(record: DayRecord, counted: Streak, standing: Clearance | None, turn: int) -> Change:
    """Return what the close of a day does to the clearance."""
    if counted.cleared and standing is None and record.day in counted.days:
        return ClearanceGranted(streak=counted, provenance=record.provenance, number=turn)
    if standing is not None and not counted.cleared:
        return ClearanceRevoked(why=counted.why or f"{record.day} ended {record.verdict}")
    return None


def at_open(seen: Provenance, standing: Clearance | None) -> Change:
    """Return what the open of a session does to the clearance; an unknown build may be the old one."""
    if standing is None:
        return None
    known = seen if seen.build else seen.model_copy(update={"build": standing.provenance.build})
    changed = standing.provenance.changes(known)
    return ClearanceRevoked(why=f"{' and '.join(changed)} changed") if changed else None


def fits_void(change: Change, day: date, days: Days, standing: Clearance | None, counted: tuple[int, int]) -> bool:
    """Tell whether what is recorded of the clearance is something that could become of it with a void day.

    Args:
        change: what is recorded.
        day: the day, which is void in `days` already.
        days: the trader's.
        standing: the clearance before it.
        counted: the turn in which it was counted, and for how many days required.
    """
    turn, required = counted
    rests_on_it = standing is not None and day in standing.streak.days
    if isinstance(change, ClearanceGranted):
        return any(
            change == granted and (rests_on_it or rises)
            for granted, rises in _grants(change, day, days, standing, turn)
        )
    return any(_fits_fall(change, day, days.streak(terms), standing, rests_on_it) for terms in Terms.any(required))


def _grants(
    change: ClearanceGranted, day: date, days: Days, standing: Clearance | None, turn: int
) -> Iterator[tuple[ClearanceGranted, bool]]:
    """Yield what a grant may read, and whether it rises with the void day.

    Had the policy changed since the last day that counts, the clearance would have been held back.
    """
    last = days.closed(change.streak.days[-1]) if change.streak.days else None
    if last is None:
        return
    for terms in days.terms(last.provenance.policy, change.streak.required):
        after = days.streak(terms)
        if after.cleared:
            granted = ClearanceGranted(streak=after, provenance=last.provenance, number=turn)
            yield granted, standing is None and not days.streak_but_for(terms, day).cleared


def _fits_fall(
    change: ClearanceRevoked | None, day: date, after: Streak, standing: Clearance | None, rests_on_it: bool
) -> bool:
    if change is None:
        return standing is None or (after.cleared and not rests_on_it)
    if standing is None:
        return False
    if not after.cleared:
        return change.why == f"{day} is void, and {after.passed} of {after.required} days are left"
    return rests_on_it and change.why.startswith(f"{day} is void, and ")
