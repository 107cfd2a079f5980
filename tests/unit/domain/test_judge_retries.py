"""Retry counters over a session: FAIL is sure, PASS is proven for every window, the rest is INCONCLUSIVE."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from bot.domain.criteria import CriterionResult
from bot.domain.judge import judge
from bot.domain.metrics import LEADER, PROCESS_START, SCAN_TICKS
from bot.domain.policy import Policy, RetryLimits
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from tests.support.evidence import counter, gauge, known, sample_at, session_of, with_reading

LENGTH = 900
SESSION = session_of(LENGTH)
TOKEN, RATE = "retries.token_refresh", "retries.rate_limit"
ALL = range(-1, LENGTH + 2)


def seconds_of(sample: Sample) -> float:
    """Return when a sample was taken, in seconds since the open."""
    return (sample.at - SESSION.opens).total_seconds()


def judged(role: str, samples: Iterable[Sample], seconds: float = LENGTH) -> CriterionResult:
    """Return the result of one retry counter over these samples."""
    judgement = judge(Policy(), session_of(seconds), known(samples=list(samples)))
    return next(found for found in judgement.criteria if found.id == role)


def counting(role: str, value: Callable[[int], float | None], times: Iterable[int] = ALL) -> list[Sample]:
    """Return samples whose counter is a function of the seconds since the open; None leaves it out."""
    return [_sample(role, at, value(at)) for at in times]


def _sample(role: str, at: float, value: float | None) -> Sample:
    retried = {} if value is None else {role: counter(value)}
    return sample_at(SESSION, at, {LEADER: gauge(1.0), **retried})


def steps(*seconds: int) -> Callable[[int], float]:
    """Return a counter that rises by one at each of these seconds."""
    return lambda at: 40.0 + sum(1 for second in seconds if at >= second)


@pytest.mark.parametrize(("role", "limit"), [(TOKEN, 3), (RATE, 10)])
@pytest.mark.parametrize(("over", "verdict", "reason"), [(0, "PASS", "proven"), (1, "FAIL", "exceeded")])
def test_a_spike_is_held_to_its_limit(role: str, limit: int, over: int, verdict: str, reason: str) -> None:
    """As many retries as the limit within one window pass; one more fails."""
    found = judged(role, counting(role, steps(*[400] * (limit + over))))
    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.evidence["largest_rise"] == limit + over


@pytest.mark.parametrize(
    ("last", "verdict", "reason"),
    [
        (399, "FAIL", "exceeded"),  # seen within 300 s: from the sample at 99 to the one at 399
        (400, "INCONCLUSIVE", "window_edge"),  # 99..100 and 399..400: 300 s apart at least, 301 at most
        (401, "PASS", "proven"),
    ],
)
def test_retries_at_the_ends_of_a_window(last: int, verdict: str, reason: str) -> None:
    """Four retries are in one window for sure, perhaps, or surely not."""
    found = judged(TOKEN, counting(TOKEN, steps(100, 100, 100, last)))
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_breach_says_when() -> None:
    """The first breach begins at the last sample before the rise and ends where it went over the limit."""
    found = judged(TOKEN, counting(TOKEN, steps(400, 400, 400, 420, 430)))
    assert found.evidence["first_breach_seconds"] == 21.0
    assert found.evidence["first_breach_at"] == "2026-11-23T03:51:39+00:00"
    assert "rose by 4 after 09:21:39" in found.detail


def test_a_counter_that_never_appears_counts_as_zero() -> None:
    """Labelled counters do not exist before they first count."""
    assert judged(TOKEN, counting(TOKEN, lambda _: None)).verdict == "PASS"


@pytest.mark.parametrize(
    ("filled", "left_out", "reason"),
    [
        (range(100, 500), "proven", "proven"),  # the trader itself told zero before and after, and did not restart
        (range(500, 902), "edge_uncovered", "proven"),
        (range(-1, 500), "edge_uncovered", "proven"),
        (range(-1, 902), "edge_uncovered", "proven"),
    ],
)
def test_a_prometheus_that_leaves_metrics_out_tells_no_zero(filled: range, left_out: str, reason: str) -> None:
    """It may not keep the counter at all; one that keeps everything tells zero by its silence."""
    own = [sample_at(SESSION, at, {LEADER: gauge(1.0)}) for at in ALL if at not in filled]
    times = [-2, *filled, 903]
    for reading, expected in (({TOKEN: counter()}, left_out), ({}, reason)):
        its = [sample_at(SESSION, at, {LEADER: gauge(1.0), **reading}, Source.PROMETHEUS) for at in times]
        assert judged(TOKEN, [*own, *its]).reason == expected


def test_a_counter_that_never_appeared_is_said_to_have_not() -> None:
    """Its selector may be wrong: a reader of the verdict should see that nothing was ever read."""
    assert judged(TOKEN, counting(TOKEN, lambda _: None)).detail.endswith("never appeared, which counts as zero.")
    assert "never" not in judged(TOKEN, counting(TOKEN, steps())).detail


def test_a_policy_may_want_the_counter_to_be_there() -> None:
    """Where a trader has it from the start, a labelled counter that is absent is missing."""
    policy = Policy(retries=RetryLimits(absent_is_zero=False))
    judgement = judge(policy, SESSION, known(samples=counting(TOKEN, lambda _: None)))
    found = next(found for found in judgement.criteria if found.id == TOKEN)
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "missing")


def test_a_counter_that_was_told_absent_is_missing() -> None:
    """One without labels is there from the start of a trader: an answer that lacks it is not zero."""
    samples = [with_reading(sample, RATE, counter()) for sample in counting(RATE, lambda at: None)]
    found = judged(RATE, samples)
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "missing")


def test_an_answer_without_any_role_is_not_zero() -> None:
    """A scrape in which nothing of the trader was found says nothing about its retries."""
    found = judged(TOKEN, [sample_at(SESSION, at, {}) for at in ALL])
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "missing")


@pytest.mark.parametrize(("value", "verdict"), [(3.0, "PASS"), (4.0, "FAIL")])
def test_a_counter_that_appears_rose_from_zero(value: float, verdict: str) -> None:
    """A series that first appears in the session counts from zero."""
    assert judged(TOKEN, counting(TOKEN, lambda at: value if at > 300 else None)).verdict == verdict


@pytest.mark.parametrize(
    ("after", "verdict", "reason"),
    [(0.0, "INCONCLUSIVE", "counter_reset"), (3.0, "INCONCLUSIVE", "counter_reset"), (4.0, "FAIL", "exceeded")],
)
def test_a_reset(after: float, verdict: str, reason: str) -> None:
    """After a reset the new value was counted since; what was lost before it keeps the rest from passing."""
    found = judged(TOKEN, counting(TOKEN, lambda at: 40.0 if at < 300 else after))
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_series_that_vanishes_was_reset() -> None:
    """A labelled counter that is there and then absent has lost what it held."""
    assert judged(TOKEN, counting(TOKEN, lambda at: 2.0 if at < 300 else None)).reason == "counter_reset"


def _two_series(first: Callable[[int], float | None], second: Callable[[int], float | None]) -> list[Sample]:
    """Return samples of a counter with two series, each a function of the seconds since the open."""
    samples = []
    for at in ALL:
        held = (('{node="a"}', first(at)), ('{node="b"}', second(at)))
        series = tuple(Series(labels, value) for labels, value in held if value is not None)
        samples.append(sample_at(SESSION, at, {TOKEN: Reading(MetricType.COUNTER, series)}))
    return samples


@pytest.mark.parametrize(("rises", "verdict"), [((2, 2), "FAIL"), ((4, 0), "FAIL"), ((0, 4), "FAIL"), ((2, 1), "PASS")])
def test_retries_of_all_series_count_together(rises: tuple[int, int], verdict: str) -> None:
    """What two nodes retried in one second is a spike of both."""
    first, second = ((lambda at, by=by: 5.0 + by * (at >= 300)) for by in rises)
    assert judged(TOKEN, _two_series(first, second)).verdict == verdict


@pytest.mark.parametrize("gone", [0, 1])
def test_one_series_that_vanishes_beside_another_was_reset(gone: int) -> None:
    """The other one still tells, but what the lost one held may have risen before."""
    ends, stays = (lambda at: 2.0 if at < 300 else None), (lambda at: 2.0)
    samples = _two_series(ends, stays) if gone == 0 else _two_series(stays, ends)
    found = judged(TOKEN, samples)
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "counter_reset")


@pytest.mark.parametrize(
    ("after", "verdict", "reason"),
    [
        (40.0, "INCONCLUSIVE", "counter_reset"),
        (43.0, "INCONCLUSIVE", "counter_reset"),
        (44.0, "FAIL", "exceeded"),
        (3.0, "INCONCLUSIVE", "counter_reset"),
        (4.0, "FAIL", "exceeded"),
    ],
)
def test_a_series_that_comes_back_was_perhaps_left_out_of_an_answer(after: float, verdict: str, reason: str) -> None:
    """It may have counted anew meanwhile, but surely rose by no more than what it holds above what it held."""
    values = {**dict.fromkeys(ALL, 40.0), **dict.fromkeys(range(310, LENGTH + 2), after)}
    found = judged(TOKEN, counting(TOKEN, lambda at: None if 300 <= at < 310 else values[at]))
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_series_that_comes_back_with_a_new_process_counted_anew() -> None:
    """What the process before it held is no part of it."""
    samples = [
        with_reading(
            sample, PROCESS_START, gauge(1000.0 if sample.at < SESSION.opens + timedelta(seconds=305) else 2000.0)
        )
        for sample in counting(TOKEN, lambda at: None if 300 <= at < 310 else 40.0)
    ]
    assert judged(TOKEN, samples).verdict == "FAIL"


@pytest.mark.parametrize(("started", "reason"), [(1000.5, "proven"), (1400.0, "counter_reset")])
def test_a_restart_hides_what_a_counter_at_zero_lost(started: float, reason: str) -> None:
    """A new process start is a reset, even of a counter that was at zero; a little jitter is none."""

    def sample(at: int) -> Sample:
        readings = {LEADER: gauge(1.0)}
        if at % 100 == 0:
            readings[PROCESS_START] = gauge(1000.0 if at < 300 else started)
        return sample_at(SESSION, at, readings)

    assert judged(TOKEN, [sample(at) for at in ALL]).reason == reason


def test_a_drop_between_two_sources_never_fails() -> None:
    """It may be no more than a label that is written otherwise: it hides something, but is no spike."""
    own = [sample for sample in counting(TOKEN, steps(299)) if not 300 < seconds_of(sample) < 303]
    odd = sample_at(SESSION, 301.5, {TOKEN: counter(40.0)}, Source.PROMETHEUS)
    found = judged(TOKEN, [*own, odd])
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "counter_reset")


@pytest.mark.parametrize(("after", "reason"), [(0.499999, "proven"), (0.5, "proven"), (0.500001, "counter_reset")])
def test_a_drop_that_two_clocks_may_feign_is_none(after: float, reason: str) -> None:
    """So near to a sample of the bot's, another clock's may have been taken before it."""
    own = [sample for sample in counting(TOKEN, steps(299)) if not 300 < seconds_of(sample) < 303]
    odd = sample_at(SESSION, 300 + after, {TOKEN: counter(40.0)}, Source.PROMETHEUS)
    assert judged(TOKEN, [*own, odd]).reason == reason


def test_what_cannot_be_read_counts_wherever_it_stands() -> None:
    """Its place does not matter to a sample that is no number."""
    odd = sample_at(SESSION, 300.25, {TOKEN: counter(float("nan"))}, Source.PROMETHEUS)
    assert judged(TOKEN, [*counting(TOKEN, steps()), odd]).reason == "nan"


@pytest.mark.parametrize(
    ("last", "verdict", "reason"),
    [
        (298, "FAIL", "exceeded"),
        (299, "INCONCLUSIVE", "window_edge"),
        (301, "INCONCLUSIVE", "window_edge"),
        (302, "PASS", "proven"),
    ],
)
def test_a_window_from_one_clock_to_another_is_not_known_to_the_moment(last: int, verdict: str, reason: str) -> None:
    """It may be as much longer or shorter as the two clocks may differ."""
    value = steps(100, 200, 201, 100 + last)
    own = [sample for sample in counting(TOKEN, value) if not 98 < seconds_of(sample) < 103]
    filled = [sample_at(SESSION, at, {TOKEN: counter(value(at))}, Source.PROMETHEUS) for at in (99, 100, 101, 102)]
    found = judged(TOKEN, [*own, *filled])
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("opened", "closed", "reason"),
    [(-0.5, 900.5, "proven"), (-0.499999, 900.5, "edge_uncovered"), (-0.5, 900.499999, "edge_uncovered")],
)
def test_an_edge_needs_a_sample_that_is_surely_beyond_it(opened: float, closed: float, reason: str) -> None:
    """A sample of another clock must lie beyond the edge by as much as the clocks may differ."""
    own = [sample for sample in counting(TOKEN, steps()) if 0 < seconds_of(sample) < LENGTH]
    edges = [sample_at(SESSION, at, own[0].readings, Source.PROMETHEUS) for at in (opened, closed)]
    assert judged(TOKEN, [*own, *edges]).reason == reason


def test_a_sample_that_may_lie_in_the_session_does_not_hide_one_that_surely_does_not() -> None:
    """The nearest that is surely outside covers the edge, whatever stands between it and the edge."""
    own = [sample for sample in counting(TOKEN, steps()) if 0 < seconds_of(sample) < LENGTH]
    beyond = (-1.2, -0.2, 900.2, 901.2)
    edges = [sample_at(SESSION, at, own[0].readings, Source.PROMETHEUS) for at in beyond]
    assert judged(TOKEN, [*own, *edges]).reason == "proven"


@pytest.mark.parametrize("held", [40.0, 1.0])
def test_a_label_that_another_source_writes_otherwise_never_fails(held: float) -> None:
    """What a relabelled series holds was not counted since the last sample of the other source."""
    own = [_sample(TOKEN, at, held) for at in ALL if not 300 < at < 320]
    relabelled = Reading(MetricType.UNKNOWN, (Series('{env="prod"}', held),))
    filled = [sample_at(SESSION, at, {TOKEN: relabelled}, Source.PROMETHEUS) for at in range(301, 320)]
    found = judged(TOKEN, [*own, *filled])
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "counter_reset")


@pytest.mark.parametrize("reading", [counter(float("nan")), counter(-1.0), gauge(1.0)])
def test_an_unreadable_counter_is_inconclusive(reading: Reading) -> None:
    """A sample that cannot be read keeps the counter from being proven."""
    good = counting(TOKEN, steps())
    bad = sample_at(SESSION, 300.5, {TOKEN: reading})
    assert judged(TOKEN, [*good, bad]).verdict == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ([*range(-1, 300), *range(306, 902)], "gap"),
        (range(6, 902), "edge_uncovered"),
        (range(1, 902), "edge_uncovered"),
        (range(-1, 900), "edge_uncovered"),
        (range(901), "proven"),
        ([], "no_samples"),
    ],
)
def test_what_the_samples_do_not_reach_is_not_proven(times: Iterable[int], reason: str) -> None:
    """A gap, or an edge of the session without a sample at it or beyond it, may hide a spike."""
    assert judged(TOKEN, counting(TOKEN, steps(), times)).reason == reason


def test_a_spike_across_the_open_may_be_in_the_session() -> None:
    """What rose between the last sample before the open and the first after it is neither sure nor ruled out."""
    times = [-30, *ALL]
    inside = judged(TOKEN, counting(TOKEN, lambda at: 0.0 if at < 0 else 9.0, times))
    assert (inside.verdict, inside.reason) == ("INCONCLUSIVE", "window_edge")
    assert judged(TOKEN, counting(TOKEN, lambda at: 0.0 if at < -1 else 9.0, times)).verdict == "PASS"


def test_a_session_shorter_than_the_window() -> None:
    """A short session is one window."""
    short = range(-1, 62)
    assert judged(TOKEN, counting(TOKEN, steps(10, 20, 30), short), seconds=60).verdict == "PASS"
    assert judged(TOKEN, counting(TOKEN, steps(10, 20, 30, 40), short), seconds=60).verdict == "FAIL"


def test_a_restart_is_seen_without_a_start_time() -> None:
    """Scan ticks that begin anew tell of a restart, which may have taken a burst of retries with it."""
    samples = [
        sample_at(SESSION, at, {LEADER: gauge(1.0), SCAN_TICKS: counter(1000.0 + at if at < 300 else at - 300.0)})
        for at in ALL
    ]
    found = judged(TOKEN, samples)
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "counter_reset")
