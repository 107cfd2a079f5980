"""The life of the bot: it stands by, leads when it has the lease, and stops in order - or begins anew when deposed."""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from types import FrameType
from typing import NoReturn

from bot import __version__
from bot.desk import Desk
from bot.domain.entry import BotStarted, BotStopped, Draft
from bot.domain.people import BOT, INSIDE
from bot.errors import LeaseLost, LedgerError
from bot.factory import open_desk, open_lease
from bot.http import own_http
from bot.leading import Bot, running
from bot.ports import Lease
from bot.replacement import checked_when_woken, end_process, replace_process
from bot.settings import Settings

log = logging.getLogger(__name__)

_ENDS_WITHIN = 50.0  # seconds; whoever stops the bot gives it a minute (config/compose.yaml)


async def run(settings: Settings, *, slack: bool) -> None:
    """Run the bot until SIGTERM or SIGINT. A bot that loses its lease to another one is replaced by a fresh process.

    Raises:
        BurninError: it could not start.
    """
    async with AsyncExitStack() as stack:
        stopping = stack.enter_context(_asked_to_stop())
        lease = await stack.enter_async_context(open_lease(settings.ledger))
        desk = await stack.enter_async_context(open_desk(settings))
        bot = Bot(settings, desk, lease, slack=slack)
        bind = settings.http
        await stack.enter_async_context(own_http(bind.host, bind.port, desk=desk, health=bot, metrics=bot.metrics))
        bot.warm()
        log.info("burnin %s stands by", __version__)
        epoch = await _taken(lease, stopping)
        if epoch is not None:
            await _lead(desk, bot, lease, epoch, stopping)
    log.info("stopped")


class _Stopping(asyncio.Event):
    """Set by the event loop once it comes to it; `asked` tells at once, also where the loop never will."""

    asked = False


@contextmanager
def _asked_to_stop() -> Iterator[_Stopping]:
    """Yield what SIGTERM and SIGINT set. From then on the process has a limit, whatever does not answer it."""
    stopping, loop = _Stopping(), asyncio.get_running_loop()
    limits: list[asyncio.TimerHandle] = []

    def note(_: int, __: FrameType | None) -> None:
        stopping.asked = True

    def stop() -> None:
        stopping.set()
        limits.append(loop.call_later(_ENDS_WITHIN, _give_up))

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
        signal.signal(number, note)  # beside it: the loop is woken by the signal itself, whoever handles it
    try:
        yield stopping
    finally:
        for limit in limits:
            limit.cancel()


def _give_up() -> NoReturn:
    log.error(
        "the stop took longer than %.0f s: what still waits is left to the next start, as after a crash", _ENDS_WITHIN
    )
    end_process()


async def _taken(lease: Lease, stopping: asyncio.Event) -> int | None:
    """Wait for the lease; None where the bot is asked to stop before it has it."""
    taking, asked = asyncio.create_task(lease.take()), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((taking, asked), return_when=asyncio.FIRST_COMPLETED)
        return taking.result() if taking.done() else None
    finally:
        for task in (taking, asked):
            task.cancel()
        await asyncio.gather(taking, asked, return_exceptions=True)


async def _lead(desk: Desk, bot: Bot, lease: Lease, epoch: int, stopping: _Stopping) -> None:
    """Act until asked to stop, then end in order: no new work, what runs, what is open, and the lease last."""

    def deposed() -> NoReturn:
        if stopping.asked:
            end_process()  # another bot has taken over what is left
        replace_process()

    async with AsyncExitStack() as stack:
        stack.push_async_callback(lease.release)
        await stack.enter_async_context(running(_ended_when_lost(lease, deposed), "the look at the lease"))
        stack.enter_context(checked_when_woken(lease.held, deposed))
        try:
            await _act(desk, bot, epoch, stopping)
        except LeaseLost:
            deposed()


async def _act(desk: Desk, bot: Bot, epoch: int, stopping: asyncio.Event) -> None:
    desk.ledger.fence(epoch)
    async with AsyncExitStack() as stack:
        started = BotStarted(version=__version__, host=socket.gethostname(), pid=os.getpid(), epoch=epoch)
        await desk.ledger.append(_draft(desk, started))
        stack.push_async_exit(_record_stop(desk))
        await bot.lead(stack, epoch)
        gc.freeze()  # what the start has made stays: to look through it for garbage again and again holds up scrapes
        log.info("burnin %s watches %s", __version__, ", ".join(desk.traders))
        await stopping.wait()
        log.info("stopping: running work may end, and what was read is stored")


async def _ended_when_lost(lease: Lease, deposed: Callable[[], NoReturn]) -> None:
    await lease.lost()
    deposed()


def _record_stop(desk: Desk) -> Callable[..., Awaitable[None]]:
    async def record(_: object, error: BaseException | None, __: object) -> None:
        reason = "asked to stop" if error is None else f"{type(error).__name__}: {error}"
        try:
            await desk.ledger.append(_draft(desk, BotStopped(reason=reason)))
        except LedgerError as trouble:
            log.warning("the stop is not on record: %s", trouble)

    return record


def _draft(desk: Desk, body: BotStarted | BotStopped) -> Draft:
    return Draft(at=desk.clock.now(), body=body, actor=BOT, origin=INSIDE)
