"""Where a session's samples leave it unseen: what Prometheus is asked to fill."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from bot.domain.policy import Policy
from bot.domain.sample import Sample, Source
from bot.domain.session import Session


class Hole(NamedTuple):
    """A stretch without a sample, between two instants."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


def holes_in(session: Session, policy: Policy, samples: Iterable[Sample], until: datetime) -> tuple[Hole, ...]:
    """Return the stretches of a session, up to an instant, in which two scrapes or more are missing.

    They begin at the open and end at the close. Where no sample stands at or before the open, the first reaches as far
    ahead of it as a gap may be long, for an edge is covered from outside; the same holds for the close.
    """
    times = sorted(sample.at for sample in samples if sample.source is not Source.ALERTS and sample.at <= until)
    before = [at for at in times if at <= session.opens]
    after = [at for at in times if at >= session.closes]
    start = before[-1] if before else session.opens - policy.max_gap
    end = after[0] if after else min(session.closes + policy.max_gap, until)
    marks = [start, *(at for at in times if start < at < end), end]
    longest = 2.5 * policy.scrape_interval  # one missing scrape, with what a scrape may come too early or late
    return tuple(Hole(earlier, later) for earlier, later in pairwise(marks) if later - earlier > longest)


def joined(holes: Sequence[Hole], within: timedelta) -> list[Hole]:
    """Return holes, in order, as fewer stretches: those that lie no farther apart than `within` become one."""
    found: list[Hole] = []
    for hole in holes:
        if found and hole.start - found[-1].end <= within:
            found[-1] = Hole(found[-1].start, hole.end)
        else:
            found.append(hole)
    return found
