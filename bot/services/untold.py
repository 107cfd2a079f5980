"""Puts on record what happened in a session, each fact with the message that tells of it.

It goes on beside the scrapes, so that a ledger that is slow or away for a while costs no sample and no fact.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from bot.domain.entry import Draft
from bot.errors import DuplicateKey, LedgerError
from bot.ports import Clock, Ledger
from bot.services.outage import Outage

log = logging.getLogger(__name__)

_TRY_EVERY = 1.0  # seconds
_MOST_KEPT = 1_000  # facts; the verdict comes of the samples, so what is too much here is missed by readers only


class Untold:
    """What happened and is not on record yet, in order.

    Args:
        ledger: takes each fact together with its message, or neither.
        clock: for the time between two tries.
        store: called before each fact; stores the samples that show it, and tells whether none is left. What was told
            and cannot be judged any more, because the bot died in between, would be forgotten by the verdict.
    """

    def __init__(self, ledger: Ledger, clock: Clock, store: Callable[[], Awaitable[bool]]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._store = store
        self._waiting: deque[tuple[Draft, ...]] = deque()
        self._news = asyncio.Event()
        self._recording = asyncio.Lock()
        self._outage = Outage(log)

    def put(self, fact: Draft, message: Draft) -> None:
        """Remember a fact and what is to be said of it. The message's key keeps both from being recorded twice.

        Where too many wait, this one is lost, and the log says so.
        """
        if len(self._waiting) >= _MOST_KEPT:
            log.error("the ledger has been away too long: a %s of %s is not recorded", fact.body.kind, fact.trader)
            return
        self._waiting.append((fact, message))
        self._news.set()

    async def run(self) -> None:
        """Record what comes as soon as it comes, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while not await self.record():
                await self._clock.sleep(_TRY_EVERY)

    async def record(self) -> bool:
        """Record what is not on record yet; tell whether nothing is left."""
        async with self._recording:
            while self._waiting:
                if not await self._store():
                    return False
                try:
                    await self._ledger.append(*self._waiting[0])
                except DuplicateKey as error:
                    log.info("already recorded: %s", error.key)
                except LedgerError as error:
                    self._outage.goes_on("what happened in the session waits to be recorded", error)
                    return False
                self._outage.ended("what happened in the session is being recorded again")
                self._waiting.popleft()
        return True
