"""How a call can go wrong, as it looks from outside: Slack refuses it, something on the way answers, or nobody does.

Where a kind has `taken`, the call may have its effect although the caller is not told so.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

_PAGE = "<h1>Please try again later.</h1>"
Take = Callable[[], web.Response]


class Kind(Protocol):
    """A way to go wrong."""

    async def answer(self, request: web.Request, take: Take, /) -> web.StreamResponse:
        """Answer a call; `take` lets it have its effect and returns the answer that Slack would give."""
        ...


@dataclass(frozen=True, slots=True)
class RateLimited:
    """HTTP 429 with `Retry-After`, in whole seconds. Slack never takes such a call."""

    retry_after: int = 1

    async def answer(self, _: web.Request, __: Take, /) -> web.StreamResponse:
        """Refuse it."""
        return rate_limited(self.retry_after)


@dataclass(frozen=True, slots=True)
class Refusal:
    """`{"ok": false, "error": …}`: Slack's own word. `internal_error` warns that the call may have been taken."""

    error: str = "internal_error"
    status: int = 200
    taken: bool = False

    async def answer(self, _: web.Request, take: Take, /) -> web.StreamResponse:
        """Refuse it, or say so."""
        if self.taken:
            take()
        return web.json_response({"ok": False, "error": self.error}, status=self.status)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of HTML, as a proxy or a load balancer answers for Slack: with any status (200 too), as any type."""

    status: int = 503
    taken: bool = False
    content_type: str = "text/html"

    async def answer(self, _: web.Request, take: Take, /) -> web.StreamResponse:
        """Answer in Slack's place."""
        if self.taken:
            take()
        return web.Response(status=self.status, text=_PAGE, content_type=self.content_type)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The connection is closed without a word."""

    taken: bool = False

    async def answer(self, request: web.Request, take: Take, /) -> web.StreamResponse:
        """Hang up."""
        if self.taken:
            take()
        _hang_up(request)
        return web.Response()


@dataclass(frozen=True, slots=True)
class CutShort:
    """The answer breaks off in its middle."""

    taken: bool = True

    async def answer(self, request: web.Request, take: Take, /) -> web.StreamResponse:
        """Say the first words of success, and hang up."""
        if self.taken:
            take()
        words = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "4096"})
        await words.prepare(request)
        await words.write(b'{"ok": true, "channel": "C')
        _hang_up(request)
        return words


@dataclass(frozen=True, slots=True)
class Slow:
    """The right answer, late: taken at once, or only after the wait and only for a caller who still listens.

    Attributes:
        seconds: of real time, also where the workspace has a clock of its own.
        taken: at once.
    """

    seconds: float
    taken: bool = True

    async def answer(self, request: web.Request, take: Take, /) -> web.StreamResponse:
        """Answer after the wait."""
        answer = take() if self.taken else None
        await asyncio.sleep(self.seconds)
        if answer is None and (request.transport is None or request.transport.is_closing()):
            return web.Response()
        return answer or take()


def rate_limited(retry_after: int) -> web.Response:
    """Slack's answer to a call too many."""
    headers = {"Retry-After": str(retry_after)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
