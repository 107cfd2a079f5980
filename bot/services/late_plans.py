"""The plan of an abandoned drill may come late: the desk's script goes on where the bot that began it was killed.

Its position is flattened as well. That none can come any more is put on record; until it is, every bot looks.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.desk import Desk, TraderDesk
from bot.domain.entry import CommandFinished, CommandStarted, Draft, Entry, PlanInjecting, finished_key
from bot.domain.people import BOT, INSIDE
from bot.errors import BurninError
from bot.services.scheduled import scheduled

log = logging.getLogger(__name__)

_SCRIPT_MAY_RUN = timedelta(seconds=60)
_WORTH_A_LOOK = timedelta(hours=24)  # a bot that was away looks when it is back; later a position is another day's
_FLATTEN_WITHIN = timedelta(minutes=15)
_NEWEST = 20  # plans read at the start


class LatePlans:
    """The plans of which a position may still come."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settled: set[int] = set()
        self._settled_to: int | None = None  # up to this entry all are settled, and not read again

    async def open(self, unfinished: Sequence[Entry]) -> list[Entry]:
        """Return the plans to look after, but for traders with a drill or a flatten among the unfinished commands."""
        since = self._desk.clock.now() - _WORTH_A_LOOK
        busy = {entry.trader for entry in unfinished if _is_flat_at_its_end(entry)}
        return [plan for plan in await self._unsettled(since) if plan.trader not in busy]

    async def look(self, plan: Entry) -> None:
        """Ask for a flatten where there is a position after all.

        Raises:
            LedgerError: it cannot be read or written; another look does it.
        """
        trader, key = self._desk.traders.get(plan.trader or ""), f"late_plan:{plan.seq}"
        if trader is None or not await self._was_abandoned(plan) or await self._desk.ledger.by_key(key):
            self._settled.add(plan.seq)
            return
        over = self._desk.clock.now() >= plan.at + _SCRIPT_MAY_RUN
        try:
            held = await trader.trader.positions()
            if held and not (await trader.trader.paper_mode()).paper:
                return  # not the plan's: a drill runs on paper only
        except BurninError as error:
            log.debug("whether the plan of entry %d came late is not known yet: %s", plan.seq, error)
            return
        if held:
            await self._ask_for_flatten(trader)
        elif over:
            async with scheduled(self._desk, "recovery", trader.name, key=key) as act:
                act.detail = "The drill's script cannot run any more, and no position came of it."

    async def _unsettled(self, since: datetime) -> list[Entry]:
        newest = _NEWEST if self._settled_to is None else None
        found = await self._desk.ledger.entries(kinds=("plan_injecting",), after=self._settled_to or 0, newest=newest)
        plans = [plan for plan in found if plan.at >= since and plan.seq not in self._settled]
        if found:
            self._settled_to = plans[0].seq - 1 if plans else found[-1].seq
            self._settled = {seq for seq in self._settled if seq > self._settled_to}
        return plans

    async def _was_abandoned(self, plan: Entry) -> bool:
        if not isinstance(plan.body, PlanInjecting):
            return False
        outcome = await self._desk.ledger.by_key(finished_key(plan.body.started))
        return outcome is not None and isinstance(outcome.body, CommandFinished) and outcome.body.outcome == "abandoned"

    async def _ask_for_flatten(self, trader: TraderDesk) -> None:
        """Write the intent of a flatten, which the recovery carries out as it does any that nobody else does."""
        now = self._desk.clock.now()
        if any(_is_flat_at_its_end(entry) for entry in await self._desk.ledger.running(now, trader.name)):
            return
        body = CommandStarted(command="flatten", raw="burnin_late_plan", expires_at=now + _FLATTEN_WITHIN)
        await self._desk.ledger.append(Draft(at=now, body=body, actor=BOT, origin=INSIDE, trader=trader.name))


def _is_flat_at_its_end(intent: Entry) -> bool:
    return isinstance(intent.body, CommandStarted) and intent.body.command in ("drill", "flatten")
