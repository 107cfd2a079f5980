"""What the bot does by itself, with an intent before and an outcome after it, as a command of a person has."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal

from bot.desk import Desk
from bot.domain.entry import CommandFinished, CommandStarted, Draft, Entry, finished_key
from bot.domain.people import INSIDE, SCHEDULER
from bot.domain.value import JsonObject
from bot.errors import BurninError, DuplicateKey, LedgerError, reason_of

log = logging.getLogger(__name__)

_LONGEST_ACT = timedelta(hours=1)
_MOST_TRIES = 10  # to record an end while others record what it rests on


async def _nothing() -> tuple[Draft, ...]:
    """Have nothing to record any more."""
    return ()


class Act:
    """A scheduled act under way. What is set on it is recorded with its end, `drafts` in the same transaction.

    `anew` drafts them again where something that they rest on has changed meanwhile; nothing where theirs stands.
    """

    anew: Callable[[], Awaitable[tuple[Draft, ...]]]

    def __init__(self, desk: Desk, command: str, started: Entry) -> None:
        self.drafts: tuple[Draft, ...] = ()
        self.verdict = ""
        self.detail = ""
        self.anew = _nothing
        self._desk = desk
        self._command = command
        self._started = started
        self._began = desk.clock.monotonic()

    async def end(self) -> None:
        """Record that it is done; what somebody else recorded in the meantime stands."""
        end = self._ended("done", "", self.detail)
        for tries_left in reversed(range(_MOST_TRIES)):
            try:
                await self._desk.ledger.append(*self.drafts, end)
            except DuplicateKey as error:
                if error.key == end.key or not tries_left:
                    raise
                log.info("already recorded: %s", error.key)
                self.drafts = await self.anew()
                if not self.drafts:
                    detail = "Somebody else recorded it in the meantime; theirs stands."
                    end = self._ended("done", "already_recorded", detail)
            else:
                return

    async def break_off(self, outcome: Literal["failed", "abandoned"], reason: str, detail: str) -> None:
        """Record that it did not come to its end; where that cannot be recorded, the recovery does it later."""
        try:
            await self._desk.ledger.append(self._ended(outcome, reason, detail))
        except LedgerError as error:
            log.warning("how %s ended is not on record yet: %s", self._command, error)

    def _ended(self, outcome: Literal["done", "failed", "abandoned"], reason: str, detail: str) -> Draft:
        body = CommandFinished(
            started=self._started.seq,
            command=self._command,
            outcome=outcome,
            verdict=self.verdict,
            reason=reason,
            detail=detail,
            seconds=round(self._desk.clock.monotonic() - self._began, 3),
        )
        return Draft(
            at=self._desk.clock.now(),
            body=body,
            actor=SCHEDULER,
            origin=INSIDE,
            trader=self._started.trader,
            key=finished_key(self._started.seq),
        )


@asynccontextmanager
async def scheduled(
    desk: Desk, command: str, trader: str | None, *, args: JsonObject | None = None, key: str | None = None
) -> AsyncIterator[Act]:
    """Put an act on record before it is done, and how it ended after it. What it raises goes on to the caller.

    Args:
        desk: where it is recorded.
        command: its name in the audit trail.
        trader: whose it is; None where it is about all.
        args: what it is about.
        key: may stand in the ledger once, for an act that is done once.

    Raises:
        DuplicateKey: the act of this key was begun before.
        LedgerError: it is not on record, and was not begun; or its end is not.
    """
    (started,) = await desk.ledger.append(_intent(desk, command, trader, args or {}, key))
    desk.under_way.add(started.seq)
    act = Act(desk, command, started)
    try:
        yield act
        await act.end()
    except asyncio.CancelledError:
        await asyncio.shield(act.break_off("abandoned", "cut_off", "It was cut off before its end."))
        raise
    except BurninError as error:
        await act.break_off("failed", reason_of(error), str(error))
        raise
    except Exception as error:
        await act.break_off("failed", "internal_error", f"{type(error).__name__}; the bot's log has the details.")
        raise
    finally:
        desk.under_way.discard(started.seq)


def _intent(desk: Desk, command: str, trader: str | None, args: JsonObject, key: str | None) -> Draft:
    now = desk.clock.now()
    body = CommandStarted(
        command=command,
        args=args,
        raw=" ".join((command, *map(str, args.values()))),
        expires_at=now + _LONGEST_ACT,
        host=socket.gethostname(),
        pid=os.getpid(),
    )
    return Draft(at=now, body=body, actor=SCHEDULER, origin=INSIDE, trader=trader, key=key)
