"""Lets go of raw samples that are older than is kept: once a day, on record, and a day's samples at a time.

Nothing goes of a trader under a legal hold; once that is lifted, what is due goes with the next look of a day.
"""

import logging
from collections.abc import Sequence
from datetime import date

from bot.desk import Desk
from bot.errors import DuplicateKey, LedgerError
from bot.services.scheduled import scheduled

log = logging.getLogger(__name__)

_LOOK_EVERY = 3_600.0  # seconds; at the first look of a date (UTC) the day's work is done
_PAUSE = 1.0  # seconds between two days' samples, for the watches to store theirs

TraderDay = tuple[str, date]


class Retention:
    """Retires samples by each trader's policy.

    Nobody says any more how long those of a trader that is no longer configured are kept: by the longest of all, and
    under a hold as long as any trader is.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def run(self) -> None:
        """Look now and every hour until cancelled."""
        while True:
            try:
                await self.retire_due()
            except LedgerError as error:
                log.warning("old samples are kept for now: %s", error)
            except Exception:  # the loop's edge: what is too old today is too old in an hour
                log.exception("the retention broke off, and goes on")
            await self._desk.clock.sleep(_LOOK_EVERY)

    async def retire_due(self) -> None:
        """Retire what is due, unless that was done today. Where nothing is due, nothing is on record either.

        Raises:
            LedgerError: it is not done, or not all of it.
        """
        due = await self._due()
        if not due:
            return
        today = self._desk.clock.now().date()
        try:
            async with scheduled(self._desk, "retention", None, key=f"retention:{today}") as act:
                act.detail = await self._retire(due)
        except DuplicateKey as error:
            log.debug("done before: %s", error.key)

    async def _due(self) -> list[TraderDay]:
        today = await self._today()
        kept = {name: trader.policy.samples_kept for name, trader in self._desk.traders.items()}
        found = await self._desk.ledger.sample_days(today - min(kept.values()))
        old = [(name, day) for name, day in found if day < today - kept.get(name, max(kept.values()))]
        return [(name, day) for name, day in old if not self._is_held(name)]

    def _is_held(self, name: str) -> bool:
        trader = self._desk.traders.get(name)
        asked = [trader] if trader else self._desk.traders.values()
        return any(one.policy.legal_hold for one in asked)

    async def _today(self) -> date:
        """Return the date, or that of the last session on record: a clock set years ahead must cost no samples."""
        opened = await self._desk.ledger.entries(kinds=("session_opened",), newest=1)
        return min([self._desk.clock.now().date(), *(entry.day for entry in opened if entry.day)])

    async def _retire(self, due: Sequence[TraderDay]) -> str:
        """Retire and return in words what was."""
        samples = 0
        for trader, day in due:
            entry = await self._desk.ledger.retire_samples(self._desk.clock.now(), trader, day)
            samples += getattr(entry.body, "count", 0) if entry else 0
            await self._desk.clock.sleep(_PAUSE)
        days = "1 day" if len(due) == 1 else f"{len(due)} days"
        return f"{samples} samples of {days} up to {due[-1][1]} were retired."
