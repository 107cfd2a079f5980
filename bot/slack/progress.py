"""Shows how far a long command is, in one message of the day's thread, edited at most once a second."""

import asyncio
import logging
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notice import CommandProgress, ProgressEnded
from bot.domain.people import Actor
from bot.domain.steps import Step
from bot.errors import BurninError
from bot.ports import Clock, Posted
from bot.slack.cards.message import Message
from bot.slack.cards.progress import render, render_ended
from bot.slack.trouble import CALL_ERRORS, word_of

log = logging.getLogger(__name__)

EDIT_SECONDS = 1.0


class ProgressPlace(Protocol):
    """Where a trader's day stands in Slack."""

    async def thread_of(self, trader: str) -> Posted | None:
        """Return the root message of a trader's day, or None where there is none yet."""
        ...


class ProgressMessage:
    """The progress of one command. Being called never waits for Slack and never raises: the command goes first.

    Args:
        client: posts and edits.
        place: knows the thread.
        clock: paces the edits.
        trader: whose day it is.
        command: the line that was typed.
        actor: who runs it.
    """

    def __init__(
        self, client: AsyncWebClient, place: ProgressPlace, clock: Clock, *, trader: str, command: str, actor: Actor
    ) -> None:
        self._client = client
        self._place = place
        self._clock = clock
        self._trader = trader
        self._command = command
        self._actor = actor
        self._steps: tuple[Step, ...] = ()
        self._changed = asyncio.Event()
        self._ended: str | None = None
        self._posted: Posted | None = None
        self._editor: asyncio.Task[None] | None = None

    async def __call__(self, steps: tuple[Step, ...]) -> None:
        """Note the steps as they stand; they are shown when the next edit is due."""
        self._steps = steps
        self._changed.set()
        if self._editor is None:
            self._editor = asyncio.create_task(self._edit())

    async def finish(self, ended: str) -> None:
        """Make the last edit when it is due; `ended` says how, as mrkdwn; empty where the thread is told."""
        if self._editor is None:
            return
        self._ended = ended
        self._changed.set()
        await self._editor

    def abandon(self) -> None:
        """Leave the message as it stands, where the command did not come to its end."""
        if self._editor is not None:
            self._editor.cancel()

    async def _edit(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            ended = self._ended
            await self._show(self._message(ended))
            if ended is not None:
                return
            await self._clock.sleep(EDIT_SECONDS)

    def _message(self, ended: str | None) -> Message:
        if ended is None:
            return render(CommandProgress(actor=self._actor, command=self._command, steps=self._steps))
        last = ProgressEnded(
            actor=self._actor,
            command=self._command,
            at=self._clock.now(),
            outcome="failed" if ended else "done",
            detail=ended,
            steps=self._steps,
        )
        return render_ended(last)

    async def _show(self, said: Message) -> None:
        try:
            await self._post(said) if self._posted is None else await self._update(self._posted, said)
        except (*CALL_ERRORS, BurninError) as error:
            log.warning("progress of %s could not be shown: %s", self._command, word_of(error))

    async def _post(self, said: Message) -> None:
        root = await self._place.thread_of(self._trader)
        if root is None:
            return
        answer = await self._client.chat_postMessage(
            channel=root.channel, thread_ts=root.ref, text=said.text, blocks=list(said.blocks), unfurl_links=False
        )
        self._posted = Posted(channel=str(answer["channel"]), ref=str(answer["ts"]))

    async def _update(self, posted: Posted, said: Message) -> None:
        await self._client.chat_update(channel=posted.channel, ts=posted.ref, text=said.text, blocks=list(said.blocks))
