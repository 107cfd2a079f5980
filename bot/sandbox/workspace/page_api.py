"""The page: its static files, what it shows, and what its reader does."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.feed import Change
from bot.sandbox.workspace.interactions import Interactions, Outcome
from bot.sandbox.workspace.page_state import PageState
from bot.sandbox.workspace.state import Json, SlackError

OnFault = Callable[[str, bool], Awaitable[None]]
PAGE = Path(__file__).parent / "page"
SHOWN_INLINE = {"image/png", "image/jpeg", "image/gif"}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class PageApi:
    """Serves `/`, `/page/…` and `/files/…`."""

    def __init__(self, desk: Desk, state: PageState, interactions: Interactions, on_fault: OnFault | None) -> None:
        self._desk = desk
        self._state = state
        self._interactions = interactions
        self._on_fault = on_fault

    def routes(self) -> list[web.RouteDef]:
        """The routes of the page; the static files come last."""
        return [
            web.get("/", self._index),
            web.get("/archives/{channel}/{message}", self._index),
            web.get("/page/state", self._snapshot),
            web.get("/page/events", self._events),
            web.post("/page/command", self._act(self._command)),
            web.post("/page/click", self._act(self._click)),
            web.post("/page/view/submit", self._act(self._submit)),
            web.post("/page/view/close", self._act(self._close)),
            web.post("/page/home", self._act(self._home)),
            web.post("/page/fault", self._act(self._fault)),
            web.get("/page/{file}", self._static),
            web.get("/files/{id}/{name}", self._file),
        ]

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return _page_file("index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return _page_file(request.match_info["file"])

    async def _file(self, request: web.Request) -> web.StreamResponse:
        try:
            file = self._desk.files.get(request.match_info["id"])
        except SlackError:
            raise web.HTTPNotFound from None
        inline = file.mimetype in SHOWN_INLINE
        headers = HEADERS | {"Content-Disposition": "inline" if inline else "attachment"}
        kind = file.mimetype if inline else "application/octet-stream"
        return web.Response(body=file.content, content_type=kind, headers=headers)

    async def _snapshot(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(self._state.snapshot(request.query.get("user", "")), headers=HEADERS)
        except SlackError as refused:
            return web.json_response({"ok": False, "error": refused.error}, status=404)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        user = request.query.get("user", "")
        if user not in self._desk.directory.people:
            return web.json_response({"ok": False, "error": "user_not_found"}, status=404)
        socket = web.WebSocketResponse(heartbeat=20)
        with self._desk.feed.listening() as changes:
            await socket.prepare(request)
            sending = asyncio.create_task(self._send(socket, user, changes))
            try:
                async for _ in socket:
                    pass
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        return socket

    async def _send(self, socket: web.WebSocketResponse, user: str, changes: AsyncIterator[Change]) -> None:
        async for change in changes:
            if self._state.concerns(user, change):
                await socket.send_json(change.frame)
        await socket.close()

    def _act(self, act: Callable[[Json], Awaitable[Outcome]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                return web.json_response(_answer(await act(await _body(request))))
            except SlackError as refused:
                return web.json_response({"ok": False, "error": refused.error}, status=400)
            except KeyError as missing:
                return web.json_response({"ok": False, "error": f"missing {missing}"}, status=400)

        return handle

    async def _command(self, body: Json) -> Outcome:
        user, channel, text = str(body["user"]), str(body["channel"]), str(body["text"]).strip()
        thread_ts = body.get("thread_ts")
        if text.startswith("/"):
            await self._interactions.type_command(user, channel, text, in_thread=bool(thread_ts))
            return Outcome(ok=True)  # whatever went wrong, the person has been told in the channel
        return self._interactions.say(user, channel, text, thread_ts)

    async def _click(self, body: Json) -> Outcome:
        given = body.get("selected_option", body.get("selected_options", body.get("value")))
        user, action_id = body["user"], str(body["action_id"])
        block_id, confirmed = body.get("block_id"), body.get("confirmed") is True
        if body.get("view_id"):
            return await self._interactions.click_in_view(
                user, body["view_id"], action_id, given, block_id=block_id, confirmed=confirmed
            )
        return await self._interactions.click(
            user,
            body["channel"],
            body["message_ts"],
            action_id,
            given,
            block_id=block_id,
            confirmed=confirmed,
        )

    async def _submit(self, body: Json) -> Outcome:
        return await self._interactions.submit_view(body["user"], body["view_id"], body.get("values") or {})

    async def _close(self, body: Json) -> Outcome:
        return await self._interactions.close_view(body["user"], body["view_id"])

    async def _home(self, body: Json) -> Outcome:
        return await self._interactions.open_home(body["user"])

    async def _fault(self, body: Json) -> Outcome:
        if self._on_fault is None:
            raise SlackError("no_faults_here")
        await self._on_fault(str(body["name"]), body["active"] is True)
        return Outcome(ok=True)


def _answer(outcome: Outcome) -> Json:
    answer: Json = {"ok": outcome.ok}
    if outcome.error:
        answer["error"] = outcome.error
    if outcome.errors:
        answer["errors"] = dict(outcome.errors)
    return answer


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


def _page_file(name: str) -> web.StreamResponse:
    path = PAGE / name
    if path.parent != PAGE or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=HEADERS)
