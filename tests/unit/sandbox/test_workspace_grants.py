"""What expires in the workspace: triggers, response URLs, rate allowances; and timestamps that only grow."""

import pytest

from bot.sandbox.workspace.conversation_log import Timestamps
from bot.sandbox.workspace.grants import ResponseUrls, Triggers
from bot.sandbox.workspace.limits import Limits, RateLimiter
from bot.sandbox.workspace.state import SlackError


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        """The present moment."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


def test_trigger_lives_three_seconds_and_opens_one_view(clock: Clock) -> None:
    """A trigger is unknown, fresh, spent or expired, each in Slack's word."""
    triggers = Triggers(clock)
    first, second = triggers.issue("U1"), triggers.issue("U1")
    assert triggers.check(first) == "U1"
    triggers.spend(first)
    clock.at += 3.1
    for trigger, word in ((first, "exchanged"), (second, "expired"), ("x", "invalid")):
        with pytest.raises(SlackError, match=f"{word}_trigger_id"):
            triggers.check(trigger)


def test_response_url_expires_after_thirty_minutes(clock: Clock) -> None:
    """After 30 minutes a response URL is dead, whatever is left of its uses."""
    urls = ResponseUrls(clock)
    name = urls.issue("C1", "U1")
    clock.at += 1799
    assert urls.use(name).user == "U1"
    clock.at += 2
    with pytest.raises(SlackError, match="expired_url"):
        urls.use(name)


def test_posts_are_counted_by_channel(clock: Clock) -> None:
    """A burst of five, then one a second; another channel has its own allowance."""
    limiter = RateLimiter(Limits(), clock)
    assert [limiter.post("C1") for _ in range(6)] == [None] * 5 + [1]
    assert limiter.post("C2") is None
    clock.at += 1
    assert [limiter.post("C1"), limiter.post("C1")] == [None, 1]


def test_who_does_not_wait_is_told_to_wait_again(clock: Clock) -> None:
    """A channel takes nothing before its Retry-After is over, also where a part of the time would do."""
    limiter = RateLimiter(Limits(burst=1, posts_per_second=0.4), clock)
    assert [limiter.post("C1"), limiter.post("C1")] == [None, 3]
    clock.at += 2.6
    assert limiter.post("C1") == 1
    clock.at += 0.4
    assert limiter.post("C1") is None


def test_posts_of_all_channels_are_counted_together(clock: Clock) -> None:
    """Beyond its limit a workspace takes no post in any channel."""
    limiter = RateLimiter(Limits(posts_per_minute=6), clock)
    assert [limiter.post(f"C{n}") for n in range(7)] == [None] * 6 + [10]
    clock.at += 10
    assert [limiter.post("C8"), limiter.post("C9")] == [None, 10]


def test_methods_are_counted_by_tier(clock: Clock) -> None:
    """Tier 2 is twenty a minute; what has no tier is free, and limits can be switched off."""
    limiter = RateLimiter(Limits(), clock)
    assert [limiter.call("usergroups.users.list", 2) for _ in range(21)] == [None] * 20 + [3]
    assert [limiter.call("auth.test", None) for _ in range(200)] == [None] * 200
    free = RateLimiter(Limits.off(), clock)
    assert [free.call("usergroups.users.list", 2) for _ in range(100)] == [None] * 100


def test_timestamps_grow_even_when_the_clock_does_not(clock: Clock) -> None:
    """Message timestamps are unique and strictly increasing, shaped like Slack's."""
    timestamps = Timestamps(clock)
    first, second = timestamps.next(), timestamps.next()
    clock.at -= 100
    assert first == "1000.000000"
    assert first < second < timestamps.next()
