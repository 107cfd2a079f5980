"""Where the bot is killed: at what can be seen of it from outside, or some time after something began."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from bot.domain.entry import CommandFinished, CommandStarted, Entry, MessageQueued, MessageSent

_KEY = re.compile(r'"key":\s*"([a-z_]+)')  # of a message's metadata; its first word says what the message is
_PERIODIC = ("GET /metrics", "GET /api/v1/rules", "GET /api/v1/query", "POST /api/v1/query")  # come all the time


@dataclass(frozen=True, slots=True, order=True)
class Boundary:
    """One thing seen: an entry on the ledger, a request that reached the trader, Slack or Prometheus, a script's word.

    `side` tells whether a request is about to be taken (`before`) or was taken and is not answered yet (`after`).
    """

    place: str
    what: str
    side: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.place, self.what, self.side)))

    @property
    def periodic(self) -> bool:
        """Whether it comes again and again, whatever goes on."""
        return self.what in _PERIODIC


@dataclass(frozen=True, slots=True)
class KillPoint:
    """The `nth` time that a boundary is seen in a phase; without a boundary, of any; or `after` so many seconds."""

    phase: str
    boundary: Boundary | None = None
    nth: int = 1
    after: float | None = None

    def __str__(self) -> str:
        if self.after is not None:
            return f"{self.phase}: after {self.after:.2f} s"
        what = str(self.boundary) if self.boundary else "whatever is seen"
        return f"{self.phase}: {what}" + (f" (no. {self.nth})" if self.nth > 1 else "")


class Trap:
    """Kills at an armed point.

    Args:
        kill: ends the bot at once.

    Attributes:
        sprung: set as the bot is killed; it may take a moment until it is gone.
        seen: every boundary since the trap was armed or reset.
    """

    def __init__(self, kill: Callable[[], Awaitable[None]]) -> None:
        self._kill = kill
        self._point: KillPoint | None = None
        self._left = 0
        self._timer: asyncio.Task[None] | None = None
        self.sprung = asyncio.Event()
        self.seen: list[Boundary] = []

    def arm(self, point: KillPoint) -> None:
        """Wait for a point from now on."""
        self.reset()
        self._point, self._left = point, point.nth
        if point.after is not None:
            self._timer = asyncio.create_task(self._kill_after(point.after))

    def reset(self) -> None:
        """Forget what was seen, and wait for nothing."""
        self._point = None
        self.seen.clear()
        self.sprung.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def note(self, seen: Boundary) -> bool:
        """Take note of a boundary; tell whether the bot was killed at it."""
        self.seen.append(seen)
        point = self._point
        if point is None or point.after is not None or not _is_at(point, seen):
            return False
        self._left -= 1
        if self._left:
            return False
        await self._spring()
        return True

    async def _spring(self) -> None:
        self._point = None
        self.sprung.set()
        await self._kill()

    async def _kill_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._spring()


def _is_at(point: KillPoint, seen: Boundary) -> bool:
    return not seen.periodic if point.boundary is None else point.boundary == seen


def of_entry(entry: Entry) -> Boundary:
    """Return the boundary that a new entry is, told by its kind and by what it is about."""
    body = entry.body
    match body:
        case CommandStarted() | CommandFinished():
            about = body.command
        case MessageQueued():
            about = body.announcement.key.split(":")[0]
        case MessageSent():
            about = body.message.split(":")[0]
        case _:
            about = ""
    return Boundary("ledger", f"{body.kind} {about}".strip())


def of_slack_call(path: str, body: str) -> str:
    """Return what an HTTP request to Slack is: its method, and for a message what it says."""
    name = path.removeprefix("/api/") if path.startswith("/api/") else path.split("/")[1]
    key = _KEY.search(unquote_plus(body).replace('\\"', '"'))
    return f"{name} {key[1]}" if key else name
