"""How many good days stand in a row, and whether that clears the trader for canary LIVE."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from bot.domain.day import ClosedDay, DayRecord, Provenance
from bot.domain.policy import InconclusiveDays, Policy
from bot.domain.value import Value
from bot.domain.verdict import Verdict

Counted = ClosedDay | DayRecord


class Streak(Value):
    """The PASS days that count, out of those required. `why` says what last set the streak back, if anything.

    `void` are the void days since then, closed or not.
    """

    passed: int
    required: int
    cleared: bool
    days: tuple[date, ...] = ()
    why: str = ""
    void: tuple[date, ...] = ()


def streak(records: Iterable[Counted], policy: Policy, void: Collection[date] = ()) -> Streak:
    """Fold closed days, oldest first, into the streak. A void day is as if it had never been."""
    days: list[date] = []
    why = ""
    since: date | None = None  # the day that last set it back
    previous: Provenance | None = None
    for record, seen in _as_seen(records, void):
        if previous is not None and seen is not None and (changed := previous.changes(seen)):
            days, since, why = [], record.day, f"{' and '.join(changed)} changed before {record.day}"
        previous = seen
        if seen is not None and (mixed := seen.mixed):
            days, since, why = [], record.day, f"{' and '.join(mixed)} changed on {record.day}"
        elif record.verdict is Verdict.PASS:
            days.append(record.day)
        if record.verdict is Verdict.FAIL:
            days, since, why = [], record.day, f"{record.day} failed"
        elif record.verdict is Verdict.INCONCLUSIVE and policy.inconclusive is InconclusiveDays.RESET:
            days, since, why = [], record.day, f"{record.day} was inconclusive"
    return Streak(
        passed=len(days),
        required=policy.days_required,
        cleared=len(days) >= policy.days_required,
        days=tuple(days),
        why=why,
        void=tuple(sorted(day for day in void if since is None or day > since)),
    )


def _as_seen(records: Iterable[Counted], void: Collection[date]) -> Iterator[tuple[Counted, Provenance | None]]:
    """Yield each day that is not void with what it was burnt in with, None where that is not known yet.

    Where nobody saw it, on a day that does not count anyway, it is taken to be what it was before: a trader that was
    down all day has not changed by that. A day that counts must have seen it.
    """
    previous: Provenance | None = None
    for record in records:
        if record.day in void:
            continue
        seen: Provenance | None = record.provenance
        if record.lapsed and record.provenance == Provenance():
            seen = previous
        elif record.verdict is not Verdict.PASS and not record.provenance.build and previous is not None:
            seen = record.provenance.model_copy(update={"build": previous.build})
        yield record, seen
        previous = seen


def streak_with(
    records: Sequence[Counted], policy: Policy, provenance: Provenance | None = None, void: Collection[date] = ()
) -> Streak:
    """Return the streak as it counts for what runs now: a build, policy or rules file of today may have ended it."""
    counted = streak(records, policy, void)
    if provenance is None or counted.passed == 0:
        return counted
    last, seen = list(_as_seen(records, void))[-1]
    changed = seen.changes(provenance) if seen is not None else ()
    if not changed:
        return counted
    why = f"{' and '.join(changed)} changed after {last.day}"
    after = tuple(day for day in counted.void if day > last.day)
    return Streak(passed=0, required=policy.days_required, cleared=False, why=why, void=after)
