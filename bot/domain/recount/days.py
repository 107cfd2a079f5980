"""A trader's closed and void days as entries bring them, and the streak that they give: what a recount counts by."""

from bisect import insort
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from bot.domain.day import THEN, ClosedDay, DayRecord, Provenance
from bot.domain.policy import InconclusiveDays, Policy
from bot.domain.streak import Counting, Streak


class Terms(NamedTuple):
    """What of a policy the streak is counted by."""

    required: int
    inconclusive: InconclusiveDays

    @classmethod
    def of(cls, policy: Policy) -> "Terms":
        """Return those of a policy."""
        return cls(policy.days_required, policy.inconclusive)

    @classmethod
    def any(cls, required: int) -> "tuple[Terms, ...]":
        """Return all that there are for so many days required."""
        return tuple(cls(required, inconclusive) for inconclusive in InconclusiveDays)


class Days:
    """One trader's days so far."""

    def __init__(self) -> None:
        self._closed: list[ClosedDay] = []  # by their days; whole records of years would be much to keep
        self._void: frozenset[date] = frozenset()
        self._policies: dict[str, Policy] = {}  # by the digest under which a day recorded it
        self._counted: dict[InconclusiveDays, tuple[int, Counting]] = {}  # of how many days
        self.begun: dict[date, Provenance] = {}  # what a session's open saw

    @property
    def void(self) -> frozenset[date]:
        """The void days."""
        return self._void

    def closed(self, day: date) -> ClosedDay | None:
        """Return a closed day."""
        return next((closed for closed in reversed(self._closed) if closed.day == day), None)

    def close(self, record: DayRecord) -> None:
        """Add a closed day."""
        if self._closed and record.day < self._closed[-1].day:
            self._counted.clear()
        day = ClosedDay(day=record.day, verdict=record.verdict, lapsed=record.lapsed, provenance=record.provenance)
        insort(self._closed, day, key=lambda each: each.day)
        if record.policy is not None:
            self._policies[record.provenance.policy.rpartition(THEN)[2]] = record.policy

    def make_void(self, day: date) -> None:
        """Leave a day out from here on."""
        self._void |= {day}
        self._counted.clear()

    def terms(self, digest: str, required: int) -> tuple[Terms, ...]:
        """Return what may have been counted by: one, where a day recorded the policy with this digest."""
        policy = self._policies.get(digest)
        return (Terms.of(policy),) if policy is not None else Terms.any(required)

    def streak(self, terms: Terms) -> Streak:
        """Return the streak of all days."""
        return self._counting(terms).streak(terms.required, self._void)

    def streak_with(self, terms: Terms, now: Provenance | None) -> Streak:
        """Return the streak as it counts for what runs now; None, or no build, where that is not known."""
        return self._counting(terms).streak_with(terms.required, now if now and now.build else None, self._void)

    def streak_but_for(self, terms: Terms, day: date) -> Streak:
        """Return the streak as it was before a day became void."""
        void = self._void - {day}
        return self._counted_anew(terms, void).streak(terms.required, void)

    def running(self) -> Provenance | None:
        """Return what the open of the newest session saw that is neither closed nor void; None where there is none."""
        closed = {each.day for each in self._closed}
        newest = max(self.begun.keys() - self._void - closed, default=None)
        return self.begun[newest] if newest else None

    def _counting(self, terms: Terms) -> Counting:
        """Return the streak's counting over all days, gone on with from the last time where that is the same."""
        count, counting = self._counted.get(terms.inconclusive, (0, Counting(terms.inconclusive)))
        for closed in self._closed[count:]:
            if closed.day not in self._void:
                counting.add(closed)
        self._counted[terms.inconclusive] = len(self._closed), counting
        return counting

    def _counted_anew(self, terms: Terms, void: Collection[date]) -> Counting:
        counting = Counting(terms.inconclusive)
        for closed in self._closed:
            if closed.day not in void:
                counting.add(closed)
        return counting
