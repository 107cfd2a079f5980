"""Slack's Web API over HTTP: reads the call, checks token, scope and rate, answers in Slack's way."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.workspace import chat, conversations, files, people_methods, views
from bot.sandbox.workspace.call import Call, Method, RateLimitedError
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.state import Json, SlackError


class WebApi:
    """Routes `/api/<method>` and `/upload/<ticket>`; `more` adds methods that need other parts."""

    def __init__(self, desk: Desk, more: Mapping[str, Method]) -> None:
        self._desk = desk
        self._methods: dict[str, Method] = {
            **chat.METHODS,
            **conversations.METHODS,
            **files.METHODS,
            **people_methods.METHODS,
            **views.METHODS,
            **more,
        }

    def routes(self) -> list[web.RouteDef]:
        """The routes of the Web API."""
        return [
            web.get("/api/{method}", self._handle),
            web.post("/api/{method}", self._handle),
            web.post("/upload/{ticket}", self._upload),
        ]

    async def _handle(self, request: web.Request) -> web.Response:
        try:
            arguments = await _arguments(request)
            answer: Json = {"ok": True, **self._run(request, arguments)}
        except RateLimitedError as limited:
            headers = {"Retry-After": str(limited.retry_after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        except SlackError as refused:
            answer = {"ok": False, "error": refused.error, **refused.more}
        return web.json_response(answer, headers={"x-oauth-scopes": ",".join(sorted(self._desk.scopes))})

    def _run(self, request: web.Request, arguments: dict[str, Any]) -> Json:
        name = request.match_info["method"]
        method = self._methods.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        self._authenticate(method, _token(request, arguments))
        if (wait := self._desk.limiter.call(name, method.tier)) is not None:
            raise RateLimitedError(wait)
        call = Call(self._desk, arguments)
        if method.scopes:
            call.require(*method.scopes)
        return method.run(call)

    def _authenticate(self, method: Method, token: str) -> None:
        credentials = self._desk.credentials
        kinds = {credentials.bot_token: "bot", credentials.app_token: "app"}
        if method.takes == "none":
            return
        if not token:
            raise SlackError("not_authed")
        if token not in kinds:
            raise SlackError("invalid_auth")
        if kinds[token] != method.takes:
            raise SlackError("not_allowed_token_type")

    async def _upload(self, request: web.Request) -> web.Response:
        try:
            file = self._desk.files.receive(request.match_info["ticket"], await _bytes(request))
        except SlackError as refused:
            return web.Response(status=400, text=refused.error)
        return web.Response(text=f"OK - {file.length}")


def _token(request: web.Request, arguments: dict[str, Any]) -> str:
    in_arguments = str(arguments.pop("token", "") or "")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else in_arguments


async def _arguments(request: web.Request) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(request.query)
    if request.method != "POST":
        return arguments
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return arguments | body
    return arguments | dict(await request.post())


async def _bytes(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""
