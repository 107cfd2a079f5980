"""How long a lease holds, and when it may be taken."""

from datetime import UTC, datetime, timedelta

from bot.domain.lease import HOLDS_FOR, LOOK_EVERY, RENEW_EVERY, STALE_AFTER, Hold, Silence, Standing

AT = datetime(2026, 11, 23, tzinfo=UTC)


def standing(epoch: int = 1, holder: str = "a:1", renewals: int = 0) -> Standing:
    """A lease that has been renewed so often."""
    return Standing(epoch, holder, AT + timedelta(seconds=renewals))


def test_a_holder_ends_before_another_may_begin() -> None:
    """A holder that is cut off at any moment stops well before the other takes its place, and misses renewals first."""
    assert STALE_AFTER - HOLDS_FOR >= 4 * LOOK_EVERY
    assert HOLDS_FOR >= 3 * RENEW_EVERY


def test_a_hold_counts_from_before_the_renewal_was_sent() -> None:
    """It stands for its time and not an instant longer; without a renewal it never stood."""
    hold = Hold()
    assert not hold.stands(0.0)
    hold.renewed(100.0)
    assert hold.stands(100.0 + HOLDS_FOR - 0.001)
    assert not hold.stands(100.0 + HOLDS_FOR)
    hold.renewed(103.0)
    assert hold.stands(103.0)
    hold.end()
    assert not hold.stands(103.0)


def test_a_lease_that_nobody_holds_may_be_taken_at_once() -> None:
    """A new ledger's and a released one is free."""
    assert Silence().may_take(standing(holder=""), 0.0)


def test_a_silent_holder_loses_it_after_its_time() -> None:
    """The time counts from the first look at a row that then stays as it is."""
    silence = Silence()
    assert not silence.may_take(standing(), 10.0)
    assert not silence.may_take(standing(), 10.0 + STALE_AFTER - 0.001)
    assert silence.may_take(standing(), 10.0 + STALE_AFTER)


def test_each_renewal_and_each_takeover_begins_the_time_anew() -> None:
    """Whatever changes in the row shows that somebody is alive, also to a bot that was stopped itself."""
    silence = Silence()
    assert not silence.may_take(standing(), 0.0)
    assert not silence.may_take(standing(renewals=1), 60.0)
    assert not silence.may_take(standing(epoch=2, renewals=1), 60.0 + STALE_AFTER)
    assert silence.may_take(standing(epoch=2, renewals=1), 60.0 + 2 * STALE_AFTER)


def test_time_in_which_nobody_could_look_does_not_count() -> None:
    """While the database was away the holder could not renew either."""
    silence = Silence()
    assert not silence.may_take(standing(), 0.0)
    silence.forget()
    assert not silence.may_take(standing(), 60.0)
    assert silence.may_take(standing(), 60.0 + STALE_AFTER)
