"""Finds what dead processes left under way, and has it brought to a clean end, for as long as this bot acts.

At the start that is whatever the last bot did not finish; later it is a command line that died beside this bot, or a
command whose end the ledger could not take. A trader that is away holds up its own recovery and nothing else.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Coroutine

from bot.desk import Desk
from bot.domain.entry import CommandStarted, Entry
from bot.domain.people import BOT
from bot.errors import BurninError, LedgerError
from bot.health import HealthReading
from bot.services.cut_off import CutOff
from bot.services.late_plans import LatePlans
from bot.services.outage import Outage

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds


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
        self._late_plans = LatePlans(desk)
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by the number of the entry they deal with
        self._outage = Outage(log)
        self._suspected: frozenset[int] = frozenset()  # without an outcome, and not alive, at the last look

    def health(self) -> HealthReading:
        """Return how many commands are being brought to an end."""
        values = {"under_way": len(self._tasks)}
        detail = "commands of a dead process are being brought to an end; see the day's thread" if self._tasks else ""
        return HealthReading(ok=True, detail=detail, values=values)

    async def start(self) -> None:
        """Begin to end whatever was left before: to be called before this process runs any command."""
        await self._look_safely(begun=False)

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

    async def _look_safely(self, *, begun: bool = True) -> None:
        try:
            await self._look(begun=begun)
        except LedgerError as error:
            self._outage.goes_on("whether a dead process left something under way is not known", error)
        except Exception:  # the loop's edge: what is unfinished is still in the ledger, and looked at again
            log.exception("the recovery broke off, and goes on")
        else:
            self._outage.ended("whether a dead process left something under way is known again")

    async def _look(self, *, begun: bool) -> None:
        """Look; `begun` is whether this process may have begun commands. The watches always may have begun to act."""
        intents = await self._desk.ledger.dangling(self._desk.clock.now())
        unfinished = {intent.seq for intent in intents}
        dead = [intent for intent in intents if not self._is_alive(intent) and not _serves(intent, unfinished)]
        for intent in dead:
            # Work of this process may have its intent on record and be about to say that it runs: look again.
            if intent.seq in self._suspected or not (begun or intent.origin.surface == "bot"):
                self._begin(intent, CutOff(self._desk, intent, self._may_act).end())
        self._suspected = frozenset(intent.seq for intent in dead)
        for plan in await self._late_plans.open(intents):
            self._begin(plan, self._late_plans.look(plan))

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


def _serves(intent: Entry, unfinished: set[int]) -> bool:
    """Tell whether it is the flatten of an unfinished drill, and ends with it."""
    return isinstance(intent.body, CommandStarted) and intent.actor == BOT and intent.body.args.get("of") in unfinished


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
