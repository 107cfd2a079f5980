"""The pace: Slack's limits are never tried, in whatever order and however fast turns are asked for."""

import asyncio
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.pace import EDITS_AT_ONCE, POST_EVERY, Pace
from tests.support.clock import ManualClock, ThreadlessClock
from tests.support.evidence import OPENS


async def turns(clock: ManualClock, asks: list[float], ask: object) -> list[float]:
    """Ask for turns after these pauses; return when they were given."""
    given_at: list[float] = []

    async def one() -> None:
        await ask()  # type: ignore[operator]
        given_at.append(clock.monotonic())

    tasks = []
    for pause in asks:
        await clock.advance(pause)
        tasks.append(asyncio.create_task(one()))
    await clock.advance(600.0)
    await asyncio.gather(*tasks)
    return given_at


@settings(deadline=None, max_examples=40)
@given(asks=st.lists(st.floats(0, 3), min_size=1, max_size=30))
async def test_a_channel_gets_one_post_a_second_and_not_fewer(asks: list[float]) -> None:
    """Never two within a second, and no turn later than it must be."""
    clock = ThreadlessClock(OPENS)
    pace = Pace(clock)
    began = clock.monotonic()
    given_at = await turns(clock, asks, lambda: pace.post("C1"))
    assert all(later - earlier > POST_EVERY - 1e-6 for earlier, later in pairwise(given_at))
    asked, due = began, float("-inf")
    for pause, at in zip(asks, given_at, strict=True):
        asked += pause
        due = max(asked, due + POST_EVERY)
        assert abs(at - due) < 0.001


@settings(deadline=None, max_examples=40)
@given(asks=st.lists(st.floats(0, 4), min_size=1, max_size=120))
async def test_there_are_never_more_than_fifty_edits_in_a_minute(asks: list[float]) -> None:
    """A burst goes through at once; from then on it is calm."""
    clock = ThreadlessClock(OPENS)
    given_at = await turns(clock, asks, Pace(clock).edit)
    for begins in given_at:
        assert sum(begins <= at < begins + 60.0 - 1e-6 for at in given_at) <= 50
    assert len(given_at) == len(asks)


async def test_a_burst_of_edits_waits_for_nothing() -> None:
    """A drill's steps are shown as they come."""
    clock = ManualClock(OPENS)
    began = clock.monotonic()
    given_at = await turns(clock, [0.0] * (EDITS_AT_ONCE + 1), Pace(clock).edit)
    assert [at - began for at in given_at] == [0.0] * EDITS_AT_ONCE + [2.0]


async def test_what_slack_asks_for_is_kept_to_by_all_who_wait() -> None:
    """A channel that is held gives no turn, also to who asked before; another channel and the edits go on."""
    clock = ManualClock(OPENS)
    pace = Pace(clock)
    began = clock.monotonic()
    await pace.post("C1")
    waiting = asyncio.create_task(pace.post("C1"))
    await clock.advance(0.5)
    pace.hold_posts("C1", 30.0)
    pace.hold_posts("C1", 5.0)
    await pace.post("C2")
    await pace.edit()
    assert clock.monotonic() - began == 0.5
    await clock.advance(29.9)
    assert not waiting.done()
    await clock.advance(0.2)
    assert waiting.done()


async def test_edits_are_held_in_all_channels() -> None:
    """Slack counts them for the workspace."""
    clock = ManualClock(OPENS)
    pace = Pace(clock)
    pace.hold_edits(10.0)
    editing = asyncio.create_task(pace.edit())
    await clock.advance(9.9)
    assert not editing.done()
    await clock.advance(0.2)
    assert editing.done()
