"""What is said while a session runs: at once, only what is sure, and nothing that the judge will not say as well."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.criteria import ALERTS
from bot.domain.evidence import RULES_FIRING, RULES_PROBLEMS, RULES_STARTED, Evidence
from bot.domain.judge import Finding, LiveJudge, judge
from bot.domain.metrics import HEARTBEATS, LEADER, PROCESS_START, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy, RetryLimit, RetryLimits, ScanTicks
from bot.domain.sample import MetricType, Reading, Sample, Series, Source, timed
from bot.domain.verdict import Verdict
from tests.support.evidence import RULE, clean_alerts, counter, gauge, sample_at, session_of

SESSION = session_of()
TOKEN = retries("token_refresh")
BEATS = [at + 0.5 for at in range(-2, 600)]


def told(role: str, samples: Iterable[Sample], policy: Policy | None = None) -> list[tuple[float, str]]:
    """Return when the verdict on a criterion changed, in seconds since the open; `-` where nothing could be said."""
    live, changes = LiveJudge(policy or Policy(), SESSION), [(0.0, "-")]
    for sample in samples:
        finding = live.seen(sample).get(role)
        verdict = "-" if finding is None else finding.verdict.value
        if verdict != changes[-1][1]:
            changes.append(((sample.at - SESSION.opens).total_seconds(), verdict))
    return changes[1:]


def counting(role: str, value: Callable[[float], float], times: Iterable[float] = BEATS) -> list[Sample]:
    """Return samples whose counter is a function of the seconds since the open."""
    return [sample_at(SESSION, at, {LEADER: gauge(1.0), role: counter(value(at))}) for at in times]


def test_gauges_of_one_sample() -> None:
    """One sample says at once what leader and heartbeats are; an excluded criterion is not told."""
    sample = sample_at(
        SESSION, 3, {LEADER: gauge(0.0), "heartbeat.scan": gauge(7.5), "heartbeat.marketdata": gauge(1.0)}
    )
    assert LiveJudge(Policy(), SESSION).seen(sample)[LEADER].reason == "not_leader"
    others = dict.fromkeys((LEADER, SCAN_TICKS, *map(retries, RETRIES), ALERTS), "not on this host")
    live = LiveJudge(Policy(excluded=others), SESSION)
    findings = live.seen(sample)
    assert {role: finding.verdict.value for role, finding in findings.items()} == {
        "heartbeat.marketdata": "PASS",
        "heartbeat.order_stream": "INCONCLUSIVE",
        "heartbeat.scan": "FAIL",
    }
    assert findings["heartbeat.scan"].detail == "Scan heartbeat is 7.5 s; the target is < 5 s."
    assert live.looked(look(5, firing=["TraderDown"])) == {}


def test_nothing_is_said_outside_of_the_session() -> None:
    """What lies before the open or after the close is no matter of the day."""
    live = LiveJudge(Policy(), SESSION)
    for second in (-1.0, 600.1):
        assert live.seen(sample_at(SESSION, second, {LEADER: gauge(0.0)})) == {}
        assert live.looked(look(second, firing=["TraderDown"])) == {}


def test_what_a_scrape_counted_beyond_the_close_is_not_told() -> None:
    """It began in the session and ended after it: what it counts may be of a time that nobody judges."""

    def seen(took: float) -> dict[str, Finding]:
        live, found = LiveJudge(Policy(), SESSION), dict[str, Finding]()
        for second in (590.0, 599.9):
            readings = {TOKEN: counter(0.0 if second < 599 else 100.0)}
            found = live.seen(sample_at(SESSION, second, timed(readings, took)))
        return found

    assert seen(0.05)[TOKEN].verdict == "FAIL"
    assert TOKEN not in seen(0.5)


def test_scan_ticks_that_never_come_are_told_when_a_window_is_covered() -> None:
    """The window begins at the first sample of the session: what was seen before it shows nothing of it."""
    assert told(SCAN_TICKS, counting(SCAN_TICKS, lambda _: 7.0)) == [(60.5, "FAIL")]
    assert told(SCAN_TICKS, counting(SCAN_TICKS, lambda _: 7.0, range(-2, 70))) == [(60.0, "FAIL")]


def test_scan_ticks_that_stop_are_told_after_one_window_and_again_with_the_first_tick() -> None:
    """Between the last window that surely held a tick and the first that surely held none, nothing is sure."""
    stopped = counting(SCAN_TICKS, lambda at: min(at, 100.5) + max(0.0, at - 300.0))
    assert told(SCAN_TICKS, stopped) == [(1.5, "PASS"), (160.5, "FAIL"), (301.5, "PASS")]
    live = LiveJudge(Policy(), SESSION)
    details = [live.seen(sample).get(SCAN_TICKS) for sample in stopped[:163]]
    assert details[-1] is not None
    assert details[-1].reason == "no_increase"
    assert details[-1].detail == "0 scan ticks came in 60 s; the target is 1 scan tick in every 60 s."


def test_a_gap_proves_no_standstill() -> None:
    """Ticks may have come and gone unseen, with a restart; behind a gap the window begins anew."""
    standing = counting(SCAN_TICKS, lambda at: min(at, 100.5))
    gap = [*standing[:130], *standing[136:]]
    assert told(SCAN_TICKS, gap) == [(1.5, "PASS"), (160.5, "-"), (194.5, "FAIL")]
    one_missed = [*standing[:130], *standing[131:]]
    assert told(SCAN_TICKS, one_missed) == [(1.5, "PASS"), (160.5, "FAIL")]


def test_a_reset_proves_no_standstill() -> None:
    """What was counted before it is lost; what was counted since is enough to say that ticks came."""
    still = counting(SCAN_TICKS, lambda at: min(at, 100.5) if at < 130 else 0.0)
    assert told(SCAN_TICKS, still)[1:] == [(160.5, "-"), (190.5, "FAIL")]
    moving = counting(SCAN_TICKS, lambda at: at + 2 if at < 130 else at - 129)
    assert told(SCAN_TICKS, moving) == [(1.5, "PASS")]


def test_as_many_ticks_as_the_policy_asks_for() -> None:
    """Fewer than that in a window are a breach."""
    demanding = Policy(scan_ticks=ScanTicks(window=timedelta(seconds=60), min_increase=3))
    assert told(SCAN_TICKS, counting(SCAN_TICKS, lambda at: at // 20 + 9), demanding) == [(60.5, "PASS")]
    assert told(SCAN_TICKS, counting(SCAN_TICKS, lambda at: at // 31 + 9), demanding) == [(60.5, "FAIL")]


@pytest.mark.parametrize(
    ("reading", "reason"), [(None, "missing"), (counter(float("nan")), "nan"), (gauge(7.0), "wrong_type")]
)
def test_an_unreadable_counter_is_told_at_once(reading: Reading | None, reason: str) -> None:
    """And what can be said again after it."""
    live, well = LiveJudge(Policy(), SESSION), {LEADER: gauge(1.0)}
    for n in range(9):
        live.seen(sample_at(SESSION, n, {**well, SCAN_TICKS: counter(n)}))
    bad = {role: reading for role in (SCAN_TICKS, TOKEN) if reading is not None}
    findings = live.seen(sample_at(SESSION, 9, {**well, **bad}))
    assert (findings[SCAN_TICKS].verdict, findings[SCAN_TICKS].reason) == ("INCONCLUSIVE", reason)
    assert findings[TOKEN].verdict == ("PASS" if reading is None else "INCONCLUSIVE")  # absent retries are none
    again = live.seen(sample_at(SESSION, 10, {**well, SCAN_TICKS: counter(10.0)}))
    assert {again[SCAN_TICKS].verdict, again[TOKEN].verdict} == {Verdict.PASS}


def test_retries_over_the_limit_are_told_with_the_sample_that_shows_them() -> None:
    """They are held again once a whole window holds no more than the limit."""
    spike = counting(TOKEN, lambda at: 40.0 + sum(at > second for second in (100, 101, 102, 150)))
    assert told(TOKEN, spike) == [(0.5, "PASS"), (150.5, "FAIL"), (400.5, "PASS")]
    within = counting(TOKEN, lambda at: 40.0 + sum(at > second for second in (100, 101, 102, 402)))
    assert told(TOKEN, within) == [(0.5, "PASS")]
    live = LiveJudge(Policy(), SESSION)
    findings = [live.seen(sample).get(TOKEN) for sample in spike]
    assert findings[152] is not None
    assert findings[152].detail == "Token-refresh retries rose by 4 within 300 s; at most 3 may."
    assert findings[151] is not None
    assert findings[151].detail == "Token-refresh retries rose by at most 3 within 300 s; at most 3 may."


def test_retries_before_the_open_are_no_matter_of_the_session() -> None:
    """Nor surely are those between the last sample before it and the first of the session: they are in no PASS."""
    assert told(TOKEN, counting(TOKEN, lambda at: 9.0 if at > -1 else 0.0)) == [(0.5, "PASS")]
    assert told(TOKEN, counting(TOKEN, lambda at: 9.0 if at > 0 else 0.0)) == [(300.5, "PASS")]


def test_retries_are_counted_over_gaps_and_resets_but_held_only_in_a_whole_window() -> None:
    """What is seen to have risen is a lower bound, so it fails; what may be lost keeps the rest from being said."""
    reset = counting(TOKEN, lambda at: 2.0 if at < 100 else 0.0 if at < 200 else 2.0)
    assert told(TOKEN, reset) == [(0.5, "PASS"), (100.5, "-"), (400.5, "PASS")]
    over = counting(TOKEN, lambda at: 2.0 if at < 100 else 1.0 if at < 200 else 4.0)
    assert told(TOKEN, over)[1:3] == [(100.5, "-"), (200.5, "FAIL")]
    gap = [s for n, s in enumerate(counting(TOKEN, lambda at: 1.0)) if not 100 <= n < 106]
    assert told(TOKEN, gap) == [(0.5, "PASS"), (104.5, "-"), (404.5, "PASS")]
    late = counting(TOKEN, lambda at: 1.0, BEATS[50:])
    assert told(TOKEN, late) == [(348.5, "PASS")]


def test_retries_of_several_series_are_summed() -> None:
    """Each with its own resets, and one that appears counts from zero."""

    def sample(at: int) -> Sample:
        series = [Series('{instance="a"}', 9.0 if at < 5 else 2.0), Series('{instance="b"}', 2.0)]
        return sample_at(SESSION, at, {TOKEN: Reading(MetricType.COUNTER, tuple(series[: 1 + (at > 7)]))})

    assert told(TOKEN, map(sample, range(12))) == [(0.0, "PASS"), (5.0, "-"), (8.0, "FAIL")]


def look(second: float, firing: Sequence[str] = (), started: float = 1.0, problems: Sequence[str] = ()) -> Sample:
    """Return a look at Prometheus's rules."""

    def texts(names: Sequence[str]) -> Reading:
        return Reading(MetricType.GAUGE, tuple(Series(name, 1.0) for name in names))

    readings = {RULES_FIRING: texts(firing), RULES_PROBLEMS: texts(problems), RULES_STARTED: gauge(started)}
    return sample_at(SESSION, second, readings, Source.ALERTS)


@pytest.mark.parametrize(
    ("looks", "verdict", "reason", "detail"),
    [
        ([{}], "PASS", "proven", "No rule of the rules file is firing, and all of them are in order."),
        ([{"firing": ["B"]}], "FAIL", "fired", "B is firing; no rule of the rules file may."),
        ([{"firing": ["B", "A", "B"]}], "FAIL", "fired", "A and B are firing; no rule of the rules file may."),
        ([{"firing": ["A"], "problems": ["x"]}], "FAIL", "fired", "A is firing; no rule of the rules file may."),
        ([{"problems": ["x", "y"]}], "INCONCLUSIVE", "rules_not_loaded", "Prometheus's rules are not in order: x; y"),
        (
            [{}, {"started": 2.0}],
            "INCONCLUSIVE",
            "prometheus_restarted",
            "Prometheus was restarted: what fired meanwhile is not known.",
        ),
        ([{}, {"started": 2.0}, {"started": 2.0}], "PASS", "proven", None),
        (
            [{"started": float("nan")}],
            "INCONCLUSIVE",
            "not_watched",
            "A look at Prometheus's rules cannot be used: the metric is not a finite number.",
        ),
        ([{}, {"started": float("nan")}, {}], "PASS", "proven", None),
    ],
)
def test_a_look_at_the_rules(looks: list[dict[str, Any]], verdict: str, reason: str, detail: str | None) -> None:
    """What fires is named; what keeps silence from being a proof is said, each time it is seen."""
    live = LiveJudge(Policy(), SESSION)
    found = [live.looked(look(2.0 * n, **fields)) for n, fields in enumerate(looks)][-1][ALERTS]
    assert (found.verdict, found.reason) == (verdict, reason)
    assert detail in (None, found.detail)


WINDOW = timedelta(seconds=10)
SHORT = session_of(60.0)
POLICY = Policy(
    max_gap=timedelta(seconds=3),
    scan_ticks=ScanTicks(window=WINDOW, min_increase=2),
    retries=RetryLimits(
        token_refresh=RetryLimit(window=WINDOW, max_increase=6),
        rate_limit=RetryLimit(window=WINDOW, max_increase=8),
    ),
)
JUDGED = (LEADER, *map(heartbeat, HEARTBEATS), SCAN_TICKS, *map(retries, RETRIES))


def fails(samples: Sequence[Sample]) -> tuple[set[str], set[str]]:
    """Return what failed while the session ran, and what the judge says has failed."""
    live = LiveJudge(POLICY, SHORT)
    said = {role for s in samples for role, finding in live.seen(s).items() if finding.verdict is Verdict.FAIL}
    results = judge(POLICY, SHORT, Evidence(samples=samples)).criteria
    return said, {result.id for result in results if result.verdict is Verdict.FAIL} & set(JUDGED)


def _walk(rises: list[int], drops: set[int]) -> list[float]:
    """Return a counter that rises by these steps, and begins at zero again at some of them."""
    return list(
        accumulate(enumerate(rises), lambda value, step: 0.0 if step[0] in drops else value + step[1], initial=7.0)
    )


_COUNTERS = st.builds(
    _walk,
    st.lists(st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1, 1, 2]), min_size=70, max_size=70),
    st.sets(st.integers(0, 69), max_size=2),
)
_ODD = st.sampled_from([None, None, None, counter(float("nan")), gauge(1.0), counter(-1.0), counter()])


@st.composite
def _sessions(draw: st.DrawFn, gaps: bool) -> list[Sample]:
    """Samples of a session in order of time: about one a second, with or without gaps and odd readings."""
    steps = draw(st.lists(st.integers(600, 6000 if gaps else 1400), min_size=75, max_size=75))
    times = [at / 1000 - 3 for at in accumulate(steps) if at < 66_000]
    counters = {role: draw(_COUNTERS) for role in JUDGED[4:]}
    odd = draw(st.dictionaries(st.integers(0, 69), st.tuples(st.sampled_from(JUDGED), _ODD), max_size=4))
    restart = draw(st.integers(0, 140))
    samples = []
    for n, at in enumerate(times[:70]):
        readings = {role: gauge(1.0) for role in JUDGED[:4]}
        readings |= {role: counter(values[n]) for role, values in counters.items()}
        readings[PROCESS_START] = gauge(1000.0 + 500.0 * (n > restart))
        if gaps and n in odd:
            role, reading = odd[n]
            readings = {name: value for name, value in readings.items() if name != role}
            readings |= {} if reading is None else {role: reading}
        samples.append(sample_at(SHORT, at, readings))
    return samples


@settings(max_examples=100, deadline=None)
@given(samples=_sessions(gaps=False), role=st.sampled_from(JUDGED[:4]), bad=st.none() | st.integers(0, 60))
def test_what_fails_in_a_session_without_gaps_is_what_failed_while_it_ran(
    samples: list[Sample], role: str, bad: int | None
) -> None:
    """No more and no less is told while it happens than the judge says at the end."""
    if bad is not None and bad < len(samples):
        samples[bad] = sample_at(
            SHORT, (samples[bad].at - SHORT.opens).total_seconds(), {**samples[bad].readings, role: gauge(9.0)}
        )
    said, judged = fails(samples)
    assert said == judged


@settings(max_examples=100, deadline=None)
@given(samples=_sessions(gaps=True))
def test_what_was_said_to_fail_is_what_the_judge_fails_whatever_is_missing(samples: list[Sample]) -> None:
    """Gaps, resets and odd readings make nobody say more than the other."""
    said, judged = fails(samples)
    assert said == judged


@settings(max_examples=100, deadline=None)
@given(
    fired=st.lists(st.tuples(st.integers(-5, 65), st.lists(st.just(RULE.name), max_size=1)), max_size=12),
    problems=st.lists(st.sampled_from(["", "x is not loaded"]), min_size=12, max_size=12),
)
def test_an_alert_is_said_to_fire_where_the_judge_says_that_it_fired(
    fired: list[tuple[int, list[str]]], problems: list[str]
) -> None:
    """By the looks alone: what only Prometheus's history shows is known at the close."""
    looks = [
        look(at, names, problems=[p] if p else []) for (at, names), p in zip(sorted(fired), problems, strict=False)
    ]
    live = LiveJudge(POLICY, SHORT)
    found = [finding for each in looks for finding in live.looked(each).values()]
    results = judge(POLICY, SHORT, Evidence(alert_looks=looks, alerts=clean_alerts())).criteria
    judged = next(result for result in results if result.id == ALERTS)
    assert any(finding.verdict is Verdict.FAIL for finding in found) == (judged.verdict is Verdict.FAIL)
