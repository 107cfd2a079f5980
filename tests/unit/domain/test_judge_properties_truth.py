"""What the judge may say of worlds whose truth is known: PASS only where it was so, FAIL only where it was not."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.judge import LiveJudge, judge
from bot.domain.policy import Policy
from bot.domain.sample import Source
from bot.domain.verdict import Verdict
from tests.support.evidence import clean_day, known, session_of
from tests.support.worlds import (
    POLICY,
    SESSION,
    WATCHED,
    WORLDS,
    WORLDS_OF_SLOW_SCRAPES,
    WORLDS_OF_TWO_CLOCKS,
    WORLDS_WITH_RESTARTS,
    World,
    verdicts,
)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), seconds=st.integers(60, 900))
def test_a_clean_day_with_jitter_passes(seed: int, seconds: int) -> None:
    """A healthy trader watched with a realistic jitter passes every criterion."""
    judgement = judge(Policy(), session_of(seconds), clean_day(session_of(seconds), seed=seed))
    assert judgement.verdict is Verdict.PASS, [c.detail for c in judgement.criteria if c.verdict is not Verdict.PASS]


@settings(max_examples=60, deadline=None)
@given(world=WORLDS)
def test_a_verdict_is_never_against_the_truth(world: World) -> None:
    """PASS is said only where the target was held in truth, and FAIL only where it was not."""
    assert world.contradicts(verdicts(known(samples=world.kept))) == []


@settings(max_examples=60, deadline=None)
@given(world=WORLDS_WITH_RESTARTS)
def test_nor_where_the_trader_starts_anew(world: World) -> None:
    """Counters that begin anew hide nothing, whether or not the trader tells when its process began."""
    assert world.contradicts(verdicts(known(samples=world.kept))) == []


@settings(max_examples=100, deadline=None)
@given(world=WORLDS_OF_TWO_CLOCKS)
def test_nor_where_two_clocks_told_the_time(world: World) -> None:
    """Nor where some of it was read by a Prometheus whose clock differs by as much as is allowed."""
    assert world.contradicts(verdicts(known(samples=world.kept))) == []


@settings(max_examples=200, deadline=None)
@given(world=WORLDS_OF_SLOW_SCRAPES)
def test_nor_where_scrapes_took_their_time(world: World) -> None:
    """Nor where what a scrape read became so while it was under way."""
    assert world.contradicts(verdicts(known(samples=world.kept))) == []


@settings(max_examples=100, deadline=None)
@given(world=WORLDS_OF_SLOW_SCRAPES)
def test_what_is_told_live_stands_at_the_close(world: World) -> None:
    """A FAIL that is told of a sample is one that the judge finds in the same samples."""
    live, found = LiveJudge(POLICY, SESSION), verdicts(known(samples=world.kept))
    told = {name for sample in world.kept for name, one in live.seen(sample).items() if one.verdict is Verdict.FAIL}
    assert [name for name in WATCHED if name in told and found[name] is not Verdict.FAIL] == []


@settings(max_examples=50, deadline=None)
@given(world=WORLDS_WITH_RESTARTS, missing=st.sets(st.integers(0, 70)))
def test_losing_samples_of_any_trader_never_proves_more(world: World, missing: set[int]) -> None:
    """Whatever happened, what was not proven is not proven by fewer samples."""
    found = verdicts(known(samples=world.kept))
    fewer = verdicts(known(samples=[s for n, s in enumerate(world.kept) if n not in missing]))
    for name in WATCHED:
        assert found[name] is Verdict.PASS or fewer[name] is not Verdict.PASS, name


@settings(max_examples=100, deadline=None)
@given(world=WORLDS_WITH_RESTARTS, lent=st.sets(st.integers(0, 70)))
def test_a_sample_that_another_took_never_proves_more(world: World, lent: set[int]) -> None:
    """Said by Prometheus, the same readings at the same times prove no more than the bot's own."""
    found = verdicts(known(samples=world.kept))
    shared = [replace(s, source=Source.PROMETHEUS) if n in lent else s for n, s in enumerate(world.kept)]
    other = verdicts(known(samples=shared))
    for name in WATCHED:
        assert found[name] is Verdict.PASS or other[name] is not Verdict.PASS, name
