"""Puts the Slack front together: clients, access, announcer, Bolt app and the connection to Slack."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.daybook import root_of
from bot.desk import Desk
from bot.domain.entry import MessageQueued
from bot.errors import ConfigurationError
from bot.health import Health
from bot.meter import Meter
from bot.pictures.artist import ProcessArtist
from bot.progress import progress_day
from bot.report.press import LedgerPress
from bot.settings import Settings
from bot.slack.access import Access, Roles, SlackAccess
from bot.slack.announcer import SlackAnnouncer
from bot.slack.answering import Front
from bot.slack.app import build_app
from bot.slack.clients import acting_session, posting_client, reading_client
from bot.slack.connection import ConnectionSettings, slack_connection
from bot.slack.link import SlackLink
from bot.slack.progress import DayThread
from bot.slack.work import Work
from bot.tokens import Secrets
from commands.dispatcher import Dispatcher
from commands.registry import load_commands
from commands.which_trader import misread


@dataclass(frozen=True, slots=True)
class SlackFront:
    """The front: what announces, and what listens for as long as its context lasts and drains work at the end."""

    announcer: SlackAnnouncer
    listening: Callable[[], AbstractAsyncContextManager[SlackLink]]


@dataclass(frozen=True, slots=True)
class DayThreads:
    """Where each trader's day stands in Slack, read from the ledger."""

    desk: Desk

    async def thread_of(self, trader: str) -> DayThread | None:
        """Return the thread of the session that is open, or of the last one."""
        found = self.desk.traders.get(trader)
        day = progress_day(found, self.desk.clock.now()) if found else None
        root = await root_of(self.desk, trader, day) if day else None
        return DayThread(day, root) if day and root else None


def check_slack(settings: Settings) -> None:
    """See that what Slack needs is configured, before anything is begun.

    Raises:
        ConfigurationError: a token is missing or of the wrong kind, or a trader has no channel or no fit name.
    """
    Secrets().require(settings.slack.mode)
    _require_channels(settings)
    _require_names(settings)


@asynccontextmanager
async def open_slack(
    settings: Settings,
    desk: Desk,
    meter: Meter | None = None,
    *,
    may_act: Callable[[], bool] = lambda: True,
    health: Health | None = None,
) -> AsyncIterator[SlackFront]:
    """Speak to Slack for as long as the context lasts. Slack may be away at the start: it is tried again and again.

    The meter counts the commands that ended, and Home shows the health. Nothing is announced while this bot may not
    act. What announces goes on while commands are drained, so listening ends before it.

    Raises:
        ConfigurationError: a token is missing or of the wrong kind, or a trader has no channel.
    """
    secrets = Secrets()
    secrets.require(settings.slack.mode)
    _require_channels(settings)
    token = secrets.slack_bot_token.get_secret_value()
    async with acting_session(may_act) as session:  # connections stay open from call to call
        posting = posting_client(token, settings.slack.api_url, session)
        known = SlackAccess(reading_client(token, settings.slack.api_url, session), _access(settings), desk.clock)
        artist = ProcessArtist(desk, settings.state_folder) if settings.slack.files else None
        press = LedgerPress(desk, artist) if artist else None
        announcer = SlackAnnouncer(
            posting, lambda trader: desk.traders[trader].channel, desk.clock, artist=artist, press=press
        )
        announcer.doubt(await _unsent(desk))
        front, work = replace(_front(desk, known, posting, announcer, meter), health=health), Work()
        app = build_app(posting, front, work, signing_secret=secrets.slack_signing_secret.get_secret_value())

        @asynccontextmanager
        async def listening() -> AsyncIterator[SlackLink]:
            async with slack_connection(app, _connection(settings, secrets), work, desk.clock) as link:
                await known.warm()
                yield link

        yield SlackFront(announcer, listening)


def _require_channels(settings: Settings) -> None:
    # Without a channel every message would wait in the outbox for ever, and nobody would know.
    if silent := [trader.name for trader in settings.traders if not trader.channel]:
        raise ConfigurationError(
            f"slack.channel is not set, so {', '.join(silent)} can announce nothing. Set it to the channel's id (C…), "
            "set the trader's own channel, or run with --no-slack."
        )


def _require_names(settings: Settings) -> None:
    # Buttons and forms are lines: what one says about this trader must not be read as something about another.
    for trader in settings.traders:
        if line := misread(trader.name, load_commands()):
            raise ConfigurationError(
                f"traders[].name: no trader can be called {trader.name!r}, because in '{line}' it would be read as "
                "something else. Give it another name, such as nifty-orb."
            )


def _front(
    desk: Desk, known: SlackAccess, posting: AsyncWebClient, announcer: SlackAnnouncer, meter: Meter | None
) -> Front:
    commands = load_commands()
    return Front(
        dispatcher=Dispatcher(desk, commands, meter),
        commands=commands,
        access=known,
        desk=desk,
        place=DayThreads(desk),
        announcer=announcer,
        client=posting,
    )


def _connection(settings: Settings, secrets: Secrets) -> ConnectionSettings:
    return ConnectionSettings(
        mode=settings.slack.mode,
        app_token=secrets.slack_app_token.get_secret_value(),
        host=settings.slack.http.host,
        port=settings.slack.http.port,
    )


def _access(settings: Settings) -> Access:
    every = {trader.name: Roles(trader.access.operators, trader.access.approvers) for trader in settings.traders}
    everybody = Roles(settings.access.operators, settings.access.approvers)
    return Access(
        operators=everybody.operators,
        approvers=everybody.approvers,
        channels=settings.access.channels,
        announced=tuple(dict.fromkeys(trader.channel for trader in settings.traders if trader.channel)),
        traders=every if any(roles != everybody for roles in every.values()) else {},
    )


async def _unsent(desk: Desk) -> dict[str, datetime]:
    """Return what an earlier process may have said without noting it, and since when."""
    unsent = await desk.ledger.unsent()
    return {entry.body.announcement.key: entry.at for entry in unsent if isinstance(entry.body, MessageQueued)}
