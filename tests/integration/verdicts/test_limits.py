"""The fault table, limits: what lies just under each of them, on it, and just over it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.evidence import Evidence
from bot.domain.metrics import HEARTBEATS, LEADER, PROCESS_START, SCAN_TICKS, heartbeat
from bot.domain.policy import Policy, ScanTicks
from bot.domain.sample import Sample, Source
from tests.support.evidence import STARTED, clean_flatten, counter, gauge, sample_at, session_of
from tests.support.faults import bot_away, closes_positions, counts, down, plan_reaches, prometheus, says, stands_still
from tests.support.scenario import Change, Scenario, asking_prometheus, fault, harmless, hold, judged
from tests.support.simulated_day import CLOSE

_SESSION = session_of(CLOSE)
_US = 0.000_001
_HALF_BEATS = [n - 0.5 for n in range(-2, int(CLOSE) + 3)]
_GAP = {"sampled": "INCONCLUSIVE gap"}
_EDGE = {"sampled": "INCONCLUSIVE edge_uncovered"}
_HIDDEN = {"heartbeats": "INCONCLUSIVE hidden_age"}
_AT_AN_EDGE = {"heartbeats": "INCONCLUSIVE edge_uncovered", "retries": "INCONCLUSIVE edge_uncovered"}
_LONG = {"length": 420.0}
_OLD = {"marketdata": "0.5", "order_stream": "0.5", "scan": "0.5"}


def _windowed(seconds: float) -> dict[str, Policy]:
    return {"policy": Policy(scan_ticks=ScanTicks(window=timedelta(seconds=seconds)))}


def _sample(at: float, age: float = 0.25, leader: float = 1.0, source: Source = Source.BOT) -> Sample:
    beats = {heartbeat(name): gauge(age) for name in HEARTBEATS}
    ticks = counter(1000.0 + int(at + 10))
    readings = {LEADER: gauge(leader), SCAN_TICKS: ticks, PROCESS_START: gauge(STARTED), **beats}
    return sample_at(_SESSION, at, readings, source)


def seen(times: Iterable[float], ages: Mapping[float, float] | None = None, filled: Iterable[float] = ()) -> Change:
    """Return evidence whose samples were taken at exactly these seconds, and some of them by Prometheus."""
    age = ages or {}
    by_bot = [_sample(at, age.get(at, 0.25)) for at in times]
    by_prometheus = [_sample(at, age.get(at, 0.25), source=Source.PROMETHEUS) for at in filled]
    return lambda evidence: replace(evidence, samples=[*by_bot, *by_prometheus])


def lost(at: float) -> Change:
    """Return evidence of a trader that was not leader at one instant."""
    samples = [*map(_sample, _HALF_BEATS), _sample(at, leader=0.0)]
    return lambda evidence: replace(evidence, samples=samples)


def without(since: float, until: float) -> list[float]:
    """Return the times of a watch that saw nothing between two instants, but saw both of them."""
    return sorted({*(at for at in _HALF_BEATS if not since <= at <= until), since, until})


def growing(until: float, last: float, after: float) -> dict[float, float]:
    """Return ages that grow as they must to the last one, and what they are one second later."""
    return {**{until - back: last - back for back in range(int(last) + 1)}, until + 1: after}


def reaching(limit: float) -> Callable[[float], str]:
    """Return an age that grows to the limit in the scrape at 60.5 s, with a beat as soon after it as there may be."""
    return lambda at: repr(limit - (60.5 - at) if at <= 60.5 else limit - 4 + _US / 2)


def flattened(low: float | None, high: float | None) -> Change:
    """Return evidence of one flatten that was seen to take between so many seconds."""
    timing = clean_flatten(_SESSION).model_copy(update={"low": low, "high": high})
    return lambda evidence: replace(evidence, flattens=[timing])


def looked(gap: float) -> Callable[[Evidence], Evidence]:
    """Return evidence whose looks at the rules leave one gap of so many seconds."""

    def change(evidence: Evidence) -> Evidence:
        since = _SESSION.opens + timedelta(seconds=20)
        looks = [look for look in evidence.alert_looks if not since <= look.at <= since + timedelta(seconds=gap)]
        edges = [replace(looks[0], at=since), replace(looks[0], at=since + timedelta(seconds=gap))]
        return replace(evidence, alert_looks=[*looks, *edges])

    return change


TABLE = [
    # max_gap: 5 s
    harmless("down for 3 scrapes: a gap of 4 s", down(60, 63)),
    harmless("down for 4 scrapes: a gap of 5 s", down(60, 64), says(64, 65, **_OLD)),
    fault("down for 4 scrapes, and beats right after it", down(60, 64), **_HIDDEN),
    fault("down for 5 scrapes: a gap of 6 s", down(60, 65), **_GAP),
    judged("a gap of 1 µs less than 5 s", seen(without(60, 65 - _US), {65 - _US: 0.5})),
    judged("a gap of 5 s", seen(without(60, 65), {65: 0.5})),
    judged("a gap of 1 µs more than 5 s", seen(without(60, 65 + _US), {65 + _US: 0.5}), **_GAP),
    judged("first seen 5 s after the open", seen(without(-0.5, 5), {5: 1.0})),
    judged("first seen 1 µs later", seen(without(-0.5, 5 + _US), {5 + _US: 1.0}), **_EDGE),
    judged("last seen 5 s before the close", seen(without(CLOSE - 5, CLOSE + 0.5), {CLOSE + 0.5: 1.0})),
    judged("last seen 1 µs earlier", seen(without(CLOSE - 5 - _US, CLOSE + 0.5), {CLOSE + 0.5: 1.0}), **_EDGE),
    judged("4.5 s to a sample of Prometheus", seen(without(60, 68), {64.5: 0.5, 68: 0.5}, filled=[64.5])),
    judged("1 µs more", seen(without(60, 68), {64.5 + _US: 0.5, 68: 0.5}, filled=[64.5 + _US]), **_GAP),
    # the edges of the session
    harmless("the first sample on the open", bot_away(-5, 0)),
    fault("the first sample a second after the open", bot_away(-5, 1), **_AT_AN_EDGE),
    judged("the first sample on the very open", seen([0, *_HALF_BEATS[3:]])),
    judged("the first sample 1 µs after it", seen([_US, *_HALF_BEATS[3:]]), **_AT_AN_EDGE),
    judged("the last sample on the very close", seen([*_HALF_BEATS[:-2], CLOSE])),
    judged(
        "the last sample 1 µs before it", seen([*_HALF_BEATS[:-2], CLOSE - _US]), retries="INCONCLUSIVE edge_uncovered",
    ),
    judged("lost 1 µs before the open", lost(-_US)),
    judged("lost on the open", lost(0), leader="FAIL not_leader"),
    judged("lost on the close", lost(CLOSE), leader="FAIL not_leader"),
    judged("lost 1 µs after the close", lost(CLOSE + _US)),
    # heartbeat_limit: 5 s
    harmless("an age just under the limit", says(56, 62, scan=reaching(4.999999))),
    fault("an age on the limit", says(56, 62, scan=reaching(5.0)), scan="FAIL stale"),
    fault("an age just over the limit", says(56, 62, scan=reaching(5.000001)), scan="FAIL stale"),
    judged("a hidden age just under the limit", seen(_HALF_BEATS, growing(60.5, 4.25, 0.250001))),
    judged("a hidden age on the limit", seen(_HALF_BEATS, growing(60.5, 4.25, 0.25)), **_HIDDEN),
    judged("a hidden age just over the limit", seen(_HALF_BEATS, growing(60.5, 4.25, 0.249999)), **_HIDDEN),
    harmless("hidden for 4.25 s while down", down(60, 63)),
    judged(
        "hidden from Prometheus to the bot, just under", seen(without(60, 66), {63: 2.0, 66: 0.500001}, filled=[63]),
    ),
    judged(
        "hidden from Prometheus to the bot, on it", seen(without(60, 66), {63: 2.0, 66: 0.5}, filled=[63]), **_HIDDEN,
    ),
    # the scan window: 60 s, between samples a second apart
    harmless("no tick seen for 59 s", stands_still(30, 88)),
    fault("no tick seen for 60 s", stands_still(30, 89), ticks="INCONCLUSIVE window_edge"),
    fault("no tick seen for 61 s", stands_still(30, 90), ticks="FAIL no_increase"),
    # retries: 3 in 300 s, between samples a second apart
    fault(
        "a fourth retry after 299 s", counts("token_refresh", 40, 100, 200, 339), day=_LONG,
        token_refresh="FAIL exceeded",
    ),
    fault(
        "a fourth retry after 300 s", counts("token_refresh", 40, 100, 200, 340), day=_LONG,
        token_refresh="INCONCLUSIVE window_edge",
    ),
    harmless("a fourth retry after 301 s", counts("token_refresh", 40, 100, 200, 341), day=_LONG),
    harmless("three retries", counts("token_refresh", 40, by=3)),
    fault("four retries", counts("token_refresh", 40, by=4), token_refresh="FAIL exceeded"),
    harmless("ten rate limits", counts("rate_limit", 40, by=10)),
    fault("eleven rate limits", counts("rate_limit", 40, by=11), rate_limit="FAIL exceeded"),
    # the flatten: 2 s, polled every 50 ms
    harmless("flat after 1.96 s: seen at zero on the limit", closes_positions(1.96)),
    harmless("flat after 2 s", closes_positions(2.0)),
    fault("flat after 2.01 s: seen open on the limit", closes_positions(2.01), flatten="INCONCLUSIVE ambiguous"),
    fault("flat after 2.04 s: seen at zero after 2.05 s", closes_positions(2.04), flatten="INCONCLUSIVE ambiguous"),
    fault("flat after 2.06 s: seen open after 2.05 s", closes_positions(2.06), flatten="FAIL too_slow"),
    judged("seen at zero on the limit", flattened(1.95, 2.0)),
    judged("seen at zero 1 µs after it", flattened(1.95, 2 + _US), flatten="INCONCLUSIVE ambiguous"),
    judged("seen open on the limit", flattened(2.0, 2.05), flatten="INCONCLUSIVE ambiguous"),
    judged("seen open 1 µs after it", flattened(2 + _US, 2.05), flatten="FAIL too_slow"),
    judged("never seen open", flattened(None, 2.0)),
    # the drill's counters: 10 s, looked at every 0.1 s
    harmless("counters rise after 9.9 s", plan_reaches(counters_after=9.9)),
    harmless("counters rise after 10 s", plan_reaches(counters_after=10.0)),
    fault("counters rise after 10.2 s", plan_reaches(counters_after=10.2), drill="FAIL counter_not_risen"),
    # looks at the rules: 60 s, every 2 s
    *asking_prometheus(
        harmless("no look for 58 s", prometheus(away=[(20, 77)])),
        harmless("no look for 60 s", prometheus(away=[(20, 79)])),
        fault("no look for 62 s", prometheus(away=[(20, 81)]), alerts="INCONCLUSIVE not_watched"),
    ),
    judged("no look for 60 s less 1 µs", looked(60 - _US)),
    judged("no look for exactly 60 s", looked(60)),
    judged("no look for 60 s and 1 µs", looked(60 + _US), alerts="INCONCLUSIVE not_watched"),
    # how long a session must be
    judged("a session as long as the scan window", seen(_HALF_BEATS), day=_windowed(CLOSE)),
    judged("a session 1 µs shorter", seen(_HALF_BEATS), day=_windowed(CLOSE + _US), ticks="INCONCLUSIVE too_short"),
]  # fmt: skip


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
async def test_the_table_holds(scenario: Scenario, tmp_path: Path) -> None:
    """Each row's day comes to the verdicts and reasons that it names, and no fault passes."""
    await hold(scenario, tmp_path)
