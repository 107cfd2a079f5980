"""Makes a trader flat that a dead process may have left with positions: again and again, until none is left."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat

from bot.desk import TraderDesk
from bot.errors import BurninError, LedgerError
from bot.ports import Clock

log = logging.getLogger(__name__)

REASON = "burnin_recovery"  # what the trader is told

_FLAT_WITHIN = 10.0  # seconds from an ask to no position
_LOOK_EVERY = 0.05  # seconds
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds between tries; the last one again and again
_TRY_FOR = timedelta(minutes=15)  # a trader that answers, and does not become flat
_WAIT_FOR = timedelta(hours=24)  # a trader that is away; its positions belong to another day then


@dataclass(frozen=True, slots=True)
class Flat:
    """What came of it, in words."""

    flat: bool
    words: str
    answered: bool = True


class Flattening:
    """Flattens one trader.

    Args:
        trader: the trader.
        clock: paces the tries.
        may_act: whether this bot may do anything at the moment; waits where it may not.
        tell: called once where the first try did not do, with why: a person should know at once.
    """

    def __init__(
        self,
        trader: TraderDesk,
        clock: Clock,
        *,
        may_act: Callable[[], bool],
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        self._trader = trader
        self._clock = clock
        self._may_act = may_act
        self._tell = tell
        self._trouble = ""

    async def run(self, asked_at: datetime) -> Flat:
        """Try until no position is left, or for as long as it is worth while; `asked_at` is when the work began."""
        began, told = self._clock.now(), False
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            found = await self._try()
            give_up = began + _TRY_FOR if found.answered else max(began + _TRY_FOR, asked_at + _WAIT_FOR)
            if found.flat or self._clock.now() >= give_up:
                break
            self._log(found.words)
            if not told:
                told = await self._told(found.words)
            await self._clock.sleep(pause)
        return found

    def _log(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.error("%s could not be flattened, and is tried again: %s", self._trader.name, trouble)
        self._trouble = trouble

    async def _told(self, words: str) -> bool:
        try:
            await self._tell(words)
        except LedgerError as error:  # the positions come first
            log.error("%s is not flat, and that could not be queued: %s", self._trader.name, error)
            return False
        return True

    async def _try(self) -> Flat:
        while not self._may_act():
            await self._clock.sleep(_LOOK_EVERY)
        try:
            return await self._flatten_and_look()
        except BurninError as error:
            return Flat(flat=False, words=str(error), answered=False)

    async def _flatten_and_look(self) -> Flat:
        name, port = self._trader.name, self._trader.trader
        mode = await port.paper_mode()
        if not mode.paper:
            return Flat(flat=False, words=f"{name} does not report paper mode: {mode.words}. Nothing was sent to it.")
        answer = await port.flatten(REASON)
        give_up = self._clock.monotonic() + _FLAT_WITHIN
        while (left := await port.positions()) and self._clock.monotonic() < give_up:
            await self._clock.sleep(_LOOK_EVERY)
        if not left:
            return Flat(flat=True, words="Its positions were flattened; none is left.")
        still = "1 position is" if left == 1 else f"{left} positions are"
        refused = f" /flatten answered {answer.status}." if answer.status >= 400 else ""  # noqa: PLR2004 - HTTP's own
        return Flat(flat=False, words=f"{still} still open after {_FLAT_WITHIN:.0f} s.{refused}")
