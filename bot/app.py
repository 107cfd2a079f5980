"""Starts the bot, keeps it running, and stops it in order: no new work first, then what runs, then what is open."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from bot import __version__
from bot.adapters.run_lock import run_lock
from bot.adapters.timer import running_timer
from bot.configuration.ledger_address import SqliteAddress
from bot.desk import Desk, TraderDesk
from bot.domain.entry import BotStarted, BotStopped, Draft
from bot.domain.notice import Announcement
from bot.domain.people import BOT, INSIDE
from bot.domain.session import Session
from bot.errors import BurninError, LedgerError
from bot.factory import open_desk
from bot.health import HealthReading
from bot.http import own_http
from bot.own_metrics import BotMetrics
from bot.ports import Announcer
from bot.services.lapse import lapse_forgotten
from bot.services.outbox import Outbox
from bot.services.recovery import recover
from bot.services.reminders import Reminders
from bot.services.watch import Watch
from bot.settings import Settings

log = logging.getLogger(__name__)

_SAY_THE_REST_WITHIN = 5.0  # seconds for what was queued last
_SLACK_SILENT = 90.0  # seconds; Slack pings several times within them


async def run(settings: Settings, *, slack: bool) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises:
        BurninError: it could not start.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        if isinstance(settings.ledger, SqliteAddress):
            stack.enter_context(run_lock(settings.ledger.path))
        desk = await stack.enter_async_context(open_desk(settings))
        await _record(desk, BotStarted(version=__version__, host=socket.gethostname(), pid=os.getpid()))
        stack.push_async_exit(_record_stop(desk))
        await _Bot(settings, desk).start(stack, slack=slack)
        gc.freeze()  # what the start has made stays: to look through it for garbage again and again holds up scrapes
        log.info("burnin %s watches %s", __version__, ", ".join(desk.traders))
        await stopping.wait()
        log.info("stopping: running work may end, and what was read is stored")


class _Bot:
    """The parts of a running bot. It tells the health of each."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self._settings = settings
        self._desk = desk
        self._metrics = BotMetrics()
        self._watches: dict[str, Watch] = {}
        self._outbox: Outbox | None = None
        self._slack_age: Callable[[], float | None] | None = None

    async def start(self, stack: AsyncExitStack, *, slack: bool) -> None:
        """Start every part. The watch comes before all that waits for somebody, Slack above all."""
        bind = self._settings.http
        await stack.enter_async_context(
            own_http(bind.host, bind.port, desk=self._desk, health=self, metrics=self._metrics)
        )
        for trader in self._desk.traders.values():
            trader.calendar.current(self._desk.clock.now())  # a calendar that cannot be used stops the start
        for place, trader in enumerate(self._desk.traders.values()):
            phase = place / len(self._desk.traders)
            watch = self._watches[trader.name] = Watch(self._desk, trader, self._before_open, self._metrics, phase)
            await stack.enter_async_context(_running(watch.run(), f"the watch of {trader.name}"))
        await recover(self._desk)
        stack.push_async_callback(self._say_the_rest)
        timer = await stack.enter_async_context(running_timer())
        self._outbox = Outbox(self._desk, await self._announcer(stack, slack=slack))
        await stack.enter_async_context(_running(self._outbox.run(), "the outbox"))
        Reminders(self._desk, timer, self._settings.reminders).start()

    def readings(self) -> Mapping[str, HealthReading]:
        """Return how each part is."""
        found = {f"watch {name}": watch.health() for name, watch in self._watches.items()}
        if self._outbox is not None:
            found["outbox"] = self._outbox.health()
        if self._slack_age is not None:
            found["slack"] = _slack_health(self._slack_age())
        return found

    async def _announcer(self, stack: AsyncExitStack, *, slack: bool) -> Announcer:
        """Return where announcements are said; with Slack, also begin to listen there."""
        if not slack:
            from bot.adapters.terminal_announcer import TerminalAnnouncer  # noqa: PLC0415

            return TerminalAnnouncer(_print, _in_words)
        from bot.slack_factory import open_slack  # noqa: PLC0415 - without Slack nothing of it is loaded

        front = await stack.enter_async_context(open_slack(self._settings, self._desk, self._metrics))
        self._slack_age = front.link.age
        return front.announcer

    async def _before_open(self, trader: TraderDesk, session: Session) -> None:
        try:
            await lapse_forgotten(self._desk, trader, session)
        except LedgerError:
            raise
        except Exception:  # an edge: days gone by must not keep this one from being watched
            log.exception("the days of %s that nobody closed are still open", trader.name)

    async def _say_the_rest(self) -> None:
        """Say what the last commands queued; what does not go out now is said at the next start."""
        if self._outbox is None:
            return
        try:
            async with asyncio.timeout(_SAY_THE_REST_WITHIN):
                await self._outbox.deliver_due()
        except (BurninError, TimeoutError) as error:
            log.warning("some messages wait for the next start: %s", error or "no answer in time")


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Run something beside the rest. Ending is never what it should do by itself, so it is logged where it does."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_note_end)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _note_end(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("%s broke off; restart the bot", task.get_name(), exc_info=task.exception())


def _slack_health(age: float | None) -> HealthReading:
    if age is None:
        return HealthReading(ok=False, detail="nothing was heard from Slack yet; see the log for the reason")
    silent = age > _SLACK_SILENT
    return HealthReading(ok=not silent, detail="Slack is silent" if silent else "", values={"last_frame_age": age})


def _record_stop(desk: Desk) -> Callable[..., Awaitable[None]]:
    async def record(_: object, error: BaseException | None, __: object) -> None:
        reason = "asked to stop" if error is None else f"{type(error).__name__}: {error}"
        await _record(desk, BotStopped(reason=reason))

    return record


async def _record(desk: Desk, body: BotStarted | BotStopped) -> None:
    await desk.ledger.append(Draft(at=desk.clock.now(), body=body, actor=BOT, origin=INSIDE))


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _in_words(announcement: Announcement) -> str:
    from bot.slack.cards import plain_text  # noqa: PLC0415 - the cards own the words, also for a terminal

    return plain_text(announcement.notice, announcement.trader)
