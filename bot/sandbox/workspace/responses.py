"""Response URLs: what the app answers, later, to a command or a click."""

import json
from functools import partial

from aiohttp import web

from bot.sandbox.workspace.call import Call
from bot.sandbox.workspace.chat import thread_of
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.faults import RESPONSE_URL
from bot.sandbox.workspace.grants import Response
from bot.sandbox.workspace.message_content import content_of, refuse_empty
from bot.sandbox.workspace.state import Json, SlackError

_DEAD = {"invalid_url", "expired_url", "used_url", "message_not_found"}


class Responses:
    """Serves `/response/<opaque>`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[web.RouteDef]:
        """The route of every response URL."""
        return [web.post("/response/{name}", self._handle)]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await _body(request)
        except SlackError as refused:
            return _refusal(refused)
        take = partial(self._answer, request.match_info["name"], body)
        return await self._desk.faults.answer(request, RESPONSE_URL, body, take)

    def _answer(self, name: str, body: Json) -> web.Response:
        try:
            self._respond(self._desk.response_urls.use(name), body)
        except SlackError as refused:
            return _refusal(refused)
        return web.Response(text="ok")

    def _respond(self, response: Response, body: Json) -> None:
        call = Call(self._desk, body)
        if call.flag("delete_original") and response.message_ts:
            self._delete(response, response.message_ts)
            return
        content = content_of(call)
        refuse_empty(content)
        if call.flag("replace_original") and response.message_ts:
            self._replace(response, response.message_ts, {"text": "", "blocks": None, **content})
            return
        content |= thread_of(call, response.channel)
        if body.get("response_type") == "in_channel":
            self._desk.log.post(response.channel, self._desk.directory.bot_id, content)
        else:
            self._desk.log.post_ephemeral(response.channel, response.user, content)

    def _replace(self, response: Response, ts: str, content: Json) -> None:
        if response.ephemeral:
            self._desk.log.replace_ephemeral(response.channel, response.user, ts, content)
        else:
            self._desk.log.update(response.channel, ts, content, editor=self._desk.directory.bot_id)

    def _delete(self, response: Response, ts: str) -> None:
        if response.ephemeral:
            self._desk.log.delete_ephemeral(response.channel, response.user, ts)
        else:
            self._desk.log.delete(response.channel, ts)


def _refusal(refused: SlackError) -> web.Response:
    status = 404 if refused.error in _DEAD else 400
    return web.json_response({"ok": False, "error": refused.error, **refused.more}, status=status)


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body
