"""Puts on record since when a channel refuses messages, why, and when it took them again: one entry each an episode."""

import logging
from datetime import datetime

from bot.desk import Desk
from bot.domain.blocked import KINDS, blocked_channels
from bot.domain.entry import DeliveryBlocked, DeliveryResumed, Draft
from bot.domain.people import BOT, INSIDE
from bot.errors import DeliveryRefused, LedgerError

log = logging.getLogger(__name__)


class Blockages:
    """The channels that refuse messages until somebody mends something, as the ledger knows them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._since: dict[str, datetime] | None = None  # by channel

    async def refused(self, channel: str, error: DeliveryRefused) -> None:
        """Record that a channel refuses messages, where that is not on record yet."""
        try:
            since = await self._known()
            if channel not in since:
                since[channel] = await self._record(DeliveryBlocked(channel=channel, reason=str(error)))
        except LedgerError as broken:
            self._since = None  # it may be on record all the same: it is read anew
            log.warning("that %s refuses messages is not on record yet: %s", channel, broken)

    async def taken(self, channel: str) -> None:
        """Record that a channel takes messages again, where it did not."""
        try:
            since = await self._known()
            if channel in since:
                seconds = (self._desk.clock.now() - since[channel]).total_seconds()
                await self._record(DeliveryResumed(channel=channel, seconds=round(seconds, 3)))
                del since[channel]
                log.info("%s takes messages again, after %.0f s", channel, seconds)
        except LedgerError as broken:
            self._since = None
            log.warning("that %s takes messages again is not on record yet: %s", channel, broken)

    async def _known(self) -> dict[str, datetime]:
        if self._since is None:
            entries = await self._desk.ledger.entries(kinds=KINDS)
            self._since = {channel: why.since for channel, why in blocked_channels(entries).items()}
        return self._since

    async def _record(self, body: DeliveryBlocked | DeliveryResumed) -> datetime:
        draft = Draft(at=self._desk.clock.now(), body=body, actor=BOT, origin=INSIDE)
        await self._desk.ledger.append(draft)
        return draft.at
