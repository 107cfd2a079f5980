"""The workspace as one server on one loopback port, and the interface by which tests and scripts use it."""

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from bot.sandbox import wallclock
from bot.sandbox.workspace.api import WebApi
from bot.sandbox.workspace.delivery import ACK_SECONDS
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.faults import Faults
from bot.sandbox.workspace.feed import Change
from bot.sandbox.workspace.interactions import EVENT_RETRIES, Interactions, Outcome, SlashCommand
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.page_api import OnFault, PageApi
from bot.sandbox.workspace.page_state import Board, PageState
from bot.sandbox.workspace.request_url import RequestUrlDelivery
from bot.sandbox.workspace.responses import Responses
from bot.sandbox.workspace.sockets import SocketDelivery
from bot.sandbox.workspace.state import DEFAULT_SCOPES, Directory, Json, SlackError
from bot.sandbox.workspace.switches import Switches
from bot.sandbox.workspace.troubles import Troubles

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Intercept = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
MOST_UPLOAD_BYTES = 50_000_000
SHUTDOWN_SECONDS = 1.0


class Workspace:
    """A Slack workspace on this machine.

    Use it as `async with Workspace(...) as w:`, and give the app `w.api_url`, `w.bot_token` and either
    `w.app_token` (Socket Mode) or `w.signing_secret` (HTTP mode, when `request_url` is set).

    Attributes:
        desk: everything the workspace knows; its `directory` may be changed while it runs.
        sockets: the app's Socket Mode connections, to count or close.
        troubles: what an admin may do to the app and its channel.
        switches: what may be wrong with Slack itself, to be switched on and off by name.
        intercept: called with each request and its handler instead of the handler alone, when set.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        directory: Directory | None = None,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        limits: Limits | None = None,
        commands: Sequence[SlashCommand] = (SlashCommand("/burnin"),),
        request_url: str | None = None,
        edit_window: float | None = None,
        ack_seconds: float = ACK_SECONDS,
        event_retries: tuple[float, ...] = EVENT_RETRIES,
        on_fault: OnFault | None = None,
        intercept: Intercept | None = None,
        now: Callable[[], float] = wallclock.unix,
    ) -> None:
        if not _is_loopback(host):
            raise ValueError(f"The sandbox workspace listens on this machine only: {host} is not a loopback address.")
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._board = Board()
        self.desk = Desk(now, directory=directory, scopes=scopes, limits=limits, edit_window=edit_window)
        self.sockets = SocketDelivery(self.desk.feed, ack_seconds)
        self.troubles = Troubles(self.desk)
        self.switches = Switches(self.desk.faults, self.sockets)
        self.intercept = intercept
        delivery = (
            RequestUrlDelivery(request_url, self.signing_secret, now, ack_seconds) if request_url else self.sockets
        )
        self._interactions = Interactions(self.desk, delivery, tuple(commands), event_retries)
        self._page = PageApi(self.desk, PageState(self.desk, self._board, commands), self._interactions, on_fault)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; from here on `url` is known."""
        app = web.Application(middlewares=[self._guard], client_max_size=MOST_UPLOAD_BYTES)
        app.add_routes(WebApi(self.desk, self.sockets.methods()).routes())
        app.add_routes([*self.sockets.routes(), *Responses(self.desk).routes(), *self._page.routes()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        await self._listen()
        self._port = self._runner.addresses[0][1]
        self.desk.base_url = f"http://{_bracketed(self._host)}:{self._port}"

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Within a block the port refuses every connection, as without a network; those that stood are cut off."""
        if self._runner is None or self._runner.server is None:
            raise RuntimeError("The workspace has not started.")
        for site in list(self._runner.sites):
            await site.stop()
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        try:
            yield
        finally:
            await self._listen()

    async def _listen(self) -> None:
        if self._runner is not None:
            await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        """Stop listening and end every connection, subscription and repetition."""
        await self._interactions.close()
        self.desk.feed.close()
        await self.sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The page's address, without a slash at its end."""
        return self.desk.base_url

    @property
    def api_url(self) -> str:
        """What the SDK takes as `base_url`."""
        return f"{self.url}/api/"

    @property
    def faults(self) -> Faults:
        """What goes wrong with the app's calls, and every call that was made."""
        return self.desk.faults

    @property
    def bot_token(self) -> str:
        """The `xoxb-` token of the app."""
        return self.desk.credentials.bot_token

    @property
    def app_token(self) -> str:
        """The `xapp-` token of the app."""
        return self.desk.credentials.app_token

    @property
    def signing_secret(self) -> str:
        """What requests to the app are signed with in HTTP mode."""
        return self.desk.credentials.signing_secret

    async def type_command(self, user: str, channel: str, text: str) -> Outcome:
        """Type a slash command; returns when it is acked or has failed."""
        return await self._interactions.type_command(user, channel, text)

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> None:
        """Write an ordinary message as a person."""
        self._interactions.say(user, channel, text, thread_ts)

    async def click(
        self,
        user: str,
        message_ts: str,
        action_id: str,
        value: Any = None,
        *,
        block_id: str | None = None,
        confirmed: bool = False,
    ) -> Outcome:
        """Press or choose an element of a message or an ephemeral this person sees.

        Without `confirmed` an element with a confirm sends nothing (`error` is `not_confirmed`).

        Raises:
            SlackError: `message_not_found` or `element_not_found`.
        """
        channel = self._channel_of(user, message_ts)
        return await self._interactions.click(
            user, channel, message_ts, action_id, value, block_id=block_id, confirmed=confirmed
        )

    async def click_in_view(
        self, user: str, view_id: str, action_id: str, value: Any = None, *, confirmed: bool = False
    ) -> Outcome:
        """Press or choose an element of a modal or of Home."""
        return await self._interactions.click_in_view(user, view_id, action_id, value, confirmed=confirmed)

    async def submit_view(self, user: str, view_id: str, values: Mapping[str, Mapping[str, Any]]) -> Outcome:
        """Hand in a modal with `{block_id: {action_id: value}}`, values in Slack's shape or plain."""
        return await self._interactions.submit_view(user, view_id, values)

    async def close_view(self, user: str, view_id: str) -> Outcome:
        """Close a modal without handing it in."""
        return await self._interactions.close_view(user, view_id)

    async def open_home(self, user: str) -> Outcome:
        """Open the app's Home tab."""
        return await self._interactions.open_home(user)

    def messages(self, channel: str) -> list[Json]:
        """What stands in a channel, oldest first: roots, and replies that were broadcast."""
        return [self.desk.log.shown(message) for message in self.desk.log.main(channel)]

    def replies(self, channel: str, thread_ts: str) -> list[Json]:
        """The replies of a thread, without its root, oldest first."""
        return [self.desk.log.shown(message) for message in self.desk.log.replies(channel, thread_ts)]

    def ephemerals(self, user: str, channel: str) -> list[Json]:
        """What only this person sees in a channel, oldest first."""
        return [self.desk.log.shown(message) for message in self.desk.log.ephemerals(user, channel)]

    def views(self, user: str) -> list[Json]:
        """This person's open modals, the top one last."""
        return self.desk.views.views(user)

    def home(self, user: str) -> Json | None:
        """This person's Home tab, None until the app has published one."""
        return self.desk.views.home(user)

    def names(self) -> dict[str, str]:
        """Names of people, groups and channels by id, for the transcript."""
        directory = self.desk.directory
        return {
            **{person.id: person.short_name for person in directory.people.values()},
            **{group.id: group.handle for group in directory.groups.values()},
            **{channel.id: channel.name for channel in directory.channels.values()},
        }

    def set_faults(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """Show switches for faults: `{name, label, active}` each."""
        self._board.faults = [dict(fault) for fault in faults]
        self.desk.feed.publish("faults", faults=self._board.faults)

    def set_gauges(self, gauges: Mapping[str, Any] | None) -> None:
        """Show the trader's gauges."""
        self._board.gauges = dict(gauges) if gauges is not None else None
        self.desk.feed.publish("gauges", gauges=self._board.gauges)

    def toast(self, text: str) -> None:
        """Show a passing word to everybody who looks at the page."""
        self.desk.feed.publish("toast", text=text)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:  # noqa: ASYNC109
        """Return the first truthy value of `predicate`, asked again after every change.

        Raises:
            TimeoutError: when `timeout` seconds have passed.
        """
        return await self.desk.feed.wait_for(predicate, timeout)

    async def wait_connected(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - as wait_for
        """Wait until the app has a Socket Mode connection."""
        await self.wait_for(lambda: self.sockets.connected, timeout)

    def subscribe(self) -> AsyncIterator[Change]:
        """Changes from now on, until the workspace stops."""
        return self.desk.feed.subscribe()

    def _channel_of(self, user: str, message_ts: str) -> str:
        for channel in self.desk.directory.channels:
            seen = [*self.desk.log.everything(channel), *self.desk.log.ephemerals(user, channel)]
            if any(message["ts"] == message_ts for message in seen):
                return channel
        raise SlackError("message_not_found")

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse requests that a foreign web page makes a browser send here."""
        hosts = {f"{name}:{self._port}" for name in (_bracketed(self._host), "localhost")}
        origin = request.headers.get("Origin")
        if request.host not in hosts or (origin is not None and origin.removeprefix("http://") not in hosts):
            return web.Response(status=403, text="This workspace answers its own page and app only.")
        if self.intercept is not None:
            return await self.intercept(request, handler)
        return await handler(request)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
