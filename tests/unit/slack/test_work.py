"""What goes on after the ack: lanes, draining, and look-ups that many share."""

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest

from bot.slack.lookups import Lookup
from bot.slack.work import Declined, Job, Lane, Room, Work
from tests.support.clock import ManualClock
from tests.support.eventually import eventually

START = datetime(2026, 11, 24, 3, 45, tzinfo=UTC)


async def test_only_so_many_slow_pieces_run_at_once() -> None:
    """A full lane makes its next piece wait, and no other lane."""
    work, release, ran = Work({Lane.QUICK: Room(1, 5), Lane.SLOW: Room(2, 5)}), asyncio.Event(), []

    async def piece(name: str) -> None:
        ran.append(name)
        await release.wait()

    for number in range(4):
        work.start(partial(piece, f"slow {number}"), Lane.SLOW)
    work.start(partial(piece, "quick"), Lane.QUICK)
    work.start(partial(piece, "urgent 1"), Lane.URGENT)
    work.start(partial(piece, "urgent 2"), Lane.URGENT)
    await eventually(lambda: len(ran) == 5)
    assert sorted(ran) == ["quick", "slow 0", "slow 1", "urgent 1", "urgent 2"]
    release.set()
    await eventually(lambda: len(ran) == 7)
    await work.drain(5)


async def test_a_piece_that_breaks_is_logged_and_frees_its_place(caplog: pytest.LogCaptureFixture) -> None:
    """One failure holds up nothing that follows."""
    work, ran = Work({Lane.SLOW: Room(1, 5)}), []

    async def broken() -> None:
        raise RuntimeError("oops")

    async def fine() -> None:
        ran.append("fine")

    work.start(broken, Lane.SLOW)
    work.start(fine, Lane.SLOW)
    await eventually(lambda: ran == ["fine"])
    await work.drain(5)
    assert "broke off" in caplog.text


async def test_beyond_what_may_wait_work_is_declined() -> None:
    """The queue of a lane has an end, and who comes after it hears why; what waited already has its turn."""
    work, release, ran = Work({Lane.SLOW: Room(runs=1, waits=1)}), asyncio.Event(), []

    async def piece(name: str) -> None:
        ran.append(name)
        await release.wait()

    def decline(why: Declined) -> Job:
        return partial(_note, ran, why)

    for name in ("first", "second", "third"):
        work.start(partial(piece, name), Lane.SLOW, decline)
    await eventually(lambda: len(ran) == 2)
    assert ran == ["first", Declined.FULL]
    release.set()
    await eventually(lambda: ran[-1] == "second")
    await work.drain(5)


async def test_draining_ends_what_runs_and_declines_the_rest() -> None:
    """What waits, and what comes after, is told that the bot stops; the telling is waited for."""
    work, release, ran = Work({Lane.SLOW: Room(runs=1, waits=1)}), asyncio.Event(), []

    async def piece(name: str) -> None:
        await release.wait()
        ran.append(name)

    def decline(why: Declined) -> Job:
        return partial(_note, ran, why)

    for name in ("runs", "waits"):
        work.start(partial(piece, name), Lane.SLOW, decline)
    draining = asyncio.create_task(work.drain(5))
    await eventually(lambda: ran == [Declined.STOPPING])
    work.start(partial(piece, "late"), Lane.URGENT, decline)
    await eventually(lambda: ran == [Declined.STOPPING] * 2)
    assert not draining.done()
    release.set()
    await draining
    assert ran == [Declined.STOPPING, Declined.STOPPING, "runs"]


async def test_many_who_ask_at_once_cause_one_call() -> None:
    """A look-up under way is shared, and its answer is remembered for its time."""
    clock, calls = ManualClock(START), []

    async def fetch(key: str) -> str:
        calls.append(key)
        await asyncio.sleep(0)
        return key.upper()

    lookup = Lookup(clock, 60, fetch)
    assert await asyncio.gather(*[lookup.get("a") for _ in range(20)]) == ["A"] * 20
    assert calls == ["a"]
    await clock.advance(59)
    await lookup.get("a")
    assert calls == ["a"]
    await clock.advance(2)
    await lookup.get("a")
    assert calls == ["a", "a"]


async def test_a_failure_is_not_remembered() -> None:
    """The next who asks causes a new call."""
    answers = [OSError("down"), "fine"]

    async def fetch(_: str) -> str:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return str(answer)

    lookup = Lookup(ManualClock(START), 60, fetch)
    with pytest.raises(OSError, match="down"):
        await lookup.get("a")
    assert await lookup.get("a") == "fine"


async def _note(ran: list[str], word: str) -> None:
    ran.append(word)
