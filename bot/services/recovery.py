"""At start: finds commands that a dead process left without an outcome, and brings each to a clean end.

A drill that had injected its plan may have left a position: it is flattened before anything else happens.
"""

import logging
import os
import socket
from datetime import timedelta

from bot.daybook import say
from bot.desk import Desk, TraderDesk
from bot.domain.entry import CommandFinished, CommandStarted, Draft, Entry, PlanInjecting
from bot.domain.notice import BotReturned, Placement
from bot.domain.people import BOT, INSIDE
from bot.errors import BurninError

log = logging.getLogger(__name__)

_REASON = "burnin_recovery"
_FLAT_WITHIN = 10.0  # seconds
_LOOK_EVERY = 0.05  # seconds


async def recover(desk: Desk) -> None:
    """End every command whose process is gone; what was done about it is recorded and told to who began it."""
    for intent in await desk.ledger.dangling(desk.clock.now()):
        if isinstance(intent.body, CommandStarted) and not _is_alive(intent, desk):
            await _end(desk, intent, intent.body)


def _is_alive(intent: Entry, desk: Desk) -> bool:
    """Tell whether a command may still be under way: only a command line beside the bot can be, at its start."""
    body = intent.body
    if not isinstance(body, CommandStarted) or intent.origin.surface != "cli" or body.expires_at <= desk.clock.now():
        return False
    return body.host != socket.gethostname() or _runs(body.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _end(desk: Desk, intent: Entry, body: CommandStarted) -> None:
    trader = desk.traders.get(intent.trader or "")
    done = ""
    if trader is not None and await _had_injected(desk, intent):
        done = await _flatten(desk, trader)
    detail = f"{body.command} by {intent.actor} at {intent.at:%H:%M:%S} UTC was cut off and is abandoned.{done}"
    now = desk.clock.now()
    finished = CommandFinished(
        started=intent.seq, command=body.command, outcome="abandoned", reason="process_died", detail=detail
    )
    drafts = [Draft(at=now, body=finished, actor=BOT, origin=INSIDE, trader=intent.trader)]
    if trader is not None:
        session = trader.calendar.current(intent.at)
        placement = Placement.THREAD if session else Placement.CHANNEL
        key = f"abandoned:{intent.seq}"
        day = session.date if session else None
        drafts.append(
            say(BotReturned(detail=detail), key=key, trader=trader.name, at=now, day=day, placement=placement)
        )
    await desk.ledger.append(*drafts)


async def _had_injected(desk: Desk, intent: Entry) -> bool:
    later = await desk.ledger.entries(trader=intent.trader, kinds=("plan_injecting",), after=intent.seq)
    return any(isinstance(entry.body, PlanInjecting) and entry.body.started == intent.seq for entry in later)


async def _flatten(desk: Desk, trader: TraderDesk) -> str:
    """Flatten what the drill left, with its own intent and outcome, and return what came of it in words."""
    now = desk.clock.now()
    body = CommandStarted(command="flatten", raw=_REASON, expires_at=now + timedelta(minutes=1))
    (started,) = await desk.ledger.append(Draft(at=now, body=body, actor=BOT, origin=INSIDE, trader=trader.name))
    try:
        said, well = await _flatten_and_look(desk, trader)
    except BurninError as error:
        said, well = f" Positions could not be flattened: {error} Look at them by hand.", False
    outcome = CommandFinished(
        started=started.seq,
        command="flatten",
        outcome="done" if well else "failed",
        reason=_REASON,
        detail=said.strip(),
    )
    at = desk.clock.now()
    await desk.ledger.append(Draft(at=at, body=outcome, actor=BOT, origin=INSIDE, trader=trader.name))
    return said


async def _flatten_and_look(desk: Desk, trader: TraderDesk) -> tuple[str, bool]:
    mode = await trader.trader.paper_mode()
    if not mode.paper:
        return f" It was not flattened, because {trader.name} does not report paper mode: {mode.words}.", False
    await trader.trader.flatten(_REASON)
    give_up = desk.clock.monotonic() + _FLAT_WITHIN
    while (left := await trader.trader.positions()) and desk.clock.monotonic() < give_up:
        await desk.clock.sleep(_LOOK_EVERY)
    if left:
        return f" {left} positions are still open after {_FLAT_WITHIN:.0f} s: flatten by hand.", False
    return " Its positions were flattened; none is left.", True
