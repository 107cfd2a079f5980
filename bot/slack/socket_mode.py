"""Socket Mode that recovers: patient while Slack is down, with a new URL after each failed handshake."""

import asyncio
import logging
import re
from collections.abc import Callable

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.ports import Clock
from bot.slack.trouble import CALL_ERRORS, word_of

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
LOOK_SECONDS = 1.0
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
_TICKET = re.compile(r"wss?://\S+")


class SocketLink:
    """One Socket Mode connection of an app.

    Args:
        app: what the envelopes are for.
        app_token: the `xapp-` token.
        clock: paces the attempts.
        heard: called whenever a frame arrived from Slack.
    """

    def __init__(self, app: AsyncApp, app_token: str, clock: Clock, heard: Callable[[], None]) -> None:
        logger = logging.getLogger("bot.slack.socket_mode.sdk")
        logger.addFilter(without_ticket)
        self._app = app
        self._app_token = app_token
        self._clock = clock
        self._heard = heard
        self._logger = logger
        self._client: SocketModeClient | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._pong: float | None = None

    async def run(self) -> None:
        """Connect as soon as Slack can be reached, then keep the connection fresh until cancelled."""
        client = AsyncSocketModeHandler(
            self._app, self._app_token, logger=self._logger, ping_interval=PING_SECONDS
        ).client
        client.on_message_listeners.append(self._on_frame)
        self._client = client
        client.wss_uri = await self._first_url(client)
        self._connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call] # the SDK
        was_up = False
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            is_up = self._look(client)
            if is_up and not was_up:
                log.info("connected to Slack")
            elif was_up and not is_up:
                log.warning("the connection to Slack is lost; trying again")
            was_up = is_up

    async def close(self) -> None:
        """Close the connection; it may hang, so that the caller sets a time limit."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call] # the SDK

    async def _first_url(self, client: SocketModeClient) -> str:
        wait = FIRST_WAIT
        while True:
            try:
                answer = await client.web_client.apps_connections_open(app_token=self._app_token)
                return str(answer["url"])
            except CALL_ERRORS as error:
                log.warning(
                    "Slack does not open a connection (%s); the watch goes on, trying again in %.0f s. "
                    "Check SLACK_APP_TOKEN and the network if this stays.",
                    word_of(error),
                    wait,
                )
            await self._clock.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _look(self, client: SocketModeClient) -> bool:
        session = client.current_session
        is_up = session is not None and not session.closed
        if not is_up:
            # The SDK would retry the same one-time URL for ever after a failed handshake; without one it asks anew.
            client.wss_uri = None
        pong = client.last_ping_pong_time
        if pong is not None and self._pong is not None and pong != self._pong:
            self._heard()
        self._pong = pong
        return is_up

    async def _on_frame(self, _: aiohttp.WSMessage) -> None:
        self._heard()


def without_ticket(record: logging.LogRecord) -> bool:
    """Keep one-time URLs, which let anybody in, and tracebacks, which repeat them, out of the log."""
    said = record.getMessage()
    record.msg, record.args, record.exc_info = _TICKET.sub("wss://…", said), None, None
    return True
