"""Finds what dead processes left under way, and has it brought to a clean end, for as long as this bot acts.

At the start that is whatever the last bot did not finish; later it is a command line that died beside this bot, or a
command whose end the ledger could not take. A trader that is away holds up its own recovery and nothing else.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta

from bot.desk import Desk, TraderDesk
from bot.domain.entry import CommandStarted, Draft, Entry, PlanInjecting, finished_key
from bot.domain.people import BOT, INSIDE
from bot.errors import BurninError, LedgerError
from bot.health import HealthReading
from bot.services.cut_off import CutOff
from bot.services.scheduled import scheduled

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds
# A desk's script outlives a bot that is killed: for so long it may still inject the plan of an abandoned drill. A bot
# that is away then looks when it is back; after a day, a position is another day's matter.
_SCRIPT_MAY_RUN = timedelta(seconds=60)
_LATE_FOR = timedelta(hours=24)
_NEWEST_PLANS = 20


def _always() -> bool:
    return True


class Recovery:
    """Ends what nobody else will end.

    Args:
        desk: the traders and the ledger.
        may_act: whether this bot may do anything at the moment: the lease is held.
    """

    def __init__(self, desk: Desk, may_act: Callable[[], bool] = _always) -> None:
        self._desk = desk
        self._may_act = may_act
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by the number of the entry they deal with
        self._settled: set[int] = set()  # plans of which no position can come late
        self._settled_to: int | None = None  # up to this entry all are
        self._suspected: frozenset[int] | None = None  # without an outcome, and not alive, at the last look

    def health(self) -> HealthReading:
        """Return how many commands are being brought to an end."""
        values = {"under_way": len(self._tasks)}
        detail = "commands of a dead process are being brought to an end; see the day's thread" if self._tasks else ""
        return HealthReading(ok=True, detail=detail, values=values)

    async def start(self) -> None:
        """Begin to end whatever was left before: to be called before this process runs any command."""
        await self._look_safely()

    async def run(self) -> None:
        """Go on looking until cancelled."""
        try:
            while True:
                await self._desk.clock.sleep(_LOOK_EVERY)
                if self._may_act():
                    await self._look_safely()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def settle(self) -> None:
        """Wait until everything that was found has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def _look_safely(self) -> None:
        try:
            await self._look()
        except LedgerError as error:
            log.warning("whether a dead process left something under way is not known: %s", error)
        except Exception:  # the loop's edge: what is unfinished is still in the ledger, and looked at again
            log.exception("the recovery broke off, and goes on")

    async def _look(self) -> None:
        intents = await self._desk.ledger.dangling(self._desk.clock.now())
        unfinished = {intent.seq for intent in intents}
        dead = [intent for intent in intents if not self._is_alive(intent) and not _serves(intent, unfinished)]
        # Work of this process may have its intent on record and be about to say that it runs, so it is looked at twice.
        # At the first look there is no command yet, but a watch may have begun to act by itself.
        first, suspected = self._suspected is None, self._suspected or frozenset()
        self._suspected = frozenset(intent.seq for intent in dead)
        for intent in dead:
            if intent.seq in suspected or (first and intent.origin.surface != "bot"):
                self._begin(intent, CutOff(self._desk, intent, self._may_act).end())
        await self._look_for_late_plans(intents)

    def _is_alive(self, intent: Entry) -> bool:
        """Tell whether a command may still be under way: here, or on a command line until it expires."""
        body = intent.body
        if intent.seq in self._desk.under_way or not isinstance(body, CommandStarted):
            return True
        if intent.origin.surface != "cli" or body.expires_at <= self._desk.clock.now():
            return False
        return body.host != socket.gethostname() or _runs(body.pid)

    def _begin(self, about: Entry, work: Coroutine[None, None, None]) -> None:
        if about.seq in self._tasks:
            work.close()
            return
        task = self._tasks[about.seq] = asyncio.create_task(work, name=f"the recovery of {about.seq}")
        task.add_done_callback(lambda done: self._ended(about.seq, done))

    def _ended(self, seq: int, task: "asyncio.Task[None]") -> None:
        del self._tasks[seq]
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, BurninError):
            log.warning("the recovery of entry %d goes on later: %s", seq, error)
        else:
            log.error("the recovery of entry %d broke off, and is tried again", seq, exc_info=error)

    async def _look_for_late_plans(self, unfinished: tuple[Entry, ...]) -> None:
        """Look at the positions of traders whose drill was abandoned: its script may come to its end yet."""
        since = self._desk.clock.now() - _LATE_FOR
        busy = {entry.trader for entry in unfinished if _may_hold_positions(entry)}
        for plan in await self._unsettled_plans(since):
            if plan.trader not in busy:
                self._begin(plan, self._look_for_late_plan(plan))

    async def _unsettled_plans(self, since: datetime) -> list[Entry]:
        """Return the plans of which a position may come; what was settled before them is not read again."""
        newest = _NEWEST_PLANS if self._settled_to is None else None
        found = await self._desk.ledger.entries(kinds=("plan_injecting",), after=self._settled_to or 0, newest=newest)
        plans = [plan for plan in found if plan.at >= since and plan.seq not in self._settled]
        if found:
            self._settled_to = plans[0].seq - 1 if plans else found[-1].seq
            self._settled = {seq for seq in self._settled if seq > self._settled_to}
        return plans

    async def _look_for_late_plan(self, plan: Entry) -> None:
        """Ask for a flatten where there is a position; once none can come any more, put that on record."""
        trader, key = self._desk.traders.get(plan.trader or ""), f"late_plan:{plan.seq}"
        if trader is None or not await self._was_abandoned(plan) or await self._desk.ledger.by_key(key):
            self._settled.add(plan.seq)
            return
        over = self._desk.clock.now() >= plan.at + _SCRIPT_MAY_RUN
        try:
            held = await trader.trader.positions()
        except BurninError as error:
            log.debug("whether the plan of entry %d came late is not known yet: %s", plan.seq, error)
            return
        if held:
            await self._ask_for_flatten(trader)
        elif over:
            async with scheduled(self._desk, "recovery", trader.name, key=key) as act:
                act.detail = "The drill's script cannot run any more, and no position came of it."

    async def _was_abandoned(self, plan: Entry) -> bool:
        if not isinstance(plan.body, PlanInjecting):
            return False
        outcome = await self._desk.ledger.by_key(finished_key(plan.body.started))
        return outcome is not None and getattr(outcome.body, "outcome", "") == "abandoned"

    async def _ask_for_flatten(self, trader: TraderDesk) -> None:
        """Asked for by the bot, it is carried out at a next look; a drill that began meanwhile ends flat by itself."""
        now = self._desk.clock.now()
        if not any(map(_may_hold_positions, await self._desk.ledger.running(now, trader.name))):
            body = CommandStarted(command="flatten", raw="burnin_late_plan", expires_at=now + timedelta(minutes=15))
            await self._desk.ledger.append(Draft(at=now, body=body, actor=BOT, origin=INSIDE, trader=trader.name))


def _serves(intent: Entry, unfinished: set[int]) -> bool:
    """Tell whether it is the flatten of an unfinished drill, and ends with it."""
    return isinstance(intent.body, CommandStarted) and intent.actor == BOT and intent.body.args.get("of") in unfinished


def _may_hold_positions(intent: Entry) -> bool:
    return isinstance(intent.body, CommandStarted) and intent.body.command in ("drill", "flatten")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def recover(desk: Desk) -> None:
    """End what dead processes left, and wait until it has ended."""
    recovery = Recovery(desk)
    await recovery.start()
    await recovery.settle()
