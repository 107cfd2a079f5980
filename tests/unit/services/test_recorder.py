"""Samples wait in memory until they are on disk, and are stored once."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.sample import Sample
from bot.services import recorder as room
from bot.services.recorder import Recorder
from tests.support.clock import settle
from tests.support.evidence import OPENS, session_of
from tests.support.fakes import FickleLedger

DAY = session_of().date


def sample(second: int) -> Sample:
    """Return a sample."""
    return Sample(OPENS + timedelta(seconds=second), {})


async def stored(ledger: FickleLedger) -> list[int]:
    """Return the seconds of what is stored."""
    return [round((each.at - OPENS).total_seconds()) for each in await ledger.samples("orb", DAY)]


async def test_what_is_kept_is_stored_in_one_batch() -> None:
    """A flush leaves nothing; another one has nothing to do."""
    ledger = FickleLedger()
    recorder = Recorder(ledger, "orb", DAY)
    assert await recorder.flush()
    for second in range(3):
        recorder.put(sample(second))
    assert await recorder.flush()
    assert await recorder.flush()
    assert await stored(ledger) == [0, 1, 2]


async def test_what_could_not_be_stored_stays() -> None:
    """While the ledger is away, more may come; then everything is stored."""
    ledger = FickleLedger()
    recorder = Recorder(ledger, "orb", DAY)
    recorder.put(sample(0))
    ledger.away = True
    assert not await recorder.flush()
    recorder.put(sample(1))
    ledger.away = False
    assert await recorder.flush()
    assert await stored(ledger) == [0, 1]


class Slow(FickleLedger):
    """A ledger whose disk waits for the test."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def store_samples(self, *arguments: object) -> None:
        """Store when the gate opens."""
        await self.gate.wait()
        await super().store_samples(*arguments)  # type: ignore[arg-type]


async def test_a_flush_cut_off_half_way_stores_nothing_twice() -> None:
    """What was under way ends by itself; the next flush waits for it."""
    ledger = Slow()
    recorder = Recorder(ledger, "orb", DAY)
    recorder.put(sample(0))
    first = asyncio.create_task(recorder.flush())
    await settle()
    first.cancel()
    recorder.put(sample(1))
    second = asyncio.create_task(recorder.flush())
    await settle()
    ledger.gate.set()
    assert await second
    assert await stored(ledger) == [0, 1]


async def test_a_full_buffer_loses_the_oldest_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Memory is bounded; what arrives while a batch is stored is not mistaken for it."""
    monkeypatch.setattr(room, "_MOST_KEPT", 3)
    ledger = Slow()
    recorder = Recorder(ledger, "orb", DAY)
    for second in range(3):
        recorder.put(sample(second))
    flushing = asyncio.create_task(recorder.flush())
    await settle()
    recorder.put(sample(3))
    assert caplog.text.count("from now on samples of orb are lost") == 1
    ledger.gate.set()
    assert not await flushing
    assert await recorder.flush()
    assert await stored(ledger) == [0, 1, 2, 3]
