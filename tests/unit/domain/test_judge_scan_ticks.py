"""Scan ticks over a session: every window must hold an increase, and only what is sure is FAIL."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from bot.domain.criteria import CriterionResult
from bot.domain.judge import judge
from bot.domain.metrics import PROCESS_START, SCAN_TICKS
from bot.domain.policy import Policy, ScanTicks
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from tests.support.evidence import counter, gauge, known, sample_at, session_of

SESSION = session_of(300)
EVERY_SECOND = range(301)


def judged(samples: Iterable[Sample], policy: Policy | None = None, seconds: float = 300) -> CriterionResult:
    """Return the result of the scan ticks over these samples."""
    judgement = judge(policy or Policy(), session_of(seconds), known(samples=list(samples)))
    return next(found for found in judgement.criteria if found.id == SCAN_TICKS)


def ticking(value: Callable[[int], float], times: Iterable[int] = EVERY_SECOND) -> list[Sample]:
    """Return samples whose counter is a function of the seconds since the open."""
    return [sample_at(SESSION, at, {SCAN_TICKS: counter(value(at))}) for at in times]


def still(begin: int, end: int) -> Callable[[int], float]:
    """Return a counter that ticks every second but for a pause: after `begin` the next tick is seen at `end`."""
    return lambda at: float(at if at < begin else max(begin, at - (end - begin) + 1 if at >= end else begin))


def test_ticks_every_second_pass() -> None:
    """A counter that rises all the time is PASS, and the result tells its longest pause."""
    found = judged(ticking(float))
    assert (found.verdict, found.reason) == ("PASS", "proven")
    assert found.evidence["longest_between_rises_seconds"] == 1.0
    assert found.evidence["rise"] == 300.0


@pytest.mark.parametrize(
    ("pause", "verdict", "reason"),
    [
        (58, "PASS", "proven"),
        (59, "PASS", "proven"),
        (60, "INCONCLUSIVE", "window_edge"),  # a window of 60 s fits only if both ticks came late and early
        (61, "FAIL", "no_increase"),  # 60 s of samples without a tick
        (90, "FAIL", "no_increase"),
    ],
)
def test_a_pause_is_judged_by_what_is_sure(pause: int, verdict: str, reason: str) -> None:
    """A pause fails once the samples of a whole window show no tick, and passes while every window surely held one."""
    found = judged(ticking(still(100, 100 + pause)))
    assert (found.verdict, found.reason) == (verdict, reason), found.detail


def test_a_failed_window_says_when_and_how_long() -> None:
    """The first breach begins at the last tick that was seen and ends at the last sample without one."""
    found = judged(ticking(still(100, 190)))
    assert found.evidence["first_breach_at"] == "2026-11-23T03:46:40+00:00"
    assert found.evidence["first_breach_seconds"] == 89.0


def test_a_counter_that_stops_for_good_fails() -> None:
    """A pause up to the close is measured up to the last sample."""
    found = judged(ticking(lambda at: float(min(at, 200))))
    assert found.verdict == "FAIL"
    assert found.evidence["first_breach_seconds"] == 100.0


def test_ticks_outside_the_session_do_not_count() -> None:
    """A pause that began before the open counts from the open on."""
    paused = [sample_at(SESSION, at, {SCAN_TICKS: counter(5.0 if at < 58 else at)}) for at in range(-30, 301)]
    assert judged(paused).verdict == "PASS"


def test_a_gap_is_no_failure() -> None:
    """A window that the samples do not cover proves nothing, even where the counter stood still on both sides."""
    found = judged(ticking(still(100, 155), [*range(120), *range(126, 301)]))
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "gap")
    blind = judged(ticking(lambda _: 7.0, [*range(50), *range(56, 106), *range(112, 162)]))
    assert (blind.verdict, blind.reason) == ("INCONCLUSIVE", "edge_uncovered")


def test_a_pause_beside_a_gap_fails() -> None:
    """A fully covered window without a tick is FAIL whatever else is missing."""
    assert judged(ticking(lambda _: 7.0, [*range(50), *range(56, 301)])).verdict == "FAIL"


def test_a_restart_still_proves_ticks() -> None:
    """What was counted since a reset is a lower bound, and enough where it shows a tick in every window."""
    found = judged(ticking(lambda at: float(at if at < 150 else at - 149)))
    assert found.verdict == "PASS"
    assert found.evidence["resets"] == 1


def test_a_reset_never_proves_stillness() -> None:
    """Ticks lost in a reset cannot be counted, so a pause around it is INCONCLUSIVE, not FAIL."""
    found = judged(ticking(lambda at: float(min(at, 100) if at < 130 else max(0, at - 180))))
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "counter_reset")


def test_a_restart_that_shows_only_in_the_start_time_is_a_reset() -> None:
    """A process start that changes resets the counter even where the value did not drop."""

    def sample(at: int) -> Sample:
        start = gauge(1000.0 if at < 130 else 2000.0)
        return sample_at(
            SESSION, at, {SCAN_TICKS: counter(float(min(at, 100)) + max(0, at - 180)), PROCESS_START: start}
        )

    assert judged(sample(at) for at in EVERY_SECOND).reason == "counter_reset"


@pytest.mark.parametrize(("at", "rise"), [(100.4, 0.0), (104.0, 1.0)])
def test_a_drop_between_two_sources_adds_nothing(at: float, rise: float) -> None:
    """A fall by one is no rise by the whole value; one that two clocks may feign is not even a fall."""
    samples = ticking(lambda _: 900.0, [second for second in EVERY_SECOND if not 100 < second < 105])
    odd = sample_at(SESSION, at, {SCAN_TICKS: counter(899.0)}, Source.PROMETHEUS)
    assert judged([*samples, odd]).evidence["rise"] == rise


@pytest.mark.parametrize(
    ("pause", "verdict", "reason"),
    [
        (58, "PASS", "proven"),
        (59, "INCONCLUSIVE", "window_edge"),
        (61, "INCONCLUSIVE", "window_edge"),
        (62, "FAIL", "no_increase"),
    ],
)
def test_a_pause_from_one_clock_to_another_is_not_known_to_the_moment(pause: int, verdict: str, reason: str) -> None:
    """It may have been as much longer or shorter as the two clocks may differ."""
    value = still(100, 100 + pause)
    own = ticking(value, [second for second in EVERY_SECOND if not 97 < second < 104])
    filled = [sample_at(SESSION, at, {SCAN_TICKS: counter(value(at))}, Source.PROMETHEUS) for at in range(98, 104)]
    found = judged([*own, *filled])
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_tick_must_surely_lie_in_the_session() -> None:
    """What another clock read just inside of an edge may have come outside, and proves and disproves nothing."""
    ends = [sample_at(SESSION, at, {SCAN_TICKS: counter(at)}, Source.PROMETHEUS) for at in (0.4, 299.6)]
    own = ticking(float, range(1, 300))
    assert judged([*own, *ends]).evidence["rise"] == 298.0


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (None, "missing"),
        (counter(float("nan")), "nan"),
        (counter(float("inf")), "nan"),
        (counter(-1.0), "negative"),
        (gauge(7.0), "wrong_type"),
        (Reading(MetricType.COUNTER, (Series("", 1.0), Series("", 2.0))), "several_series"),
    ],
)
def test_an_unreadable_counter_is_inconclusive(reading: Reading | None, reason: str) -> None:
    """One sample of the session that cannot be read is told; outside the session it does not matter."""
    good = ticking(float)
    bad = {} if reading is None else {SCAN_TICKS: reading}
    found = judged([*good[:9], sample_at(SESSION, 9, bad), *good[10:]])
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", reason)
    assert judged([*good, sample_at(SESSION, -1, bad), sample_at(SESSION, 301, bad)]).verdict == "PASS"


def test_series_are_summed_each_with_its_own_resets() -> None:
    """The counter of several series rises where any of them does, and a new series counts from zero."""

    def sample(at: int) -> Sample:
        still_series = [Series('{loop="a"}', 50.0), Series('{loop="b"}', float(at))]
        return sample_at(SESSION, at, {SCAN_TICKS: Reading(MetricType.UNKNOWN, tuple(still_series[: 1 + (at > 5)]))})

    found = judged(sample(at) for at in EVERY_SECOND)
    assert (found.verdict, found.evidence["rise"]) == ("PASS", 300.0)


def test_a_larger_demand() -> None:
    """Every window must hold as many ticks as the policy asks for."""

    def every_20_s(at: int) -> float:
        return float(at // 20)

    def demanding(ticks: int) -> Policy:
        return Policy(scan_ticks=ScanTicks(window=timedelta(seconds=60), min_increase=ticks))

    assert judged(ticking(every_20_s), demanding(2)).verdict == "PASS"
    assert judged(ticking(every_20_s), demanding(3)).verdict == "INCONCLUSIVE"
    assert judged(ticking(every_20_s), demanding(4)).verdict == "FAIL"


@pytest.mark.parametrize(("seconds", "reason"), [(59.9, "too_short"), (60, "proven"), (61, "proven")])
def test_a_session_shorter_than_a_window_is_inconclusive(seconds: float, reason: str) -> None:
    """Nothing is proven about windows that do not fit into the session."""
    assert judged(ticking(float), seconds=seconds).reason == reason


def test_sparse_samples_prove_no_window() -> None:
    """Where the policy lets samples lie as far apart as a window, their number does not prove a tick in each."""
    wide = Policy(max_gap=timedelta(seconds=200))
    for times in ([150], [0, 100, 200, 300], [90, 180, 270], [0, 30, 60, 90, 120, 150, 180, 210]):
        assert judged(ticking(float, times), wide).reason == "window_edge"
