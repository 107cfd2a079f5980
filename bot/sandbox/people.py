"""The desk's people as a script: they type what a desk would type, at the moments when a desk would."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.notice import ReminderKind
from bot.domain.session import Session
from bot.sandbox import wallclock
from bot.sandbox.configuration import TRADER
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.state import CHANNEL_ID, GUEST, OPERATOR, Json, SlackError

log = logging.getLogger(__name__)

_ANSWER_WITHIN = 8.0  # seconds
_TRIES = 3
_TRY_AGAIN_AFTER = 1.3  # seconds; a leader that was lost for a second is back by then

Typed = Callable[[str, str], None]


class Desk:
    """Asha the operator, and Gus who may only look.

    Args:
        workspace: where they type.
        typed: told who typed what, for the transcript.
    """

    def __init__(self, workspace: Workspace, typed: Typed) -> None:
        self._workspace = workspace
        self._typed = typed

    async def live_through(self, session: Session, number: int) -> None:
        """Do what a desk does on one day, up to and with the close."""
        await _until(session.opens + timedelta(seconds=1))
        await self._type(OPERATOR, "check")
        if number == 1:
            # The first day shows what being reminded is like.
            await self._wait_for_notice(f"reminder:{TRADER}:{session.date}:{ReminderKind.NO_DRILL_YET}")
        await self._drill()
        if number == 2:  # noqa: PLR2004 - somebody tries what they may not, once
            await self._type(GUEST, "flatten")
        await _until(session.closes)
        await self._wait_for_notice(f"reminder:{TRADER}:{session.date}:{ReminderKind.CLOSE_DUE}")
        await self._type(OPERATOR, "close")
        await self._wait_for_notice(f"verdict:{TRADER}:{session.date}")

    async def _drill(self) -> None:
        """Drill, and again where the trader was not fit for it at that moment."""
        for _ in range(_TRIES):
            before = len(self._workspace.ephemerals(OPERATOR, CHANNEL_ID))
            await self._type(OPERATOR, "drill")
            answer = await self._answer_after(before)
            if "refused" not in (answer or {}).get("text", "").lower():
                return
            await asyncio.sleep(_TRY_AGAIN_AFTER)

    async def _answer_after(self, before: int) -> Json | None:
        """Return the operator's newest answer once there are more of them than before."""

        def newest() -> Json | None:
            seen = self._workspace.ephemerals(OPERATOR, CHANNEL_ID)
            return seen[-1] if len(seen) > before else None

        return await self._wait_for(newest)

    async def _type(self, user: str, line: str) -> None:
        self._typed(user, f"/burnin {line}")
        outcome = await self._workspace.type_command(user, CHANNEL_ID, f"/burnin {line}")
        if not outcome.ok:
            log.warning("/burnin %s was not taken: %s", line, outcome.error)

    async def _wait_for_notice(self, key: str) -> None:
        await self._wait_for(lambda: self._announced(key))

    async def _wait_for(self, predicate: Callable[[], Json | None]) -> Json | None:
        """Wait for something to be said; a desk does not wait for ever either."""
        try:
            return await self._workspace.wait_for(predicate, _ANSWER_WITHIN)
        except (TimeoutError, SlackError):
            return None

    def _announced(self, key: str) -> Json | None:
        everything = self._workspace.desk.log.everything(CHANNEL_ID)
        return next((message for message in everything if key_of(message) == key), None)


def key_of(message: Json) -> str:
    """Return the key of the announcement that a message is, or an empty text."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("key", ""))


async def _until(at: datetime) -> None:
    await asyncio.sleep(max((at - wallclock.now()).total_seconds(), 0))
