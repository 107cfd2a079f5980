"""The leader lock and the heartbeats over a session: each verdict, and each limit from both sides."""

import pytest

from bot.domain.criteria import CriterionResult
from bot.domain.judge import judge
from bot.domain.metrics import LEADER
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from tests.support.evidence import counter, gauge, known, sample_at, session_of

SESSION = session_of(20)
INF = float("inf")
SCAN = "heartbeat.scan"


def result(role: str, samples: list[Sample]) -> CriterionResult:
    """Return the result of one criterion over these samples."""
    judgement = judge(Policy(), SESSION, known(samples=samples))
    return next(found for found in judgement.criteria if found.id == role)


def samples(role: str, points: list[tuple[float, float]]) -> list[Sample]:
    """Return samples of one gauge from (seconds since the open, value)."""
    return [sample_at(SESSION, at, {role: gauge(value)}) for at, value in points]


def steady(role: str, value: float, *, first: int = 0, last: int = 20) -> list[Sample]:
    """Return a sample a second with the same value."""
    return samples(role, [(at, value) for at in range(first, last + 1)])


def rising_to(at: float, age: float) -> list[tuple[float, float]]:
    """Return a second-by-second history of a heartbeat that grew to an age, with a second of lead before the open."""
    times = [at - back for back in range(int(at) + 2)]
    return [(time, max(age - (at - time), 0.5)) for time in reversed(times)]


def test_leader_held_throughout_passes() -> None:
    """A leader lock that is 1 in every sample of a covered session is PASS, with the numbers behind it."""
    found = result(LEADER, steady(LEADER, 1.0))
    assert (found.verdict, found.reason) == ("PASS", "proven")
    assert found.evidence["samples_seen"] == found.evidence["samples_expected"] == 21
    assert found.evidence["sources"] == {"bot": 21}


@pytest.mark.parametrize("value", [0.0, 2.0, 0.999, INF, -INF])
def test_leader_other_than_one_fails(value: float) -> None:
    """A single sample with any other value is FAIL, and the breach is measured to the next good sample."""
    found = result(
        LEADER, [*steady(LEADER, 1.0, last=6), *samples(LEADER, [(7, value)]), *steady(LEADER, 1.0, first=8)]
    )
    assert (found.verdict, found.reason) == ("FAIL", "not_leader")
    assert found.evidence["first_breach_seconds"] == 1.0
    assert found.evidence["first_breach_at"] == "2026-11-23T03:45:07+00:00"
    assert "at 09:15:07" in found.detail


def test_a_breach_without_an_end_lasts_to_the_last_sample() -> None:
    """A lock that never came back was lost until the last sample that was seen."""
    found = result(LEADER, [*steady(LEADER, 1.0, last=14), *steady(LEADER, 0.0, first=15, last=18)])
    assert found.evidence["first_breach_seconds"] == 3.0


UNREADABLE = [
    (None, "missing"),
    (Reading(MetricType.GAUGE, ()), "missing"),
    (gauge(float("nan")), "nan"),
    (gauge(1.0, 1.0), "several_series"),
    (gauge(0.0, 9.0), "several_series"),
    (counter(1.0), "wrong_type"),
    (Reading(MetricType.OTHER, (Series("", 1.0),)), "wrong_type"),
]


@pytest.mark.parametrize("role", [LEADER, SCAN])
@pytest.mark.parametrize(("reading", "reason"), UNREADABLE)
def test_an_unreadable_gauge_is_inconclusive(role: str, reading: Reading | None, reason: str) -> None:
    """One sample that cannot be read keeps the session from being proven, and says why."""
    good = steady(role, 1.0)
    bad = sample_at(SESSION, 7, {} if reading is None else {role: reading})
    found = result(role, [*good[:7], bad, *good[8:]])
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", reason)


def test_an_untyped_gauge_is_read() -> None:
    """Exporters that declare no type are read all the same."""
    untyped = Reading(MetricType.UNKNOWN, (Series("", 1.0),))
    assert result(LEADER, [sample_at(SESSION, at, {LEADER: untyped}) for at in range(21)]).verdict == "PASS"


def test_a_breach_outweighs_an_unreadable_sample() -> None:
    """FAIL takes precedence over a sample that could not be read."""
    found = result(LEADER, samples(LEADER, [(0, float("nan")), (1, 0.0)]))
    assert found.verdict == "FAIL"


@pytest.mark.parametrize(
    ("missing", "verdict", "reason"),
    [
        (range(8, 12), "PASS", "proven"),  # 5 s between samples: the limit itself
        (range(8, 13), "INCONCLUSIVE", "gap"),
        (range(5), "PASS", "proven"),
        (range(6), "INCONCLUSIVE", "edge_uncovered"),
        (range(16, 21), "PASS", "proven"),
        (range(15, 21), "INCONCLUSIVE", "edge_uncovered"),
        (range(21), "INCONCLUSIVE", "no_samples"),
    ],
)
def test_coverage_of_the_leader(missing: range, verdict: str, reason: str) -> None:
    """At most max_gap may lie between samples, and between the session's edges and its first and last sample."""
    good = steady(LEADER, 1.0)
    found = result(LEADER, [sample for at, sample in enumerate(good) if at not in missing])
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_gap_after_a_sample_at_the_open_is_not_an_edge() -> None:
    """A hole that follows the very first sample is a gap in the session."""
    good = steady(LEADER, 1.0)
    assert result(LEADER, [good[0], *good[7:]]).reason == "gap"


@pytest.mark.parametrize("at", [-3.0, -0.001, 20.001, 23.0])
def test_a_sample_outside_the_session_never_fails(at: float) -> None:
    """What the trader does before the open and after the close is not judged."""
    assert result(LEADER, [*steady(LEADER, 1.0), *samples(LEADER, [(at, 0.0)])]).verdict == "PASS"
    ages = [*steady(SCAN, 1.0, first=-1, last=21), *samples(SCAN, [(at * 1.5, 99.0)])]
    assert result(SCAN, ages).verdict != "FAIL"


@pytest.mark.parametrize("at", [0.0, 20.0])
def test_the_edges_belong_to_the_session(at: float) -> None:
    """A breach at the very open or close counts."""
    inside = [point for point in steady(LEADER, 1.0) if point.at != sample_at(SESSION, at, {}).at]
    assert result(LEADER, [*inside, *samples(LEADER, [(at, 0.0)])]).verdict == "FAIL"


def test_holes_filled_by_prometheus_count_by_source() -> None:
    """Samples of another source cover the session as well, and the result says how many there were."""
    filled = [
        sample_at(SESSION, at, {LEADER: gauge(1.0)}, Source.PROMETHEUS if 5 <= at < 15 else Source.BOT)
        for at in range(21)
    ]
    found = result(LEADER, filled)
    assert found.verdict == "PASS"
    assert found.evidence["sources"] == {"bot": 11, "prometheus": 10}


def test_samples_of_one_instant_settle_in_one_order() -> None:
    """Two sources at the same microsecond are both judged, and repetitions count once."""
    good = steady(LEADER, 1.0)
    twin = sample_at(SESSION, 3, {LEADER: gauge(0.0)}, Source.PROMETHEUS)
    found = result(LEADER, [*good, *good, twin])
    assert found == result(LEADER, [twin, *reversed(good)])
    assert found.verdict == "FAIL"
    assert found.evidence["samples_seen"] == 22


@pytest.mark.parametrize(
    ("age", "verdict", "reason"),
    [(4.999, "PASS", "proven"), (5.0, "FAIL", "stale"), (5.001, "FAIL", "stale"), (INF, "FAIL", "stale")],
)
def test_a_heartbeat_in_a_sample_is_held_to_its_limit(age: float, verdict: str, reason: str) -> None:
    """An age at the limit is already a breach; +Inf is one too."""
    found = result(SCAN, samples(SCAN, [*rising_to(7, age), (8, 1.0), *((at, 0.5) for at in range(9, 22))]))
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("age", [-0.001, -INF])
def test_a_negative_age_is_inconclusive(age: float) -> None:
    """An age can never be negative, so such a sample says nothing."""
    found = result(
        SCAN, [*steady(SCAN, 1.0, first=-1, last=8), *samples(SCAN, [(9, age)]), *steady(SCAN, 1.0, first=10)]
    )
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "negative")


@pytest.mark.parametrize(
    ("first", "second", "apart", "verdict", "reason"),
    [
        (2.0, 0.01, 3, "PASS", "proven"),
        (2.0, 0.0, 3, "INCONCLUSIVE", "hidden_age"),  # may have reached 5 s just before the beat
        (4.9, 0.5, 1, "INCONCLUSIVE", "hidden_age"),
        (4.9, 1.0, 1, "PASS", "proven"),  # the beat came right after the first sample
    ],
)
def test_the_hidden_age_between_two_samples(first: float, second: float, apart: int, verdict: str, reason: str) -> None:
    """Samples below the limit pass only if the age just before the last beat was below it for sure."""
    points = [*rising_to(7, first), (7 + apart, second), *((at, 0.5) for at in range(8 + apart, 22))]
    found = result(SCAN, samples(SCAN, points))
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("before", "first", "verdict", "reason"),
    [
        (None, (0.0, 4.0), "PASS", "proven"),
        (None, (0.5, 0.1), "INCONCLUSIVE", "edge_uncovered"),
        ((-0.5, 1.0), (0.5, 0.1), "PASS", "proven"),
        ((-0.5, 99.0), (0.5, 0.5), "PASS", "proven"),  # the beat came at the open: what was before does not count
        ((-0.5, 4.4), (0.5, 0.1), "INCONCLUSIVE", "hidden_age"),
        ((-0.5, float("nan")), (0.5, 0.1), "INCONCLUSIVE", "edge_uncovered"),
    ],
)
def test_the_hidden_age_at_the_open(
    before: tuple[float, float] | None, first: tuple[float, float], verdict: str, reason: str
) -> None:
    """At the open the age is bounded by a sample at it, or by the nearest one before it."""
    points = [first, *((at, 0.5) for at in range(1, 22))]
    found = result(SCAN, samples(SCAN, [before, *points] if before else points))
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("last", "after", "verdict"),
    [
        ((20.0, 4.999), None, "PASS"),
        ((19.5, 4.4), None, "PASS"),
        ((19.5, 4.5), None, "INCONCLUSIVE"),
        ((19.5, 4.5), (20.5, 0.2), "INCONCLUSIVE"),  # the beat came after the close
        ((19.5, 4.5), (20.5, 0.6), "PASS"),  # the beat came before it
        ((19.5, 3.9), (20.5, 4.9), "PASS"),
        ((19.5, 1.0), (20.5, INF), "PASS"),  # a restart after the close is not the session's
    ],
)
def test_the_hidden_age_at_the_close(
    last: tuple[float, float], after: tuple[float, float] | None, verdict: str
) -> None:
    """At the close the age is at most the last one plus the time since, unless a later sample says less."""
    points = rising_to(*last)
    found = result(SCAN, samples(SCAN, [*points, after] if after else points))
    assert found.verdict == verdict, found.detail
