"""What is marked on a session's picture: what the entries tell, and where samples are missing."""

from datetime import timedelta

from bot.domain.entry import (
    GENESIS,
    AlertsMeasured,
    Body,
    Draft,
    DrillMeasured,
    Entry,
    FlattenMeasured,
    TraderRestarted,
    WatchBreached,
    WatchRecovered,
    link,
)
from bot.domain.evidence import AlertHistory, FiringAlert
from bot.domain.mark import Mark, MarkKind
from bot.domain.marking import MOST_MARKS, foremost, marks_of
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.verdict import Verdict
from tests.support.evidence import clean_drill, clean_flatten, clean_samples, sample_at, session_of

SESSION = session_of(600.0)
POLICY = Policy()
WHOLE = clean_samples(SESSION, POLICY)


def at(seconds: float):  # type: ignore[no-untyped-def]
    """An instant so many seconds after the open."""
    return SESSION.opens + timedelta(seconds=seconds)


def entry(body: Body) -> Entry:
    """An entry of the day."""
    return link(
        Draft(at=SESSION.opens, body=body, actor=BOT, origin=INSIDE, trader="orb", day=SESSION.date), 1, GENESIS
    )


def breached(seconds: float, criterion: str = "leader") -> Entry:
    """That a target was lost."""
    return entry(WatchBreached(criterion=criterion, verdict=Verdict.FAIL, at=at(seconds), detail="lost"))


def recovered(seconds: float, criterion: str = "leader") -> Entry:
    """That it is held again."""
    return entry(WatchRecovered(criterion=criterion, at=at(seconds), seconds=1.0, detail="held"))


def found(*entries: Entry, samples: list[Sample] = WHOLE) -> list[tuple[str, str, float, float]]:
    """The marks: kind, name, when and for how long, in seconds."""
    marks = marks_of(SESSION, POLICY, entries, samples)
    return [(m.kind.value, m.name, (m.start - SESSION.opens).total_seconds(), m.seconds) for m in marks]


def test_a_clean_session_is_marked_with_its_drill_only() -> None:
    """And with its flatten, in order of time."""
    flattened = entry(FlattenMeasured(timing=clean_flatten(SESSION, seconds=70)))
    drilled = entry(DrillMeasured(run=clean_drill(SESSION, seconds=60)))
    assert found(flattened, drilled) == [("drill", "", 60, 0), ("flatten", "", 70, 0)]


def test_a_breach_lasts_until_it_is_held_again() -> None:
    """Each criterion by itself; without an end, until the close."""
    entries = (breached(10), breached(20, "heartbeat.scan"), recovered(40), breached(50), recovered(90, "scan_ticks"))
    assert found(*entries) == [
        ("breach", "leader", 10, 30),
        ("breach", "heartbeat.scan", 20, 580),
        ("breach", "leader", 50, 550),
    ]


def test_a_loss_of_coverage_is_told_by_the_samples() -> None:
    """A gap longer than is allowed is marked, a shorter one is not; the edges count."""
    samples = [sample_at(SESSION, float(second), {}) for second in (*range(7, 100), *range(104, 200), *range(260, 600))]
    assert found(breached(201, "coverage"), samples=samples) == [("gap", "", 0, 7), ("gap", "", 199, 61)]
    assert found(samples=[]) == [("gap", "", 0, 600)]


def test_alerts_and_restarts_are_marked_as_far_as_they_lie_in_the_session() -> None:
    """An alert that fired beyond the close ends with it."""
    firing = (
        FiringAlert(name="Down", first=at(590), last=at(700)),
        FiringAlert(name="Before", first=at(-90), last=at(-30)),
    )
    history = AlertHistory(rules=(), rules_digest="", firing=firing, complete=True)
    restarted = TraderRestarted(last_seen=at(30), at=at(33))
    assert found(entry(AlertsMeasured(history=history)), entry(restarted)) == [
        ("restart", "", 33, 0),
        ("alert", "Down", 590, 10),
    ]


def test_of_too_many_marks_the_rare_and_the_long_are_kept() -> None:
    """In order of time."""
    gaps = [Mark(kind=MarkKind.GAP, start=at(n), end=at(n + 1 + n / 1000)) for n in range(300)]
    drill = Mark(kind=MarkKind.DRILL, start=at(5))
    kept = foremost([*gaps, drill])
    assert len(kept) == MOST_MARKS
    assert kept[0] == drill
    assert kept[1:] == tuple(gaps[-(MOST_MARKS - 1) :])
