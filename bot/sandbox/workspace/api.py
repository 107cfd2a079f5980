"""Slack's Web API over HTTP: reads the call, checks token, scope and rate, answers in Slack's way."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox.workspace import chat, conversations, files, people_methods, views
from bot.sandbox.workspace.call import Call, Method, RateLimitedError
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.fault_kinds import rate_limited
from bot.sandbox.workspace.faults import UPLOAD
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

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            arguments = await _arguments(request)
        except SlackError as refused:
            return self._refusal(refused)
        token = _token(request, arguments)
        if request.content_type == "application/json" and name in self._methods and self._methods[name].form_only:
            arguments = {}
        take = partial(self._answer, name, arguments, token)
        return await self._desk.faults.answer(request, name, arguments, take)

    def _answer(self, name: str, arguments: dict[str, Any], token: str) -> web.Response:
        try:
            return self._said({"ok": True, **self._run(name, arguments, token)})
        except RateLimitedError as limited:
            return rate_limited(limited.retry_after)
        except SlackError as refused:
            return self._refusal(refused)

    def _refusal(self, refused: SlackError) -> web.Response:
        return self._said({"ok": False, "error": refused.error, **refused.more})

    def _said(self, answer: Json) -> web.Response:
        return web.json_response(answer, headers={"x-oauth-scopes": ",".join(sorted(self._desk.scopes))})

    def _run(self, name: str, arguments: dict[str, Any], token: str) -> Json:
        method = self._methods.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        self._authenticate(method, token)
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
        if kinds[token] == "bot" and self._desk.token_trouble:
            raise SlackError(self._desk.token_trouble)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        take = partial(self._receive, request.match_info["ticket"], await _bytes(request))
        return await self._desk.faults.answer(request, UPLOAD, {}, take)

    def _receive(self, ticket: str, content: bytes) -> web.Response:
        try:
            file = self._desk.files.receive(ticket, content)
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
