"""Socket Mode that stays alive: connections are generations, and the next one is open before the last one closes."""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import Clock
from bot.slack.generation import DROPPED, SILENT, Generation, Handlers
from bot.slack.link import SlackLink
from bot.slack.socket_trouble import LINK_DISABLED, TOO_MANY, LinkRefused, LinkTrouble, refused_for, trouble_of
from bot.slack.trouble import CALL_ERRORS

log = logging.getLogger(__name__)

PING_SECONDS = 5.0  # a socket is silent, and is replaced, half of it after a ping that nothing answered
OPEN_SECONDS = 10.0  # for asking where, the handshake and Slack's hello together
LINGER_SECONDS = 90.0  # for which a connection that was replaced is still listened to; Slack closes it before
STEADY_SECONDS = 10.0  # a connection that ended sooner counts as a failure, so that flapping slows down
FIRST_WAIT, LONGEST_WAIT, CALM_WAIT = 0.5, 30.0, 60.0
_CLOSE_SECONDS = 1.0  # Slack takes part in the closing handshake, but leaves the connection open after it
_CLOSED_FIRST = {LINK_DISABLED, TOO_MANY}  # reasons for which a connection beside this one is none


class Backoff:
    """Longer and longer waits, each cut by chance to between half and whole, so that many bots do not knock at once."""

    def __init__(self, clock: Clock, chance: Callable[[], float]) -> None:
        self._clock = clock
        self._chance = chance
        self._next = FIRST_WAIT

    async def pause(self, trouble: LinkTrouble | None = None) -> None:
        """Wait before the next attempt, calmly where only a person can mend it, and as long as Slack asks for."""
        wait = CALM_WAIT if trouble and trouble.calm else self._next
        self._next = min(self._next * 2, LONGEST_WAIT)
        await self._clock.sleep(max(trouble.wait if trouble else 0.0, wait * (0.5 + self._chance() / 2)))

    def reset(self) -> None:
        """Begin anew: a connection held."""
        self._next = FIRST_WAIT


class SocketLink:
    """An app's way to Slack over Socket Mode.

    Args:
        app: what the payloads are for.
        app_token: the `xapp-` token.
        clock: paces the attempts.
        link: told what is heard and what is wrong.
        unacked: called with each payload that is being dealt with although Slack may have shown an error for it.
        chance: between 0 and 1, for the waits.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        clock: Clock,
        *,
        link: SlackLink,
        unacked: Callable[[dict[str, Any]], None],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._clock = clock
        self._link = link
        self._handlers = Handlers(self._answer, link.heard, unacked)
        self._backoff = Backoff(clock, chance)
        self._open: set[Generation] = set()
        self._retiring: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Keep a connection open until cancelled; then close all there are, within some seconds."""
        async with aiohttp.ClientSession() as http:
            while True:
                try:
                    await self._keep_connected(http)
                except Exception:  # the loop's edge: without it nobody is heard any more
                    log.exception("listening to Slack broke off; it begins anew. Report this")
                    self._link.troubled("Listening to Slack broke off and begins anew; the log has the details.")
                finally:
                    await self._close_all()
                await self._backoff.pause()

    async def _keep_connected(self, http: aiohttp.ClientSession) -> None:
        last: Generation | None = None
        while True:
            fresh = await self._opened(http)
            if last is not None:
                self._retire(last)
            why = await fresh.until_due()
            await self._leave(fresh, why)
            last = fresh

    async def _opened(self, http: aiohttp.ClientSession) -> Generation:
        """Return a connection on which Slack has said hello, however long that takes."""
        told = ""
        while True:
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    generation = await self._connect(http)
            except (*CALL_ERRORS, LinkRefused) as error:
                trouble = trouble_of(error)
                self._link.troubled(trouble.words)
                log.log(logging.DEBUG if told == trouble.words else logging.WARNING, "%s", trouble.words)
                told = trouble.words
                await self._backoff.pause(trouble)
            else:
                self._link.troubled("")
                log.info("connected to Slack")
                return generation

    async def _connect(self, http: aiohttp.ClientSession) -> Generation:
        """Ask for a new one-time URL and connect there; a URL is never used twice."""
        client = self._app.client
        web = AsyncWebClient(
            base_url=client.base_url, proxy=client.proxy, ssl=client.ssl, session=http, retry_handlers=[]
        )
        answer = await web.apps_connections_open(app_token=self._app_token)
        socket = await http.ws_connect(
            str(answer["url"]),
            autoping=False,
            heartbeat=PING_SECONDS,
            proxy=client.proxy,
            ssl=client.ssl or True,
            timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
        )
        generation = Generation(socket, self._handlers)
        try:
            counted = await generation.greeted()
        except BaseException:
            await generation.close()
            raise
        self._open.add(generation)
        if counted > len(self._open):
            log.warning(
                "Slack counts %d connections of this app, and this bot has %d. That of a bot whose place this one has "
                "taken goes by itself; a bot on another ledger with the same SLACK_APP_TOKEN takes a part of the "
                "commands: stop it.",
                counted,
                len(self._open),
            )
        return generation

    async def _leave(self, generation: Generation, why: str) -> None:
        """Say why a connection must be replaced, and wait where that is not to be done at once."""
        if why in _CLOSED_FIRST:
            await self._close_all()
            self._link.troubled(refused_for(why).words)
            log.warning("%s", refused_for(why).words)
            await self._backoff.pause(refused_for(why))
            return
        level = logging.WARNING if why in {DROPPED, SILENT} else logging.INFO
        log.log(level, "a connection to Slack is replaced: %s after %.0f s", why, generation.age)
        if generation.age >= STEADY_SECONDS:
            self._backoff.reset()
        else:
            await self._backoff.pause()

    def _retire(self, generation: Generation) -> None:
        """Listen to a connection that has a successor until Slack closes it, so that nothing on its way is lost."""

        async def retire() -> None:
            await generation.ended(within=LINGER_SECONDS)
            await generation.close()
            self._open.discard(generation)

        task = asyncio.create_task(retire())
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _close_all(self) -> None:
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(
            *self._retiring, *(generation.close() for generation in self._open), return_exceptions=True
        )
        self._open.clear()

    async def _answer(self, envelope: dict[str, Any]) -> dict[str, Any] | None:
        """Let the app deal with an envelope, and return the receipt for Slack."""
        headers: dict[str, str | Sequence[str]] = {
            f"x-slack-retry-{name}": str(envelope[key])
            for name, key in (("num", "retry_attempt"), ("reason", "retry_reason"))
            if key in envelope
        }
        request = AsyncBoltRequest(mode="socket_mode", body=envelope.get("payload") or {}, headers=headers)
        answer = await self._app.async_dispatch(request)
        if answer.status != 200:  # noqa: PLR2004 - HTTP's own number
            log.warning("nothing here takes what Slack sent (%s)", envelope.get("type"))
            return None
        receipt = {"envelope_id": envelope["envelope_id"]}
        if not answer.body:
            return receipt
        is_json = answer.headers.get("content-type", [""])[0].startswith("application/json")
        return receipt | {"payload": json.loads(answer.body) if is_json else {"text": answer.body}}
