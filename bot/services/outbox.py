"""Says what the ledger holds as unsaid: in order a channel, each once, for as long as it takes.

A message is queued in the transaction of what caused it; here it is posted and then marked as sent. What edits a
message that stands already, like the day's root message, waits for no post, and no post waits for it; nor does any wait
for a file, which follows the messages that were queued before it.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Sequence, Set

from bot.desk import Desk
from bot.domain.entry import MessageQueued
from bot.domain.notice import WITH_A_FILE, Announcement, Placement
from bot.errors import BurninError, DeliveryRefused
from bot.health import HealthReading
from bot.ports import Announcer, Head
from bot.services.blockages import Blockages
from bot.services.delivery import Delivery, Waiting
from bot.services.lane import Lane, LaneKind, Spread
from bot.services.outage import Outage
from bot.services.root_cards import RootCards

log = logging.getLogger(__name__)

_ENDS_WITHIN = 10.0  # seconds; no call to Slack takes longer
_LOOK_EVERY = 0.2  # seconds; other processes append too, so the outbox looks rather than listens

_LaneKey = tuple[str, LaneKind]  # a channel, and what of it


def _always() -> bool:
    return True


class Outbox:
    """Delivers announcements.

    Args:
        desk: where the queue is.
        announcer: where they are said.
        may_act: tells whether this bot may say anything now; another one may act in its place.
        spread: takes a pause at random, between nothing and the most.
    """

    def __init__(
        self,
        desk: Desk,
        announcer: Announcer,
        *,
        may_act: Callable[[], bool] = _always,
        spread: Spread = random.uniform,
    ) -> None:
        self._desk = desk
        self._may_act = may_act
        self._spread = spread
        self._cards = RootCards(desk, announcer)
        self._delivery = Delivery(desk, announcer, self._cards)
        self._blockages = Blockages(desk)
        self._lanes: dict[_LaneKey, Lane] = {}
        self._queues: dict[_LaneKey, list[Waiting]] = {}
        self._seen: int | None = None  # the ledger's last entry at the last look
        self._waiting: set[str] = set()  # keys of what is unsaid
        self._looking = asyncio.Lock()
        self._ended = False
        self._outage = Outage(log)
        self._under_way: dict[_LaneKey, asyncio.Task[None]] = {}

    def health(self) -> HealthReading:
        """Return how many messages wait, and why a channel does not take them at the moment."""
        troubles = [
            f"{lane}: {lane.trouble}" for key, lane in self._lanes.items() if lane.trouble and key in self._queues
        ]
        return HealthReading(ok=not troubles, detail="; ".join(troubles), values={"waiting": len(self._waiting)})

    async def run(self) -> None:
        """Deliver until cancelled. What is being said then is said to its end: nobody would know how far it came."""
        while True:
            try:
                await self._look()
            except BurninError as error:
                self._outage.goes_on("nothing is said, for the outbox cannot be read", error)
            except Exception:  # the loop's edge: what waits is still in the ledger, and is tried again
                log.exception("the outbox broke off, and goes on")
            else:
                self._outage.ended("the outbox can be read again")
            await self._desk.clock.sleep(_LOOK_EVERY)

    async def deliver_due(self) -> None:
        """Deliver what is unsaid and may be tried now, bring the root messages up to date, and wait for it all."""
        await self._pause()
        for _ in range(2):  # files come behind the messages
            await self._look()
            await self._pause()

    async def end(self) -> None:
        """Say no more. What is being said may still end; what has not soon waits for something else, and is cut off."""
        self._ended = True
        if left := set(self._under_way.values()):
            _, left = await asyncio.wait(left, timeout=_ENDS_WITHIN)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _pause(self) -> None:
        """Wait until nothing is under way; being cut off here cuts off nothing else."""
        if self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _look(self) -> None:
        """Begin to deliver what is unsaid, channel by channel: one that is slow or in trouble holds up no other."""
        async with self._looking:
            busy = set(self._under_way)  # before the ledger is read: what they say now may still be read as unsaid
            await self._read()
            if not self._goes_on():
                return
            stale = {(channel, LaneKind.EDITS) for channel in self._cards.channels()}
            for key in (self._queues.keys() | stale) - busy:
                lane = self._lanes.setdefault(key, Lane(key[0], self._desk.clock, self._spread, kind=key[1]))
                if lane.is_due() and self._may_follow(lane, busy):
                    self._begin(key, lane)

    def _may_follow(self, lane: Lane, busy: Set[_LaneKey]) -> bool:
        """Tell whether a lane may be served: a file comes behind the messages that were queued before it."""
        posts = (lane.channel, LaneKind.POSTS)
        if lane.kind is not LaneKind.FILES or posts not in self._queues:
            return True
        first, ahead = self._queues[lane.channel, lane.kind][0], self._queues[posts][0]
        return posts not in busy and first.since < ahead.since

    def _goes_on(self) -> bool:
        return self._may_act() and not self._ended

    def _begin(self, key: _LaneKey, lane: Lane) -> None:
        work = self._serve(lane, self._queues.get(key, ()))
        task = self._under_way[key] = asyncio.create_task(work, name=f"the outbox: {lane}")
        task.add_done_callback(lambda _: self._under_way.pop(key))

    async def _read(self) -> None:
        """Read what is unsaid, and note which days have new entries, where the ledger has grown."""
        head = await self._desk.ledger.head()
        if head.seq == self._seen:
            return
        if self._seen is None:
            self._cards.begin()
        else:
            self._cards.note(await self._desk.ledger.entries(after=self._seen))
        await self._read_queues()
        self._seen = head.seq

    async def _read_queues(self) -> None:
        """Sort what is unsaid by channel. What is about a trader no longer configured has none, and waits.

        So does what edits a message that is unsaid itself: it would find nothing to edit, and be left out.
        """
        queues: defaultdict[_LaneKey, list[Waiting]] = defaultdict(list)
        unsaid: set[str] = set()  # oldest first, so a message comes before what edits it
        for entry in await self._desk.ledger.unsent():
            if isinstance(entry.body, MessageQueued) and entry.body.announcement.trader in self._desk.traders:
                announcement = entry.body.announcement
                channel = self._desk.traders[announcement.trader].channel
                unsaid.add(announcement.key)
                if announcement.placement is not Placement.EDIT or announcement.edits not in unsaid:
                    queues[channel, _kind_of(announcement)].append(
                        Waiting(announcement, entry.at, Head(entry.seq, entry.hash))
                    )
        self._queues = dict(queues)
        self._waiting = {waiting.announcement.key for queue in queues.values() for waiting in queue}

    async def _serve(self, lane: Lane, queue: Sequence[Waiting]) -> None:
        """Say a lane's messages in order, as far as they are taken."""
        try:
            for waiting in queue:
                if not self._goes_on():
                    return
                await self._delivery.deliver(waiting)
                self._waiting.discard(waiting.announcement.key)
                lane.served()
                if lane.kind is LaneKind.POSTS:
                    await self._blockages.taken(lane.channel)
            if lane.kind is LaneKind.EDITS:
                await self._cards.refresh(lane.channel)
                lane.served()
        except BurninError as error:
            await self._failed(lane, error)
        except Exception as error:  # the loop's edge: whatever it was, this lane waits and the others go on
            log.exception("%s could not be served", lane)
            said = f"a mistake in the bot is in the way ({type(error).__name__}); report it with the log"
            await self._failed(lane, BurninError(said))

    async def _failed(self, lane: Lane, error: Exception) -> None:
        known = lane.trouble == str(error)
        pause = lane.failed(error)
        if not isinstance(error, DeliveryRefused):
            log.warning("%s wait: %s; next try in %.1f s", lane, str(error).rstrip("."), pause)
            return
        if not known:
            log.error("%s wait until this is mended: %s", lane, error)
        if lane.kind is LaneKind.POSTS:
            await self._blockages.refused(lane.channel, error)


def _kind_of(announcement: Announcement) -> LaneKind:
    if announcement.placement is Placement.EDIT:
        return LaneKind.EDITS
    return LaneKind.FILES if isinstance(announcement.notice, WITH_A_FILE) else LaneKind.POSTS
