"""Raw samples go when they are older than is kept: once a day, on record, and nothing else goes."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.day import Provenance
from bot.domain.entry import Draft, SessionOpened
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.services.retention import Retention
from tests.support.clock import ManualClock
from tests.support.drafts import sample
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, finish, sessions, world

TODAY = OPENS.date()


@pytest.fixture
def room() -> World:
    """A desk of two traders that keeps samples for 60 days, long after its first ones were stored."""
    policy = Policy.model_validate({"samples_kept": "60d"})
    return world(ManualClock(OPENS), ListCalendar(sessions(1)), policy=policy, names=("orb", "vwap"))


async def stored(room: World, *days: tuple[str, int]) -> None:
    """Store two samples of each trader's day so many days ago."""
    for trader, ago in days:
        await room.ledger.store_samples(trader, TODAY - timedelta(days=ago), [sample(0), sample(1)])


async def left(room: World) -> list[tuple[str, int]]:
    """Return whose samples are left, of how many days ago."""
    found = await room.ledger.sample_days(TODAY + timedelta(days=1))
    return [(trader, (TODAY - day).days) for trader, day in found]


async def test_what_is_older_than_is_kept_goes_and_is_on_record(room: World) -> None:
    """The act has its intent and its outcome; the day at the limit stays."""
    await stored(room, ("orb", 62), ("orb", 61), ("orb", 60), ("vwap", 61), ("vwap", 1))
    await finish(room.clock, Retention(room.desk).retire_due())
    assert await left(room) == [("orb", 60), ("vwap", 1)]
    assert room.ledger.kinds() == ["command_started", *["samples_retired"] * 3, "command_finished"]
    assert str(room.ledger.chain[0].actor) == "scheduler"
    (outcome,) = room.ledger.of_kind("command_finished")
    limit = TODAY - timedelta(days=61)
    assert (outcome.outcome, outcome.detail) == ("done", f"6 samples of 3 days up to {limit} were retired.")
    assert (await room.ledger.verify()).broken_at is None


async def test_where_nothing_is_old_nothing_is_on_record(room: World) -> None:
    """An audit trail is not filled with days on which nothing was done."""
    await stored(room, ("orb", 60))
    await Retention(room.desk).retire_due()
    assert room.ledger.chain == []


async def test_it_is_done_once_a_day_whoever_starts_when(room: World) -> None:
    """Another bot, or this one started anew, finds it done; tomorrow is another day."""
    await stored(room, ("orb", 61))
    await finish(room.clock, Retention(room.desk).retire_due())
    await stored(room, ("vwap", 61))
    await finish(room.clock, Retention(room.desk).retire_due())
    assert await left(room) == [("vwap", 61)]
    assert len(room.ledger.of_kind("command_started")) == 1
    running = asyncio.create_task(Retention(room.desk).run())
    await room.clock.advance(24 * 3600.0)
    assert await left(room) == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_samples_of_a_trader_no_longer_configured_are_kept_as_long_as_any(room: World) -> None:
    """Nobody says any more for how long; what the desk keeps longest is on the safe side."""
    longer = replace(room.desk.traders["vwap"], policy=Policy.model_validate({"samples_kept": "90d"}))
    desk = replace(room.desk, traders={**room.desk.traders, "vwap": longer})
    await stored(room, ("gone", 91), ("gone", 90), ("orb", 61), ("vwap", 61))
    await finish(room.clock, Retention(desk).retire_due())
    assert await left(room) == [("gone", 90), ("vwap", 61)]


async def test_nothing_goes_under_a_legal_hold(room: World) -> None:
    """While it stands; what was due meanwhile goes the day after it was lifted. No entry changes for it."""
    held = replace(
        room.desk.traders["orb"], policy=Policy.model_validate({"samples_kept": "60d", "legal_hold": " case 17 "})
    )
    desk = replace(room.desk, traders={**room.desk.traders, "orb": held})
    await stored(room, ("orb", 400), ("orb", 61), ("vwap", 61), ("gone", 400))
    await finish(room.clock, Retention(desk).retire_due())
    assert await left(room) == [("gone", 400), ("orb", 400), ("orb", 61)]
    (outcome,) = room.ledger.of_kind("command_finished")
    assert outcome.detail.startswith("2 samples of 1 day up to")
    before = list(room.ledger.chain)
    await finish(room.clock, Retention(desk).retire_due())
    assert room.ledger.chain == before
    room.clock.step_wall(86_400.0)
    await finish(room.clock, Retention(room.desk).retire_due())
    assert await left(room) == []
    assert room.ledger.chain[: len(before)] == before
    assert (await room.ledger.verify()).broken_at is None


async def test_a_hold_of_every_trader_leaves_nothing_on_record(room: World) -> None:
    """Where nothing may go, nothing was done."""
    policy = Policy.model_validate({"samples_kept": "60d", "legal_hold": "case 17"})
    desk = replace(room.desk, traders={name: replace(one, policy=policy) for name, one in room.desk.traders.items()})
    await stored(room, ("orb", 400), ("gone", 400))
    await Retention(desk).retire_due()
    assert room.ledger.chain == []


async def test_a_ledger_that_is_away_is_asked_again(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """Old samples are kept for an hour longer, and nothing ends for that."""
    caplog.set_level(logging.WARNING)
    await stored(room, ("orb", 61))
    room.ledger.away = True
    running = asyncio.create_task(Retention(room.desk).run())
    await room.clock.advance(10.0)
    assert "old samples are kept for now: The ledger is away" in caplog.text
    room.ledger.away = False
    await room.clock.advance(3600.0)
    assert await left(room) == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_that_breaks_off_is_on_record_as_failed(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """The loop goes on, and tries again tomorrow."""

    async def broken(*arguments: object) -> None:
        raise ZeroDivisionError

    await stored(room, ("orb", 61))
    room.ledger.retire_samples = broken  # type: ignore[method-assign,assignment]
    running = asyncio.create_task(Retention(room.desk).run())
    await room.clock.advance(10.0)
    (outcome,) = room.ledger.of_kind("command_finished")
    assert (outcome.outcome, outcome.reason) == ("failed", "internal_error")
    assert "the retention broke off, and goes on" in caplog.text
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_that_is_cut_off_is_abandoned(room: World) -> None:
    """What was retired is; the rest goes tomorrow."""
    await stored(room, ("orb", 62), ("orb", 61))
    running = asyncio.create_task(Retention(room.desk).run())
    await room.clock.advance(0.5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    (outcome,) = room.ledger.of_kind("command_finished")
    assert (outcome.outcome, outcome.reason) == ("abandoned", "cut_off")
    assert await left(room) == [("orb", 61)]
    assert room.desk.under_way == set()


async def test_a_wall_clock_set_years_ahead_costs_no_samples(room: World) -> None:
    """What is old is reckoned from the last session on record, where that is earlier than the date."""
    await stored(room, ("orb", 61), ("orb", 1))
    day = TODAY - timedelta(days=1)
    session = sessions(1)[0].model_copy(update={"date": day})
    opened = SessionOpened(session=session, number=1, required=3, provenance=Provenance())
    await room.ledger.append(Draft(at=room.clock.now(), body=opened, actor=BOT, origin=INSIDE, trader="orb", day=day))
    room.clock.step_wall(900 * 86_400.0)
    await finish(room.clock, Retention(room.desk).retire_due())
    assert await left(room) == [("orb", 61), ("orb", 1)]
