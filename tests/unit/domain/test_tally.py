"""A running session in numbers: never better than the judge will find it, and still where nothing got worse."""

import sys
from dataclasses import replace
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.evidence import Evidence
from bot.domain.judge import LiveJudge, judge
from bot.domain.measures import SessionSoFar, measures_in, watched_in
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.tally import Tally
from tests.support.evidence import clean_day, clean_looks, clean_samples, counter, gauge, session_of, with_reading

SESSION, POLICY = session_of(), Policy()


def tallied(samples: list[Sample], looks: list[Sample] = []) -> list[SessionSoFar | None]:  # noqa: B006 - only read
    """Return how a session reads after each sample of it."""
    live, tally = LiveJudge(POLICY, SESSION), Tally(POLICY, SESSION, SESSION.opens)
    for look in looks:
        tally.looked(live.looked(look))
    told = []
    for sample in samples:
        tally.seen(sample, live.seen(sample))
        told.append(tally.so_far)
    return told


def worst(so_far: SessionSoFar | None) -> dict[str, float]:
    """Return the worst value of each criterion."""
    return {found.id: found.worst for found in so_far.measures} if so_far else {}


@example([sys.float_info.max])
@given(st.lists(st.floats() | st.sampled_from((sys.float_info.max, -0.0, 5e-324)), min_size=1, max_size=8))
def test_whatever_a_trader_reports_is_counted_and_kept(values: list[float]) -> None:
    """Nothing breaks the watch off, and what is told is read back the same."""
    samples = clean_samples(SESSION, POLICY)[:20]
    for at, value in enumerate(values, 3):
        for name in ("leader", "heartbeat.scan"):
            samples[at] = replace(samples[at], readings={**samples[at].readings, name: gauge(value)})
        for name in ("scan_ticks", "retries.rate_limit"):
            samples[at] = replace(samples[at], readings={**samples[at].readings, name: counter(value)})
    for told in tallied(samples):
        assert told is None or SessionSoFar.model_validate_json(told.model_dump_json()) == told


def test_a_clean_session_reads_as_the_judge_will_find_it() -> None:
    """The worst of each criterion is what the closed day shows too, rounded away from good."""
    samples = clean_samples(SESSION, POLICY)
    told = tallied(samples, clean_looks(SESSION, POLICY))[-1]
    judged = judge(POLICY, SESSION, clean_day(SESSION, POLICY))
    closed = {found.id: found.worst for found in measures_in(judged.criteria, POLICY)}
    live = worst(told)
    assert told is not None
    assert live["leader"] == 1
    assert live["alerts"] == 0
    for name in ("heartbeat.marketdata", "heartbeat.order_stream", "heartbeat.scan", "scan_ticks"):
        assert closed[name] <= live[name] <= closed[name] + 1
    assert live["retries.rate_limit"] == closed["retries.rate_limit"]
    assert closed["flatten"] <= 2
    seen = watched_in(judged.criteria, POLICY)
    assert seen is not None
    assert (seen.percent, told.watched.percent) == (100, 100)


def test_it_stands_still_where_nothing_got_worse() -> None:
    """The same object while its words are the same, so that no card is edited for nothing."""
    told = tallied(clean_samples(SESSION, POLICY))
    changes = sum(later is not earlier for earlier, later in pairwise(told))
    assert changes < 150  # 100 of them are per cents of so short a session
    ages = [worst(so_far).get("heartbeat.scan", 0.0) for so_far in told]
    assert ages == sorted(ages)


def test_before_the_open_nothing_is_counted() -> None:
    """What lies before the session is no part of it."""
    early = [sample for sample in clean_samples(SESSION, POLICY) if sample.at < SESSION.opens]
    assert tallied(early)[-1] is None


def test_what_was_lost_stays_the_worst() -> None:
    """A heartbeat that was old once, a scan loop that paused and retries that piled up are told to the end."""
    samples = clean_samples(SESSION, POLICY)
    at = len(samples) // 2
    samples[at] = with_reading(samples[at], "heartbeat.scan", gauge(7.25))
    samples[at:] = [with_reading(sample, "retries.rate_limit", counter(4.0)) for sample in samples[at:]]
    last = tallied(samples)[-1]
    assert last is not None
    found = {measure.id: measure for measure in last.measures}
    assert found["heartbeat.scan"].worst >= 7.3
    assert found["heartbeat.scan"].limit == 5
    assert found["retries.rate_limit"].worst == 4
    assert (found["retries.rate_limit"].limit, found["retries.rate_limit"].window) == (10, 300)


def test_a_watch_that_began_late_says_so() -> None:
    """Nobody should take the worst since then for the worst of the session."""
    late = clean_samples(SESSION, POLICY)[100:]
    live, tally = LiveJudge(POLICY, SESSION), Tally(POLICY, SESSION, late[0].at)
    for sample in late:
        tally.seen(sample, live.seen(sample))
    assert tally.so_far is not None
    assert tally.so_far.watched.since == late[0].at
    assert tally.so_far.watched.percent < 100


def test_what_was_excluded_or_never_judged_has_no_number() -> None:
    """An excluded criterion is not counted, and a day without evidence tells nothing."""
    policy = Policy(excluded={"scan_ticks": "no scanner here", "heartbeat.scan": "no scanner here"})
    live, tally = LiveJudge(policy, SESSION), Tally(policy, SESSION, SESSION.opens)
    for sample in clean_samples(SESSION, policy):
        tally.seen(sample, live.seen(sample))
    assert not {"scan_ticks", "heartbeat.scan"} & set(worst(tally.so_far))
    nothing = judge(POLICY, SESSION, Evidence())
    assert measures_in(nothing.criteria[:1], POLICY) == ()
    assert watched_in((), POLICY) is None
