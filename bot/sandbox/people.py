"""The desk's people as a script: they type what a desk would type, at the moments when a desk would."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.notice import ReminderKind
from bot.domain.session import Session
from bot.sandbox import wallclock
from bot.sandbox.configuration import TRADER
from bot.sandbox.narrator import is_under_way, key_of
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.state import CHANNEL_ID, GUEST, OPERATOR, SLACKBOT, Json

log = logging.getLogger(__name__)

_ANSWER_WITHIN = 8.0  # seconds
_TRIES = 3
_TRY_AGAIN_AFTER = 1.3  # seconds; a leader that was lost for a second is back by then
_REFUSED = "⛔"

Typed = Callable[[str, str], None]


class Desk:
    """Asha the operator, and Gus who may only look.

    Args:
        workspace: where they type.
        typed: told who typed what, for the transcript.

    Attributes:
        drilled: set while a day's drill is over and nobody types until the close.
    """

    def __init__(self, workspace: Workspace, typed: Typed) -> None:
        self._workspace = workspace
        self._typed = typed
        self.drilled = asyncio.Event()

    async def live_through(self, session: Session, number: int) -> None:
        """Do what a desk does on one day, up to and with the close."""
        self.drilled.clear()
        await _until(session.opens + timedelta(seconds=1))
        await self._run(OPERATOR, "check")
        if number == 1:
            # The first day shows what being reminded is like.
            await self._announced(f"reminder:{TRADER}:{session.date}:{ReminderKind.NO_DRILL_YET}")
        await self._run(OPERATOR, "drill")
        if number == 2:  # noqa: PLR2004 - somebody tries what they may not, once
            await self._once(GUEST, "flatten")
        self.drilled.set()
        await _until(session.closes)
        await self._announced(f"reminder:{TRADER}:{session.date}:{ReminderKind.CLOSE_DUE}")
        await self._run(OPERATOR, "close")
        await self._announced(f"verdict:{TRADER}:{session.date}")

    async def _run(self, user: str, line: str) -> None:
        """Type a line until it is taken: the trader may not be fit for it at a moment, or the bot away."""
        for _ in range(_TRIES):
            answer = await self._once(user, line)
            if answer is not None and answer["user"] != SLACKBOT and not answer["text"].startswith(_REFUSED):
                return
            await asyncio.sleep(_TRY_AGAIN_AFTER)

    async def _once(self, user: str, line: str) -> Json | None:
        """Type a line and return its answer, None where none came in time."""
        before = len(self._answers(user))
        self._typed(user, f"/burnin {line}")
        await self._workspace.type_command(user, CHANNEL_ID, f"/burnin {line}")
        return await self._wait_for(lambda: next(iter(self._answers(user)[before:]), None))

    def _answers(self, user: str) -> list[Json]:
        return [said for said in self._workspace.ephemerals(user, CHANNEL_ID) if not is_under_way(said)]

    async def _announced(self, key: str) -> None:
        everything = self._workspace.desk.log.everything
        await self._wait_for(lambda: next((said for said in everything(CHANNEL_ID) if key_of(said) == key), None))

    async def _wait_for(self, predicate: Callable[[], Json | None]) -> Json | None:
        """Wait for something to be said; a desk does not wait for ever either."""
        try:
            return await self._workspace.wait_for(predicate, _ANSWER_WITHIN)
        except TimeoutError:
            log.info("nothing was said within %.0f s", _ANSWER_WITHIN)
            return None


async def _until(at: datetime) -> None:
    await asyncio.sleep(max((at - wallclock.now()).total_seconds(), 0))
