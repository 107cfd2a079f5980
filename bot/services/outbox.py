"""Says what the ledger holds as unsaid: in order a channel, each once, for as long as it takes.

A message is queued in the transaction of what caused it; here it is posted and then marked as sent. The day's root
message is edited as the day goes on, when its words change.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import date

from bot.daybook import card_of, root_key, root_of, say, sent_key
from bot.desk import Desk, TraderDesk
from bot.domain.entry import Draft, MessageQueued, MessageSent
from bot.domain.notice import Announcement, DayCard, Placement
from bot.domain.people import BOT, INSIDE
from bot.errors import BurninError, DeliveryRefused, DuplicateKey
from bot.health import HealthReading
from bot.ports import Announcer, Head, Posted

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.2  # seconds; other processes append too, so the outbox looks rather than listens
_EDITS = "edits of root messages"
_EDIT_EVERY = 2.0  # seconds between edits of one root message
_BACK_OFF = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds after each failure in a row
_REFUSED_BACK_OFF = 30.0  # seconds; somebody has to mend something first


@dataclass(slots=True)
class _Lane:
    """One channel's queue: how often it failed in a row, and when it may be tried again."""

    failures: int = 0
    not_before: float = 0.0
    trouble: str = ""


class Outbox:
    """Delivers announcements.

    Args:
        desk: where the queue is.
        announcer: where they are said.
    """

    def __init__(self, desk: Desk, announcer: Announcer) -> None:
        self._desk = desk
        self._announcer = announcer
        self._lanes: dict[str, _Lane] = {}
        self._seen = 0
        self._stale: set[tuple[str, date]] = set()
        self._shown: dict[tuple[str, date], DayCard] = {}
        self._edited: dict[tuple[str, date], float] = {}
        self._unnoted: dict[str, Posted] = {}  # said, but the ledger could not take it yet
        self._waiting: set[str] = set()  # keys of what was unsaid at the last look
        self._looking = asyncio.Lock()
        self._under_way: dict[str, asyncio.Task[None]] = {}  # by channel, and the edits

    def health(self) -> HealthReading:
        """Return how many messages wait, and why a channel does not take them at the moment."""
        troubles = [f"{channel}: {lane.trouble}" for channel, lane in self._lanes.items() if lane.trouble]
        return HealthReading(ok=not troubles, detail="; ".join(troubles), values={"waiting": len(self._waiting)})

    async def run(self) -> None:
        """Deliver until cancelled. What is being said then is said to its end: nobody would know how far it came."""
        while True:
            try:
                await self._look()
            except BurninError as error:
                log.warning("the outbox could not be read: %s", error)
            except Exception:  # the loop's edge: what waits is still in the ledger, and is tried again
                log.exception("the outbox broke off, and goes on")
            await self._desk.clock.sleep(_LOOK_EVERY)

    async def deliver_due(self) -> None:
        """Deliver what is unsaid and may be tried now, bring the root messages up to date, and wait for it all."""
        await self._pause()
        await self._look()
        await self._pause()

    async def _pause(self) -> None:
        """Wait until nothing is under way; being cut off here cuts off nothing else."""
        if self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _look(self) -> None:
        """Begin to deliver what is unsaid, channel by channel: one that is slow holds up no other, nor do the edits."""
        async with self._looking:
            head = await self._desk.ledger.head()
            if head.seq == self._seen and not self._waiting and not self._stale:
                return
            await self._note_touched_days(head)
            busy = set(
                self._under_way
            )  # before the ledger is read: what they have just said may still be read as unsaid
            for channel, queue in (await self._unsent()).items():
                if channel not in busy:
                    self._begin(channel, self._deliver_lane(channel, queue))
            if self._stale and _EDITS not in busy:
                self._begin(_EDITS, self._refresh_cards())

    def _begin(self, name: str, work: Coroutine[None, None, None]) -> None:
        task = self._under_way[name] = asyncio.create_task(work, name=f"the outbox: {name}")
        task.add_done_callback(lambda _: self._under_way.pop(name))

    async def _note_touched_days(self, head: Head) -> None:
        """Remember which days have new entries: their root messages may read differently now."""
        entries = await self._desk.ledger.entries(after=self._seen) if self._seen else ()
        self._seen = entries[-1].seq if entries else head.seq
        self._stale |= {(e.trader, e.day) for e in entries if e.trader is not None and e.day is not None}

    async def _unsent(self) -> dict[str, list[Announcement]]:
        """Return what is unsaid, by channel. What is about a trader no longer configured has none, and waits."""
        lanes: dict[str, list[Announcement]] = {}
        for entry in await self._desk.ledger.unsent():
            if isinstance(entry.body, MessageQueued) and entry.body.announcement.trader in self._desk.traders:
                channel = self._desk.traders[entry.body.announcement.trader].channel
                lanes.setdefault(channel, []).append(entry.body.announcement)
        self._waiting = {announcement.key for queue in lanes.values() for announcement in queue}
        return lanes

    async def _deliver_lane(self, channel: str, queue: Sequence[Announcement]) -> None:
        lane = self._lanes.setdefault(channel, _Lane())
        if self._desk.clock.monotonic() < lane.not_before:
            return
        for announcement in queue:
            try:
                await self._deliver(announcement)
            except BurninError as error:
                self._failed(lane, channel, error)
                return
            except Exception as error:  # the loop's edge: whatever it was, this channel waits and the others go on
                log.exception("%s could not be said", announcement.key)
                self._failed(lane, channel, error)
                return
            self._waiting.discard(announcement.key)
            lane.failures, lane.trouble = 0, ""

    def _failed(self, lane: _Lane, channel: str, error: Exception) -> None:
        refused = isinstance(error, DeliveryRefused)
        pause = _REFUSED_BACK_OFF if refused else _BACK_OFF[min(lane.failures, len(_BACK_OFF) - 1)]
        lane.failures += 1
        lane.trouble = str(error)
        lane.not_before = self._desk.clock.monotonic() + pause
        log.warning("messages for %s wait: %s; next try in %.0f s", channel or "the terminal", error, pause)

    async def _deliver(self, announcement: Announcement) -> None:
        if announcement.placement is Placement.ROOT and announcement.day is not None:
            await self._root(announcement.trader, announcement.day)
            return
        threaded = announcement.placement in (Placement.THREAD, Placement.BROADCAST)
        root = await self._root(announcement.trader, announcement.day) if threaded and announcement.day else None
        await self._say(announcement, root)

    async def _say(self, announcement: Announcement, root: Posted | None) -> Posted:
        """Post and note it; what was posted when the ledger was away is only noted at the next try."""
        posted = self._unnoted.get(announcement.key) or await self._announcer.post(announcement, root)
        self._unnoted[announcement.key] = posted
        await self._mark_sent(announcement, posted)
        del self._unnoted[announcement.key]
        return posted

    async def _root(self, trader: str, day: date) -> Posted | None:
        """Return where the day's root message stands; it is queued and posted first where it does not stand yet."""
        if (stands := await root_of(self._desk, trader, day)) is not None:
            return stands
        card = await self._card(trader, day)
        if card is None:
            return None
        try:
            await self._desk.ledger.append(
                say(
                    card,
                    key=root_key(trader, day),
                    trader=trader,
                    at=self._desk.clock.now(),
                    day=day,
                    placement=Placement.ROOT,
                )
            )
        except DuplicateKey as error:
            log.debug("the root message was queued before: %s", error.key)
        posted = await self._say(_root_announcement(trader, day, card), None)
        self._shown[trader, day], self._edited[trader, day] = card, self._desk.clock.monotonic()
        return posted

    async def _card(self, trader: str, day: date) -> DayCard | None:
        desk: TraderDesk | None = self._desk.traders.get(trader)
        session = desk.calendar.on(day) if desk else None
        return await card_of(self._desk, desk, session) if desk and session else None

    async def _mark_sent(self, announcement: Announcement, posted: Posted) -> None:
        body = MessageSent(message=announcement.key, channel=posted.channel, ref=posted.ref)
        sent = Draft(
            at=self._desk.clock.now(),
            body=body,
            actor=BOT,
            origin=INSIDE,
            trader=announcement.trader,
            day=announcement.day,
            key=sent_key(announcement.key),
        )
        try:
            await self._desk.ledger.append(sent)
        except DuplicateKey:
            log.warning("%s was said by another process as well", announcement.key)

    async def _refresh_cards(self) -> None:
        """Edit the root messages whose words have changed; best effort, and not more often than people can read."""
        for trader, day in sorted(self._stale):
            now = self._desk.clock.monotonic()
            if now - self._edited.get((trader, day), float("-inf")) < _EDIT_EVERY:
                continue
            self._stale.discard((trader, day))
            try:
                await self._refresh_card(trader, day)
            except BurninError as error:
                log.info("the root message of %s %s could not be edited: %s", trader, day, error)
                self._edited[trader, day] = now
                if not error.permanent:
                    self._stale.add((trader, day))
            except Exception:  # the loop's edge: the root message reads as before, and the others are edited
                log.exception("the root message of %s %s could not be shown anew", trader, day)

    async def _refresh_card(self, trader: str, day: date) -> None:
        stands = await root_of(self._desk, trader, day)
        card = await self._card(trader, day) if stands else None
        if stands is None or card is None or card == self._shown.get((trader, day)):
            return
        await self._announcer.update(_root_announcement(trader, day, card), stands)
        self._shown[trader, day], self._edited[trader, day] = card, self._desk.clock.monotonic()


def _root_announcement(trader: str, day: date, card: DayCard) -> Announcement:
    return Announcement(key=root_key(trader, day), trader=trader, day=day, placement=Placement.ROOT, notice=card)
