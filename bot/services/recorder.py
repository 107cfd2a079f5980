"""Keeps a watch's samples until they are on disk. The ledger may be away for a while; samples are not lost for that."""

import asyncio
import logging
from collections import deque
from datetime import date

from bot.domain.sample import Sample
from bot.errors import LedgerError
from bot.ports import Ledger

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

    def put(self, sample: Sample) -> None:
        """Keep a sample for the next batch; the oldest goes where the buffer is full."""
        if len(self._kept) == _MOST_KEPT:
            log.error("the ledger has been away too long: a sample of %s is lost; make room or mend it", self._trader)
        self._kept.append(sample)

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
                log.warning("%d samples of %s wait in memory: %s", len(batch), self._trader, error)
                return False
            for sample in batch:
                if self._kept and self._kept[0] is sample:  # not gone to make room meanwhile
                    self._kept.popleft()
            return not self._kept
