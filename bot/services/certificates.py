"""Certifies each clearance by itself: once it is granted, and anew once it is signed off; each once, and said once."""

import asyncio
import logging

from bot.certifying import due, issue
from bot.desk import Desk, TraderDesk
from bot.domain.people import BOT, INSIDE
from bot.errors import BurninError, NoSigningKey, Refused
from bot.services.outage import Outage

log = logging.getLogger(__name__)

_LOOK_EVERY = 5.0  # seconds; clearances are also granted and signed off by other processes, so this looks


class Certificates:
    """Watches the clearances of every trader."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._outage = Outage(log)
        self._refused: set[str] = set()  # what cannot be certified; the log has it, and it will not change

    async def run(self) -> None:
        """Look now and every few seconds until cancelled."""
        while True:
            try:
                await self.issue_due()
            except NoSigningKey as error:
                self._outage.goes_on("a clearance waits for its certificate", error)
            except BurninError as error:
                self._outage.goes_on("clearances cannot be certified", error)
            except Exception:  # the loop's edge: what is due now is due at the next look
                log.exception("the certifying of clearances broke off, and goes on")
            else:
                self._outage.ended("clearances can be certified again")
            await self._desk.clock.sleep(_LOOK_EVERY)

    async def issue_due(self) -> None:
        """Certify every clearance that stands without a certificate, or was signed off since its last one.

        Raises:
            NoSigningKey: there is no key to sign with.
            LedgerError: it cannot be recorded now.
        """
        looked = (self._issue_to(trader) for trader in self._desk.traders.values())
        for error in await asyncio.gather(*looked, return_exceptions=True):  # one trader's trouble holds up no other
            if error is not None:
                raise error

    async def _issue_to(self, trader: TraderDesk) -> None:
        key = await due(self._desk, trader)
        if not key or key in self._refused:
            return
        try:
            await issue(self._desk, trader, BOT, INSIDE)
        except Refused as error:
            self._refused.add(key)
            log.warning("the clearance of %s has no certificate: %s", trader.name, error)
