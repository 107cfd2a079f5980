"""A lane's pauses: exactly what Slack asks for, never longer than the back-off, calm where somebody must mend."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import DeliveryRefused, LedgerBroken, SlackUnreachable
from bot.services.lane import BACK_OFF, REFUSED_BACK_OFF, Lane, LaneKind
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS

AWAY = SlackUnreachable("Slack did not answer.")
REFUSED = DeliveryRefused("Invite the bot.")
ERRORS = st.one_of(
    st.sampled_from([AWAY, REFUSED, LedgerBroken("Full."), RuntimeError("a bug")]),
    st.floats(0, 7200, allow_nan=False).map(lambda seconds: SlackUnreachable("Slack is busy.", seconds)),
)


@given(errors=st.lists(ERRORS, min_size=1, max_size=20), seed=st.integers())
def test_pauses_keep_within_their_bounds(errors: list[Exception], seed: int) -> None:
    """Whatever the dice say: what Slack asks for exactly, half a minute after a refusal, else at most the back-off."""
    lane = Lane("C1", ManualClock(OPENS), random.Random(seed).uniform, kind=LaneKind.POSTS)  # noqa: S311 - repeatable
    for failures, error in enumerate(errors):
        pause = lane.failed(error)
        assert lane.trouble == str(error)
        if isinstance(error, SlackUnreachable) and error.retry_after is not None:
            assert pause == error.retry_after
        elif isinstance(error, DeliveryRefused):
            assert pause == REFUSED_BACK_OFF
        else:
            assert 0 <= pause <= BACK_OFF[min(failures, len(BACK_OFF) - 1)]


def test_two_lanes_that_fail_together_are_not_tried_again_together() -> None:
    """The pauses are spread over all of the back-off."""
    dice = random.Random(7)  # noqa: S311 - repeatable
    pauses = [Lane("C1", ManualClock(OPENS), dice.uniform, kind=LaneKind.POSTS).failed(AWAY) for _ in range(200)]
    assert min(pauses) < 0.1
    assert max(pauses) > 0.9


@pytest.mark.parametrize(("error", "pause"), [(SlackUnreachable("Busy.", 12.5), 12.5), (REFUSED, 30.0), (AWAY, 1.0)])
async def test_it_is_due_when_its_pause_is_over_and_not_before(error: Exception, pause: float) -> None:
    """To the moment."""
    clock = ManualClock(OPENS)
    lane = Lane("C1", clock, lambda _, most: most, kind=LaneKind.POSTS)
    assert lane.is_due()
    lane.failed(error)
    await clock.advance(pause - 0.001)
    assert not lane.is_due()
    await clock.advance(0.001)
    assert lane.is_due()


def test_what_was_said_begins_the_back_off_anew() -> None:
    """One success, and the next failure is the first again."""
    lane = Lane("C1", ManualClock(OPENS), lambda _, most: most, kind=LaneKind.POSTS)
    assert [lane.failed(AWAY) for _ in range(7)] == [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 60.0]
    lane.served()
    assert lane.trouble == ""
    assert lane.failed(AWAY) == 1.0


def test_it_is_named_for_the_log() -> None:
    """By its channel and by what it says there."""
    clock = ManualClock(OPENS)
    assert str(Lane("C1", clock, random.uniform, kind=LaneKind.POSTS)) == "messages for C1"
    assert str(Lane("", clock, random.uniform, kind=LaneKind.EDITS)) == "edits in the terminal"
    assert str(Lane("C1", clock, random.uniform, kind=LaneKind.FILES)) == "files for C1"
