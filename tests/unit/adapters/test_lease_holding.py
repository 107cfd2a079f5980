"""How a bot holds its lease while the row's database comes and goes, on a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from bot.adapters.lease_row import LeaseRow, LedgerAway
from bot.adapters.postgres_lease import PostgresLease, postgres_lease
from bot.domain.lease import HOLDS_FOR, LOOK_EVERY, RENEW_EVERY, STALE_AFTER, Standing
from tests.support.clock import ManualClock

START = datetime(2026, 11, 23, tzinfo=UTC)


class FakeRow:
    """A row that several bots may change. `away` makes its database answer nobody."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.stands = Standing(0, "", START)
        self.away = False

    async def look(self) -> Standing:
        """Return it."""
        self._answer()
        return self.stands

    async def take(self, seen: Standing) -> int | None:
        """Take it if it stands as it was seen."""
        self._answer()
        if seen != self.stands:
            return None
        self.stands = Standing(seen.epoch + 1, "me", self.clock.now())
        return self.stands.epoch

    async def renew(self, epoch: int) -> bool:
        """Renew it."""
        self._answer()
        if self.stands.epoch == epoch:
            self.stands = Standing(epoch, self.stands.holder, self.clock.now())
        return self.stands.epoch == epoch

    async def release(self, epoch: int) -> None:
        """Let go of it."""
        self._answer()
        self.stands = Standing(epoch, "", self.clock.now())

    async def close(self) -> None:
        """Close nothing."""

    def _answer(self) -> None:
        if self.away:
            raise LedgerAway("The ledger's database does not answer.")


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock(START)


@pytest.fixture
def row(clock: ManualClock) -> FakeRow:
    """A row that nobody holds."""
    return FakeRow(clock)


@pytest.fixture
async def lease(row: FakeRow, clock: ManualClock) -> AsyncIterator[PostgresLease]:
    """A lease to take."""
    async with postgres_lease(cast("LeaseRow", row), clock) as made:
        yield made


async def test_it_is_held_as_long_as_it_is_renewed(lease: PostgresLease, clock: ManualClock) -> None:
    """Renewals keep it; a hold ends with the release."""
    assert await lease.take() == 1
    await clock.advance(10 * STALE_AFTER)
    assert lease.held()
    await lease.release()
    assert not lease.held()


async def test_a_database_that_is_away_ends_the_hold_and_brings_it_back(
    lease: PostgresLease, row: FakeRow, clock: ManualClock
) -> None:
    """Nothing is held after its time; when the row still has this bot's number, it goes on."""
    await lease.take()
    row.away = True
    await clock.advance(HOLDS_FOR - RENEW_EVERY)
    assert lease.held()
    await clock.advance(RENEW_EVERY)
    assert not lease.held()
    await clock.advance(60.0)
    row.away = False
    await clock.advance(RENEW_EVERY)
    assert lease.held()


async def test_a_number_that_moved_on_is_lost_for_good(lease: PostgresLease, row: FakeRow, clock: ManualClock) -> None:
    """Whoever finds another bot's number is deposed, and lets go of nothing that is not its own."""
    await lease.take()
    lost = asyncio.create_task(lease.lost())
    taken = row.stands = Standing(2, "another", clock.now())
    await clock.advance(RENEW_EVERY)
    await lost
    assert not lease.held()
    await lease.release()
    assert row.stands == taken


async def test_a_silent_holder_is_waited_for(lease: PostgresLease, row: FakeRow, clock: ManualClock) -> None:
    """Its place is taken after its time as this bot saw it; time without the database does not count."""
    row.stands = Standing(4, "another", START - timedelta(days=1))
    taking = asyncio.create_task(lease.take())
    await clock.advance(STALE_AFTER - LOOK_EVERY)
    row.away = True
    await clock.advance(60.0)
    row.away = False
    await clock.advance(STALE_AFTER - LOOK_EVERY)
    assert not taking.done()
    await clock.advance(2 * LOOK_EVERY)
    assert await taking == 5


async def test_a_release_without_a_database_is_no_error(
    lease: PostgresLease, row: FakeRow, caplog: pytest.LogCaptureFixture
) -> None:
    """The lease becomes stale then; the log says that another bot waits for it."""
    await lease.take()
    row.away = True
    await lease.release()
    assert "another bot waits until it is stale" in caplog.text
