"""How well samples cover a session: gaps, edges, and what another clock adds to them."""

from collections.abc import Sequence

import pytest

from bot.domain.judge.reasons import Reason
from bot.domain.judge.timeline import Coverage, Timeline
from bot.domain.metrics import LEADER
from bot.domain.policy import Policy
from bot.domain.sample import Sample, Source
from tests.support.evidence import gauge, sample_at, session_of

SESSION = session_of(60.0)
POLICY = Policy()  # a gap may be 5 s
PROMETHEUS = Source.PROMETHEUS


def coverage(bot: Sequence[float], prometheus: Sequence[float] = ()) -> Coverage:
    """Return the coverage of samples taken so many seconds after the open, by the bot and by Prometheus."""
    samples: list[Sample] = [sample_at(SESSION, at, {LEADER: gauge(1.0)}) for at in bot]
    samples += [sample_at(SESSION, at, {LEADER: gauge(1.0)}, PROMETHEUS) for at in prometheus]
    return Coverage.of(Timeline.of(SESSION, samples), POLICY.scrape_interval)


def hole(bot: Sequence[float], prometheus: Sequence[float] = ()) -> Reason | None:
    """Return why these samples do not cover the session, if they do not."""
    found = coverage(bot, prometheus).hole(POLICY.max_gap)
    return None if found is None else found.reason


FIRST, LAST = range(21), range(40, 61)


@pytest.mark.parametrize(
    ("bot", "prometheus", "expected"),
    [
        ([*range(0, 61, 5)], [], None),
        ([*range(0, 56, 5), 60.000001], [], None),
        ([*FIRST, 25.000001, *range(30, 61)], [], Reason.GAP),
        ([*range(5, 61)], [], None),
        ([5.000001, *range(6, 61)], [], Reason.EDGE_UNCOVERED),
        ([*range(56)], [], None),
        ([*range(55), 54.999999], [], Reason.EDGE_UNCOVERED),
        ([], [], Reason.NO_SAMPLES),
        # From the bot's clock to Prometheus's and back, half a second more may have passed.
        ([*FIRST, *LAST], [24.5, 29.5, 34.5, 35.5], None),
        ([*FIRST, *LAST], [24.500001, 29.5, 34.5, 35.5], Reason.GAP),
        ([*FIRST, *LAST], [24.5, 29.5, 34.5, 35.499999], Reason.GAP),
        ([*FIRST, *LAST], [24.5, 29.5, 34.500001, 35.5], Reason.GAP),
        ([*FIRST, *LAST], [24.5, 29.5, 34.5, 35.500001], None),
        # The edges are told by the bot's clock.
        ([*range(10, 61)], [4.5, 9.5], None),
        ([*range(10, 61)], [4.500001, 9.5], Reason.EDGE_UNCOVERED),
        ([*range(51)], [50.5, 55.5], None),
        ([*range(51)], [50.5, 55.499999], Reason.EDGE_UNCOVERED),
        ([], [*range(61)], None),
    ],
)
def test_at_most_the_policys_gap_may_be_missing(
    bot: Sequence[float], prometheus: Sequence[float], expected: Reason | None
) -> None:
    """To the microsecond, between samples and from the edges of the session to them."""
    assert hole(bot, prometheus) == expected


def test_what_is_told_of_it() -> None:
    """Expected and seen samples, who took them, and the largest gap with its beginning."""
    told = coverage([*FIRST, *LAST], [22, 24, 37]).evidence()
    assert told == {
        "samples_expected": 61,
        "samples_seen": 45,
        "sources": {"bot": 42, "prometheus": 3},
        "largest_gap_seconds": 13.0,
        "largest_gap_from": "2026-11-23T03:45:24+00:00",
    }
    assert coverage([*FIRST, *LAST], [22]).evidence()["largest_gap_seconds"] == 18.5


def test_samples_outside_cover_nothing_inside() -> None:
    """Brackets bound what happened at the edges; they are not counted."""
    told = coverage([-4, -1, *range(1, 60), 61, 64])
    assert (told.seen, told.gap) == (59, 1_000_000)
    assert hole([-1, 61]) == Reason.NO_SAMPLES
