"""Says one announcement where it belongs, below the day's root message or in the place of another, and notes that."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.daybook import message_key, root_key, root_of, said, say, sent_key
from bot.desk import Desk
from bot.domain.entry import MessageSent
from bot.domain.notice import Announcement, DayCard, Placement
from bot.errors import BurninError, DuplicateKey, MessageGone
from bot.ports import Announcer, Head, Posted
from bot.services.root_cards import RootCards, root_announcement

log = logging.getLogger(__name__)

_LATE = timedelta(minutes=2)  # what is said later says by how much


@dataclass(frozen=True, slots=True)
class Waiting:
    """An announcement that is not said yet, since when it should be, and the entry that queued it."""

    announcement: Announcement
    since: datetime
    head: Head


class Delivery:
    """Says announcements, one at a time a channel.

    Args:
        desk: where is noted what was said.
        announcer: where it is said.
        cards: the root messages, which come before what stands below them.
    """

    def __init__(self, desk: Desk, announcer: Announcer, cards: RootCards) -> None:
        self._desk = desk
        self._announcer = announcer
        self._cards = cards
        self._unnoted: dict[str, Posted] = {}  # said, but the ledger could not take it yet

    async def deliver(self, waiting: Waiting) -> None:
        """Say it and note it.

        Raises:
            BurninError: it was not said, or it is not noted; it is to be tried again.
        """
        announcement = waiting.announcement
        if announcement.placement is Placement.EDIT:
            await self._edit(announcement, waiting.head)
        elif announcement.placement is Placement.ROOT and announcement.day is not None:
            if await self._root(announcement.trader, announcement.day) is None:
                await self._say(announcement, None, waiting.head)  # as queued, for there is no card to say anew
        else:
            threaded = announcement.placement in (Placement.THREAD, Placement.BROADCAST)
            root = await self._root(announcement.trader, announcement.day) if threaded and announcement.day else None
            late = self._desk.clock.now() - waiting.since
            await self._say(announcement, root, waiting.head, late if late > _LATE else None)

    async def _say(
        self, announcement: Announcement, root: Posted | None, head: Head, late: timedelta | None = None
    ) -> Posted:
        """Post and note it; what was posted when the ledger was away is only noted at the next try."""
        posted = self._unnoted.get(announcement.key)
        if posted is None:
            posted = await self._announcer.post(announcement, root, late, head)
        self._unnoted[announcement.key] = posted
        await self._note(announcement, posted)
        del self._unnoted[announcement.key]
        return posted

    async def _edit(self, announcement: Announcement, head: Head) -> None:
        """Put it in the place of the message that it edits; where there is none, nothing is left to be said."""
        posted = await self._place_of(announcement)
        if posted is not None:
            try:
                await self._announcer.update(announcement, posted, head)
            except MessageGone as error:
                log.info("%s is left out: %s", announcement.key, error)
        channel = self._desk.traders[announcement.trader].channel
        await self._note(announcement, posted or Posted(channel=channel, ref=""))

    async def _place_of(self, announcement: Announcement) -> Posted | None:
        noted = await self._desk.ledger.by_key(sent_key(announcement.edits))
        if noted is not None and isinstance(noted.body, MessageSent):
            return Posted(noted.body.channel, noted.body.ref)
        day = announcement.day
        root = await root_of(self._desk, announcement.trader, day) if day is not None else None
        return await self._announcer.find(announcement, root)

    async def _root(self, trader: str, day: date) -> Posted | None:
        """Return where the day's root message stands; it is queued and posted first where it does not stand yet."""
        if (stands := await root_of(self._desk, trader, day)) is not None:
            return stands
        card = await self._card(trader, day)
        if card is None:
            return None
        head = await self._queued_root(trader, day, card)
        posted = await self._say(root_announcement(trader, day, card), None, head)
        self._cards.stands(trader, day, card)
        return posted

    async def _queued_root(self, trader: str, day: date, card: DayCard) -> Head:
        """Return the entry that queues the day's root message, appended now where there is none."""
        key, at = root_key(trader, day), self._desk.clock.now()
        queued = await self._desk.ledger.by_key(message_key(key))
        if queued is None:
            draft = say(card, key=key, trader=trader, at=at, day=day, placement=Placement.ROOT)
            try:
                (queued,) = await self._desk.ledger.append(draft)
            except DuplicateKey as error:
                log.debug("the root message was queued meanwhile: %s", error.key)
                return await self._queued_root(trader, day, card)
        return Head(queued.seq, queued.hash)

    async def _card(self, trader: str, day: date) -> DayCard | None:
        try:
            return await self._cards.card(trader, day)
        except BurninError:
            raise
        except Exception:  # an edge: what belongs below a card that breaks off is said without it
            log.exception("the root message of %s %s could not be made: report this", trader, day)
            return None

    async def _note(self, announcement: Announcement, posted: Posted) -> None:
        try:
            await self._desk.ledger.append(said(announcement, posted, self._desk.clock.now()))
        except DuplicateKey:
            log.warning("%s was said by another process as well", announcement.key)
