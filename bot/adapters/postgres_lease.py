"""The lease of several bots on one PostgreSQL ledger: one acts, the others stand by and watch that it is alive.

Each lease has a number, the epoch. What a bot writes carries its own, so that one that was taken for dead and wakes up
again writes nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.adapters.lease_row import LeaseRow, LedgerAway
from bot.domain.lease import LOOK_EVERY, RENEW_EVERY, Hold, Silence
from bot.errors import LedgerBroken
from bot.ports import Clock

log = logging.getLogger(__name__)


class PostgresLease:
    """The `Lease` port over the row of a ledger.

    Args:
        row: the row, over a connection of its own.
        clock: counts the time between renewals.
    """

    def __init__(self, row: LeaseRow, clock: Clock) -> None:
        self._row = row
        self._clock = clock
        self._hold = Hold()
        self._epoch: int | None = None
        self._lost = asyncio.Event()
        self._renewing: asyncio.Task[None] | None = None
        self._away = False

    async def take(self) -> int:
        """Wait until this bot may act, and return its lease's epoch. A database that is away is waited for.

        Raises:
            LedgerBroken: the database refuses the lease.
        """
        silence, epoch = Silence(), None
        while epoch is None:
            sent = self._clock.monotonic()
            try:
                epoch = await self._try(silence)
            except LedgerAway as error:
                self._note_away(error)
                silence.forget()
            if epoch is None:
                await self._clock.sleep(LOOK_EVERY)
        self._epoch = epoch
        self._hold.renewed(sent)
        self._renewing = asyncio.create_task(self._renew(epoch), name="the lease")
        return epoch

    def held(self) -> bool:
        """Tell whether this bot may act now."""
        return self._hold.stands(self._clock.monotonic())

    async def lost(self) -> None:
        """Return once another bot has the lease."""
        await self._lost.wait()

    async def release(self) -> None:
        """Let go of the lease; another bot may have it at once."""
        await self._stop_renewing()
        epoch, self._epoch = self._epoch, None
        if epoch is None or self._lost.is_set():
            return
        try:
            await self._row.release(epoch)
        except LedgerBroken as error:
            log.warning("the lease could not be released, so another bot waits until it is stale: %s", error)

    async def close(self) -> None:
        """Close the connection. A lease that was not released becomes stale."""
        await self._stop_renewing()
        await self._row.close()

    async def _stop_renewing(self) -> None:
        self._hold.end()
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    async def _try(self, silence: Silence) -> int | None:
        """Take the lease if that may be done now."""
        standing = await self._row.look()
        self._note_back()
        if not silence.may_take(standing, self._clock.monotonic()):
            return None
        if standing.holder:
            log.warning("the bot %s is silent; this one takes its place", standing.holder)
        return await self._row.take(standing)

    async def _renew(self, epoch: int) -> None:
        """Renew until another bot has the lease. While the database is away nothing is held, and it is tried again."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            sent = self._clock.monotonic()
            try:
                still_ours = await self._row.renew(epoch)
            except LedgerBroken as error:
                self._note_away(error)
                continue
            self._note_back()
            if not still_ours:
                self._hold.end()
                self._lost.set()
                return
            self._hold.renewed(sent)

    def _note_away(self, error: LedgerBroken) -> None:
        if not self._away:
            log.warning(
                "nobody can tell who acts on the ledger, so nothing is said or run meanwhile; "
                "see whether its database runs: %s",
                error,
            )
        self._away = True

    def _note_back(self) -> None:
        if self._away:
            log.info("the ledger answers again and tells who acts")
        self._away = False


@asynccontextmanager
async def postgres_lease(row: LeaseRow, clock: Clock) -> AsyncIterator[PostgresLease]:
    """Have a lease to take, for as long as the context lasts."""
    lease = PostgresLease(row, clock)
    try:
        yield lease
    finally:
        await lease.close()
