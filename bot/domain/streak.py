"""How many good days stand in a row, and whether that clears the trader for canary LIVE."""

from collections.abc import Iterable, Sequence
from datetime import date

from bot.domain.day import DayRecord, Provenance
from bot.domain.policy import InconclusiveDays, Policy
from bot.domain.value import Value
from bot.domain.verdict import Verdict


class Streak(Value):
    """The PASS days that count, out of those required. `why` says what last set the streak back, if anything."""

    passed: int
    required: int
    cleared: bool
    days: tuple[date, ...] = ()
    why: str = ""


def streak(records: Iterable[DayRecord], policy: Policy) -> Streak:
    """Fold closed days, oldest first, into the streak."""
    days: list[date] = []
    why = ""
    previous: Provenance | None = None
    for record in records:
        if not _unwatched(record):
            if previous is not None and (changed := previous.changes(record.provenance)):
                days, why = [], f"{' and '.join(changed)} changed before {record.day}"
            previous = record.provenance
        if record.verdict is Verdict.PASS:
            days.append(record.day)
        elif record.verdict is Verdict.FAIL:
            days, why = [], f"{record.day} failed"
        elif policy.inconclusive is InconclusiveDays.RESET:
            days, why = [], f"{record.day} was inconclusive"
    return Streak(
        passed=len(days),
        required=policy.days_required,
        cleared=len(days) >= policy.days_required,
        days=tuple(days),
        why=why,
    )


def _unwatched(record: DayRecord) -> bool:
    """Tell whether nobody was there to see what the day was burnt in with: that is no change of it."""
    return record.lapsed and record.provenance == Provenance()


def streak_with(records: Sequence[DayRecord], policy: Policy, provenance: Provenance | None = None) -> Streak:
    """Return the streak as it counts for what runs now: a build, policy or rules file of today may have ended it."""
    counted = streak(records, policy)
    if provenance is None or counted.passed == 0:
        return counted
    last = [record for record in records if not _unwatched(record)][-1]
    changed = last.provenance.changes(provenance)
    if not changed:
        return counted
    why = f"{' and '.join(changed)} changed after {last.day}"
    return Streak(passed=0, required=policy.days_required, cleared=False, why=why)
