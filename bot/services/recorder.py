"""Keeps a watch's samples until they are on disk. The ledger may be away for a while; samples are not lost for that."""

import asyncio
import logging
from collections import deque
from datetime import date

from bot.domain.sample import Sample
from bot.errors import LedgerError
from bot.ports import Ledger
from bot.services.outage import Outage

log = logging.getLogger(__name__)

# Two hours at one a second: enough for somebody to make room on a disk, and bounded.
_MOST_KEPT = 7_200


class Recorder:
    """Buffers the samples of one session and stores them in batches."""

    def __init__(self, ledger: Ledger, trader: str, day: date) -> None:
        self._ledger = ledger
        self._trader = trader
        self._day = day
        self._kept: deque[Sample] = deque(maxlen=_MOST_KEPT)
        self._storing = asyncio.Lock()
        self._outage = Outage(log)
        self._full = False

    def put(self, sample: Sample) -> None:
        """Keep a sample for the next batch; the oldest goes where the buffer is full."""
        full = len(self._kept) == _MOST_KEPT
        if full and not self._full:
            log.error("the ledger has been away too long: from now on samples of %s are lost; mend it", self._trader)
        self._full = full
        self._kept.append(sample)

    def trouble(self) -> str:
        """Return why samples wait in memory, in words for an operator; empty where they are stored."""
        return f"{len(self._kept)} samples wait in memory: {self._outage.why}" if self._outage.why else ""

    async def flush(self) -> bool:
        """Store what is kept; tell whether nothing is left. What could not be stored stays for the next time."""
        # Cut off half-way it would not be known whether the batch was stored, so it goes on beside a cancelled caller.
        return await asyncio.shield(self._flush())

    async def _flush(self) -> bool:
        async with self._storing:
            batch = tuple(self._kept)
            if not batch:
                return True
            try:
                await self._ledger.store_samples(self._trader, self._day, batch)
            except LedgerError as error:
                self._outage.goes_on(f"the samples of {self._trader} wait in memory", error)
                return False
            self._outage.ended(f"the samples of {self._trader} that waited in memory are stored")
            for sample in batch:
                if self._kept and self._kept[0] is sample:  # not gone to make room meanwhile
                    self._kept.popleft()
            return not self._kept
