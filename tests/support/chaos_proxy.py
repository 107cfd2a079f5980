"""A way through which every request to a part of the sandbox goes, so that a test sees it, and may hold it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

HOST = "127.0.0.1"
_SCRIPT = "/script/"  # what a script of the desk says of itself
_PLAN = "/plan"
_SECONDS = 30.0

# Told of each request as "GET /metrics", "before" it is passed on and "after" it was answered, and of what scripts say
# as "script report start"; what it returns says whether whoever asked is gone by now.
Seen = Callable[[str, str], Awaitable[bool]]


class Proxy:
    """Passes requests on to `target` between `__aenter__` and `__aexit__`.

    Attributes:
        url: where to ask instead of the target.
        hangs: paths whose requests are taken and not answered as long as they stand here; `*` is every path. What was
            given up meanwhile never happens, but for a plan: its script outlives the bot.
    """

    def __init__(self, target: str, seen: Seen) -> None:
        self._target = target
        self._seen = seen
        self._stack = AsyncExitStack()
        self._released = asyncio.Event()
        self.url = ""
        self.hangs: set[str] = set()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        self._client = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        await web.TCPSite(runner, HOST, 0).start()
        self.url = f"http://{HOST}:{runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        await self._stack.aclose()

    def release(self) -> None:
        """Pass on what hangs, and let nothing hang any more."""
        self.hangs.clear()
        self._released.set()
        self._released = asyncio.Event()

    async def _take(self, request: web.Request) -> web.Response:
        if request.path.startswith(_SCRIPT):
            await self._seen(request.path.strip("/").replace("/", " "), "")
            return web.Response()
        body = await request.read()
        what = f"{request.method} {request.path}"
        gone = await self._seen(what, "before")
        if (await self._held_too_long(request) or gone) and request.path != _PLAN:
            return web.Response(status=503)
        try:
            answer = await self._pass_on(request, body)
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=502, text="the part behind the proxy did not answer")
        await self._seen(what, "after")
        return answer

    async def _held_too_long(self, request: web.Request) -> bool:
        """Hold a request for as long as its path hangs; tell whether whoever asked has given it up meanwhile."""
        if self.hangs.isdisjoint({request.path, "*"}):
            return False
        await self._released.wait()
        return request.transport is None

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        headers = {name: value for name in ("Accept", "Content-Type") if (value := request.headers.get(name))}
        async with self._client.request(
            request.method, f"{self._target}{request.path_qs}", data=body, headers=headers
        ) as answer:
            kind = {"Content-Type": answer.headers["Content-Type"]} if "Content-Type" in answer.headers else {}
            return web.Response(status=answer.status, body=await answer.read(), headers=kind)
