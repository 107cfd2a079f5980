"""Shows how far a long command is, in one message of the day's thread, edited at most once a second.

While it runs, that is best effort. Its last words are announced with the end of the command instead: they come for
sure, also where Slack is away or the bot dies.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.daybook import said
from bot.desk import Desk
from bot.domain.entry import Draft
from bot.domain.notice import Announcement, CommandProgress, Placement, ProgressEnded
from bot.domain.people import Actor
from bot.domain.steps import Step
from bot.errors import BurninError, DuplicateKey
from bot.ports import Announcer, Head, Posted
from bot.progress import progress_ended, progress_key
from commands.dispatcher import Outcome

log = logging.getLogger(__name__)

EDIT_SECONDS = 1.0
_MOST_SECONDS = 30.0  # between two tries where Slack takes none


@dataclass(frozen=True, slots=True)
class DayThread:
    """A day, and its root message."""

    day: date
    root: Posted


class ProgressPlace(Protocol):
    """Where a trader's day stands in Slack."""

    async def thread_of(self, trader: str) -> DayThread | None:
        """Return the thread of a trader's day, or None where there is none yet."""
        ...


class ProgressMessage:
    """The progress of one command. Being called never waits for Slack and never raises: the command goes first.

    Args:
        announcer: posts and edits.
        place: knows the thread.
        desk: where is noted that the message stands, and its clock.
        trader: whose day it is.
        request: the key of what was asked; without one nothing is shown, for the message could not be found again.
        command: the line that was typed.
        actor: who runs it.
    """

    def __init__(
        self,
        announcer: Announcer,
        place: ProgressPlace,
        desk: Desk,
        *,
        trader: str,
        request: str,
        command: str,
        actor: Actor,
    ) -> None:
        self._announcer = announcer
        self._place = place
        self._desk = desk
        self._trader = trader
        self._request = request
        self._command = command
        self._actor = actor
        self._steps: tuple[Step, ...] = ()
        self._changed = asyncio.Event()
        self._over = not request
        self._thread: DayThread | None = None  # once a message may stand there
        self._posted: Posted | None = None
        self._head: Head | None = None  # the ledger's end when it was shown last
        self._editor: asyncio.Task[None] | None = None

    async def __call__(self, steps: tuple[Step, ...]) -> None:
        """Note the steps as they stand; they are shown when the next edit is due."""
        self._steps = steps
        self._changed.set()
        if self._editor is None and not self._over:
            self._editor = asyncio.create_task(self._edit(), name=f"the progress of {self._command}")

    def ended(self, outcome: Outcome) -> tuple[Draft, ...]:
        """Show no more, and return what queues the last words, where a message may stand that needs them.

        What is being posted or edited at this moment comes to its end: the last words wait for it.
        """
        self._over = True
        self._changed.set()
        if self._thread is None:
            return ()
        last = self._last_words(outcome)
        return (progress_ended(last, request=self._request, trader=self._trader, day=self._thread.day),)

    async def show_unrecorded(self, outcome: Outcome) -> None:
        """Show the last words as well as can be, where the ledger could not take them with the end."""
        if self._posted is None or self._thread is None:
            return
        try:
            last = self._announcement(self._last_words(outcome), self._thread)
            await self._announcer.update(last, self._posted, self._head)
        except BurninError as error:
            log.warning("that %s has ended is told at the next start: %s", self._command, error)

    def _last_words(self, outcome: Outcome) -> ProgressEnded:
        done = outcome.outcome == "done"
        cut_off = outcome.reason == "cut_off" or outcome.outcome == "duplicate"
        return ProgressEnded(
            actor=self._actor,
            command=self._command,
            at=self._desk.clock.now(),
            outcome="abandoned" if cut_off else outcome.outcome,
            detail="" if done else outcome.message,
            steps=() if done else self._steps,
        )

    async def _edit(self) -> None:
        pause = EDIT_SECONDS
        while not self._over:
            await self._changed.wait()
            self._changed.clear()
            shown = await self._show()
            pause = EDIT_SECONDS if shown else min(2 * pause, _MOST_SECONDS)
            if not shown:
                self._changed.set()
            await self._desk.clock.sleep(pause)

    async def _show(self) -> bool:
        try:
            thread = self._thread or await self._place.thread_of(self._trader)
            if thread is not None and not self._over:
                # From here on it may stand there, whatever becomes of the call.
                self._thread = thread
                await self._say(thread)
        except BurninError as error:
            log.warning("the progress of %s could not be shown: %s", self._command, error)
            return False
        except Exception:  # the loop's edge: the command goes on all the same
            log.exception("the progress of %s could not be shown", self._command)
            return False
        return True

    async def _say(self, thread: DayThread) -> None:
        steps = CommandProgress(actor=self._actor, command=self._command, steps=self._steps)
        announcement = self._announcement(steps, thread)
        self._head = await self._desk.ledger.head()
        if self._posted is not None:
            await self._announcer.update(announcement, self._posted, self._head)
            return
        self._posted = await self._announcer.post(announcement, thread.root, head=self._head)
        try:
            await self._desk.ledger.append(said(announcement, self._posted, self._desk.clock.now()))
        except DuplicateKey as error:
            log.debug("already noted: %s", error.key)

    def _announcement(self, notice: CommandProgress | ProgressEnded, thread: DayThread) -> Announcement:
        key = progress_key(self._request)
        return Announcement(key=key, trader=self._trader, day=thread.day, placement=Placement.THREAD, notice=notice)
