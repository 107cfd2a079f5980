"""Lets requests to void a day go that nobody answered in time, and says so once, also where a restart lies between."""

import logging

from bot.daybook import void_requests_of
from bot.desk import Desk, TraderDesk
from bot.domain.entry import Draft
from bot.domain.people import INSIDE, SCHEDULER
from bot.domain.standing import VoidRefused, void_key
from bot.domain.void import VoidAnswer, VoidRequest
from bot.errors import BurninError, DuplicateKey
from bot.services.outage import Outage
from bot.voiding import decided

log = logging.getLogger(__name__)

_LOOK_EVERY = 5.0  # seconds; requests are also made by other processes, so this looks rather than listens


class VoidExpiry:
    """Watches the requests of every trader."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._outage = Outage(log)

    async def run(self) -> None:
        """Look every few seconds until cancelled."""
        while True:
            try:
                await self.expire_due()
            except BurninError as error:
                self._outage.goes_on("requests to void a day cannot be looked at", error)
            except Exception:  # the loop's edge: what is due now is due at the next look
                log.exception("the expiry of requests to void a day broke off, and goes on")
            else:
                self._outage.ended("requests to void a day can be looked at again")
            await self._desk.clock.sleep(_LOOK_EVERY)

    async def expire_due(self) -> None:
        """Let every request go whose time has passed without an answer.

        Raises:
            LedgerError: it cannot be recorded now.
        """
        now = self._desk.clock.now()
        for trader in self._desk.traders.values():
            for request in await void_requests_of(self._desk, trader):
                if request.answer is None and not request.is_open(now):
                    await self._expire(trader, request)

    async def _expire(self, trader: TraderDesk, request: VoidRequest) -> None:
        answer = VoidAnswer(decision="expired", by=SCHEDULER, at=self._desk.clock.now())
        refused = Draft(
            at=answer.at,
            body=VoidRefused(request=request.number, why="expired"),
            actor=SCHEDULER,
            origin=INSIDE,
            trader=trader.name,
            day=request.day,
            key=void_key(request.number),
        )
        told = decided(trader.name, request.model_copy(update={"answer": answer}))
        try:
            await self._desk.ledger.append(refused, *told)
        except DuplicateKey:
            log.debug("request %s was answered in the same moment", request.number)
