"""The way to Slack: Socket Mode or HTTP, opened without holding up the watch and closed within a time limit."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from bot.errors import ConfigurationError
from bot.ports import Clock
from bot.slack.link import SlackLink
from bot.slack.receipts import tell_it_runs
from bot.slack.socket_mode import SocketLink
from bot.slack.work import Lane, Work

log = logging.getLogger(__name__)

PATH = "/slack/events"
CLOSE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How the bot is connected. `app_token` is for Socket Mode, host and port for HTTP mode (0 takes a free port)."""

    mode: Literal["socket", "http"]
    app_token: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    port: int = 3000
    drain_seconds: float = 20.0


@asynccontextmanager
async def slack_connection(
    app: AsyncApp, settings: ConnectionSettings, work: Work, clock: Clock
) -> AsyncIterator[SlackLink]:
    """Connect an app to Slack while the block runs.

    In Socket Mode it never fails because Slack is down: it keeps trying beside whatever else runs. At the end it first
    stops listening, then lets running work end.

    Raises:
        ConfigurationError: HTTP mode, and nothing can listen there.
    """
    over_socket = settings.mode == "socket"
    link = SlackLink(clock, steady=over_socket)
    listening = _over_socket(app, settings, link, work, clock) if over_socket else _over_http(app, settings, link)
    try:
        async with listening:
            yield link
    finally:
        await work.drain(settings.drain_seconds)


@asynccontextmanager
async def _over_socket(
    app: AsyncApp, settings: ConnectionSettings, link: SlackLink, work: Work, clock: Clock
) -> AsyncIterator[None]:
    def unacked(payload: dict[str, Any]) -> None:
        work.start(partial(tell_it_runs, payload, app.client), Lane.WORD)

    socket = SocketLink(app, settings.app_token, clock, link=link, unacked=unacked)
    running = asyncio.create_task(socket.run())
    running.add_done_callback(_say_if_broken)
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running], timeout=CLOSE_SECONDS)
        if not running.done():
            log.warning("the connection to Slack did not close in %.0f s; it is left to the end", CLOSE_SECONDS)
            running.cancel()


def _say_if_broken(listening: "asyncio.Task[None]") -> None:
    if not listening.cancelled() and (error := listening.exception()) is not None:
        log.error("the bot no longer listens to Slack; start it again and report this", exc_info=error)


@asynccontextmanager
async def _over_http(app: AsyncApp, settings: ConnectionSettings, link: SlackLink) -> AsyncIterator[None]:
    async def events(request: web.Request) -> web.Response:
        answer = await app.async_dispatch(await to_bolt_request(request))
        if answer.status < web.HTTPBadRequest.status_code:
            link.heard()  # only what is signed counts as Slack's
        return await to_aiohttp_response(answer)

    http = web.Application()
    http.router.add_post(PATH, events)
    runner = web.AppRunner(http, access_log=None, shutdown_timeout=CLOSE_SECONDS)
    await runner.setup()
    try:
        await _listen(runner, settings)
        link.port = runner.addresses[0][1]
        log.info("listening for Slack on http://%s:%s%s", settings.host, link.port, PATH)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: ConnectionSettings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        raise ConfigurationError(
            f"slack.http: cannot listen on {place}: {error.strerror}. Set slack.http.port."
        ) from error
