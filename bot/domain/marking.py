"""What a session's picture marks, read from the day's entries and samples."""

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.criteria import COVERAGE
from bot.domain.entry import (
    AlertsMeasured,
    DrillMeasured,
    Entry,
    FlattenMeasured,
    TraderRestarted,
    WatchBreached,
    WatchRecovered,
)
from bot.domain.holes import holes_in
from bot.domain.mark import Mark, MarkKind
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.session import Session

MOST_MARKS = 100  # more of them nobody could tell apart on a picture


def marks_of(session: Session, policy: Policy, entries: Sequence[Entry], samples: Sequence[Sample]) -> tuple[Mark, ...]:
    """Return what happened in a session, in order of time.

    Args:
        session: the day's.
        policy: says how long a gap may be.
        entries: the day's, oldest first.
        samples: the day's, of every source.
    """
    within = (_clipped(mark, session) for mark in (*_told(entries, session), *_gaps(session, policy, samples)))
    return tuple(sorted((mark for mark in within if mark), key=lambda mark: mark.start))


def foremost(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return at most `MOST_MARKS` of them, in order of time: those of a rare kind, and the longest."""
    kept = sorted(marks, key=lambda mark: (mark.kind in (MarkKind.GAP, MarkKind.BREACH), -mark.seconds))
    return tuple(sorted(kept[:MOST_MARKS], key=lambda mark: mark.start))


def _told(entries: Sequence[Entry], session: Session) -> Iterator[Mark]:
    """Yield what the entries tell."""
    for at, entry in enumerate(entries):
        match entry.body:
            case DrillMeasured(run=run):
                yield Mark(kind=MarkKind.DRILL, start=run.started_at)
            case FlattenMeasured(timing=timing):
                yield Mark(kind=MarkKind.FLATTEN, start=timing.started_at)
            case TraderRestarted() as restarted:
                yield Mark(kind=MarkKind.RESTART, start=restarted.at)
            case AlertsMeasured(history=history):
                for alert in history.firing:
                    yield Mark(kind=MarkKind.ALERT, start=alert.first, end=alert.last, name=alert.name)
            case WatchBreached() as breached if (
                breached.criterion != COVERAGE
            ):  # the samples tell where they are missing
                yield _breach(breached, entries[at + 1 :], session)
            case _:
                pass


def _breach(breached: WatchBreached, later: Iterable[Entry], session: Session) -> Mark:
    """Return a breach up to its recovery, or to the session's close where there was none."""
    recovered = (
        entry.body.at
        for entry in later
        if isinstance(entry.body, WatchRecovered) and entry.body.criterion == breached.criterion
    )
    end = max(next(recovered, session.closes), breached.at)
    return Mark(kind=MarkKind.BREACH, start=breached.at, end=end, name=breached.criterion, verdict=breached.verdict)


def _gaps(session: Session, policy: Policy, samples: Sequence[Sample]) -> Iterator[Mark]:
    """Yield the stretches without a sample that are too long to prove anything."""
    for hole in holes_in(session, policy, samples, session.closes + policy.max_gap):
        start, end = max(hole.start, session.opens), min(hole.end, session.closes)
        if end - start > policy.max_gap:
            yield Mark(kind=MarkKind.GAP, start=start, end=end)


def _clipped(mark: Mark, session: Session) -> Mark | None:
    """Return the part of a mark that lies in the session; None where none does."""
    end = mark.end or mark.start
    if end < session.opens or mark.start > session.closes:
        return None
    start = max(mark.start, session.opens)
    return mark.model_copy(update={"start": start, "end": min(end, session.closes) if mark.end else None})
