"""Work that goes on after the ack: kept track of, bounded in what runs and what waits, and drained at the end."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[object]]

_FLATTENS_WITHIN = 10.0  # seconds; a drill that is cut off flattens before it ends


class Lane(StrEnum):
    """How work queues: what reduces risk never does, and a word to somebody (a refusal) waits for no command."""

    URGENT = "urgent"
    QUICK = "quick"
    SLOW = "slow"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Room:
    """How many pieces of a lane run at once, and how many may wait for that."""

    runs: int
    waits: int


ROOMS = {
    Lane.URGENT: Room(runs=100, waits=0),
    Lane.QUICK: Room(runs=8, waits=50),
    Lane.SLOW: Room(runs=4, waits=20),
    Lane.WORD: Room(runs=8, waits=100),
}


class Declined(StrEnum):
    """Why a piece of work does not run."""

    FULL = "full"
    STOPPING = "stopping"


Decline = Callable[[Declined], Job]


@dataclass(slots=True)
class _Queue:
    room: Room
    running: int = 0
    waiting: deque[tuple[Job, Decline | None]] = field(default_factory=deque)


class Work:
    """A register of running work. `rooms` says how much there is place for, by lane."""

    def __init__(self, rooms: dict[Lane, Room] | None = None) -> None:
        self._queues = {lane: _Queue(room) for lane, room in (ROOMS | (rooms or {})).items()}
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False

    def start(self, job: Job, lane: Lane, decline: Decline | None = None) -> None:
        """Begin a piece of work as soon as its lane has room.

        Args:
            job: called when its turn has come.
            lane: how it queues.
            decline: returns the job that tells why it does not run, where it does not.
        """
        queue = self._queues[lane]
        if self._stopping:
            self._decline(Declined.STOPPING, lane, decline)
        elif queue.running < queue.room.runs:
            self._begin(job, queue)
        elif len(queue.waiting) < queue.room.waits:
            queue.waiting.append((job, decline))
        else:
            self._decline(Declined.FULL, lane, decline)

    async def drain(self, seconds: float) -> None:
        """Begin nothing more; let running work end, and cut off and say so what has not after so many seconds."""
        self._stopping = True
        for lane, queue in self._queues.items():
            # Words to somebody are few and short: they still go out.
            waiting = [] if lane is Lane.WORD else [queue.waiting.popleft() for _ in range(len(queue.waiting))]
            for _, decline in waiting:
                self._decline(Declined.STOPPING, lane, decline)
        end = asyncio.get_running_loop().time() + seconds
        while self._running and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._running, timeout=left)
        await self._cut_off()

    async def _cut_off(self) -> None:
        left = set(self._running)
        for queue in self._queues.values():
            queue.waiting.clear()
        for task in left:
            task.cancel()
        if left:
            log.warning("%d commands from Slack were cut off at the end; the next start deals with them", len(left))
            await asyncio.wait(left, timeout=_FLATTENS_WITHIN)

    def _decline(self, why: Declined, lane: Lane, decline: Decline | None) -> None:
        log.warning("something from Slack was not run (%s lane: %s)", lane, why)
        words = self._queues[Lane.WORD]
        if decline is None:
            return
        if words.running < words.room.runs:
            self._begin(decline(why), words)
        elif len(words.waiting) < words.room.waits:
            words.waiting.append((decline(why), None))

    def _begin(self, job: Job, queue: _Queue) -> None:
        queue.running += 1
        task = asyncio.create_task(self._run(job, queue))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, job: Job, queue: _Queue) -> None:
        try:
            await job()
        except Exception:  # the listener's edge: nobody awaits this task
            log.exception("work for Slack broke off")
        finally:
            queue.running -= 1
            if queue.waiting:
                self._begin(queue.waiting.popleft()[0], queue)
