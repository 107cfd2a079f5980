"""How many good days stand in a row, and whether that clears the trader for canary LIVE."""

from collections.abc import Collection, Iterable
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


class Counting:
    """A streak as closed days are added to it, the oldest first; void days are left out by whoever adds.

    Args:
        inconclusive: what a day without a proof does to it.
    """

    def __init__(self, inconclusive: InconclusiveDays) -> None:
        self._inconclusive = inconclusive
        self._days: list[date] = []
        self._why = ""
        self._since: date | None = None  # the day that last set it back
        self._last: Counted | None = None
        self._seen: Provenance | None = None  # what the last day was burnt in with

    def add(self, record: Counted) -> None:
        """Count one more day."""
        seen = self._as_seen(record)
        if self._seen is not None and seen is not None and (changed := self._seen.changes(seen)):
            self._set_back(record, f"{' and '.join(changed)} changed before {record.day}")
        self._last, self._seen = record, seen
        if seen is not None and (mixed := seen.mixed):
            self._set_back(record, f"{' and '.join(mixed)} changed on {record.day}")
        elif record.verdict is Verdict.PASS:
            self._days.append(record.day)
        if record.verdict is Verdict.FAIL:
            self._set_back(record, f"{record.day} failed")
        elif record.verdict is Verdict.INCONCLUSIVE and self._inconclusive is InconclusiveDays.RESET:
            self._set_back(record, f"{record.day} was inconclusive")

    def streak(self, required: int, void: Collection[date] = ()) -> Streak:
        """Return the streak so far, for so many days required and beside these void days."""
        return Streak(
            passed=len(self._days),
            required=required,
            cleared=len(self._days) >= required,
            days=tuple(self._days),
            why=self._why,
            void=_after(self._since, void),
        )

    def streak_with(self, required: int, provenance: Provenance | None, void: Collection[date] = ()) -> Streak:
        """Return the streak so far as it counts for what runs now, where that is known."""
        if provenance is None or self._last is None or self._seen is None or not self._days:
            return self.streak(required, void)
        changed = self._seen.changes(provenance)
        if not changed:
            return self.streak(required, void)
        why = f"{' and '.join(changed)} changed after {self._last.day}"
        after = tuple(day for day in _after(self._since, void) if day > self._last.day)
        return Streak(passed=0, required=required, cleared=False, why=why, void=after)

    def _set_back(self, record: Counted, why: str) -> None:
        self._days, self._since, self._why = [], record.day, why

    def _as_seen(self, record: Counted) -> Provenance | None:
        """Return what a day was burnt in with, None where that is not known yet.

        Where nobody saw it, on a day that does not count anyway, it is taken to be what it was before: a trader that
        was down all day has not changed by that. A day that counts must have seen it.
        """
        if record.lapsed and record.provenance == Provenance():
            return self._seen
        if record.verdict is not Verdict.PASS and not record.provenance.build and self._seen is not None:
            return record.provenance.model_copy(update={"build": self._seen.build})
        return record.provenance


def streak(records: Iterable[Counted], policy: Policy, void: Collection[date] = ()) -> Streak:
    """Fold closed days, oldest first, into the streak. A void day is as if it had never been."""
    return _counted(records, policy, void).streak(policy.days_required, void)


def streak_with(
    records: Iterable[Counted], policy: Policy, provenance: Provenance | None = None, void: Collection[date] = ()
) -> Streak:
    """Return the streak as it counts for what runs now: a build, policy or rules file of today may have ended it."""
    return _counted(records, policy, void).streak_with(policy.days_required, provenance, void)


def _counted(records: Iterable[Counted], policy: Policy, void: Collection[date]) -> Counting:
    counting = Counting(policy.inconclusive)
    for record in records:
        if record.day not in void:
            counting.add(record)
    return counting


def _after(since: date | None, void: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted(day for day in void if since is None or day > since))
