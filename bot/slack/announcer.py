"""Announces in Slack, and never twice: what may stand there already is looked for before it is posted or shared."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notice import Announcement, Placement
from bot.errors import DeliveryRefused, MessageGone, SlackUnreachable
from bot.ports import Artist, Clock, Head, Posted, Press
from bot.slack.cards.blocks import Block
from bot.slack.cards.left_out import without_file
from bot.slack.cards.message import Message
from bot.slack.forms import Forms, message_of
from bot.slack.pace import Pace
from bot.slack.standing import find_said, metadata_of
from bot.slack.trouble import CALL_ERRORS, is_ambiguous, raise_as_ours, retry_after_of
from bot.slack.uploads import LeftOut, Uploads, goes_with_a_file

log = logging.getLogger(__name__)

SKEW = timedelta(minutes=10)  # how far this host's clock, the one of a bot before it, and Slack's may differ
SETTLE_SECONDS = 1.0  # after a lost answer, until what Slack took shows in the channel's history
SHARED_SECONDS = 5.0  # the same for a file, whose message comes to stand after Slack's answer


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A message whose fate is unknown: since when it may stand there, and when somebody tried last to say it."""

    since: datetime | None  # None for as long as the channel goes back
    tried_at: float  # monotonic


class SlackAnnouncer:
    """The Announcer port over Slack's Web API.

    Args:
        client: a posting client: one that repeats nothing of its own accord.
        channel_of: the channel id of a trader's announcements.
        clock: tells how far back to search.
        pace: keeps to Slack's limits; shared by all that posts and edits.
        artist: draws the pictures; None where files are switched off, and all that they would show is words.
        press: prints the reports.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        channel_of: Callable[[str], str],
        clock: Clock,
        pace: Pace | None = None,
        *,
        artist: Artist | None = None,
        press: Press | None = None,
    ) -> None:
        self._client = client
        self._uploads = Uploads(client, artist, press)
        self._channel_of = channel_of
        self._clock = clock
        self._pace = pace or Pace(clock)
        self._forms = Forms()
        self._doubts: dict[str, _Doubt] = {}
        # One message is posted, looked for and edited in the order in which that was asked for.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def doubt(self, since: Mapping[str, datetime]) -> None:
        """Name what an earlier process may have said without noting it, by key, and since when.

        It is searched for before it is posted.
        """
        for key, queued in since.items():
            # Whoever tried may have died this moment, with a call under way.
            self._doubts.setdefault(key, _Doubt(queued - SKEW, self._clock.monotonic()))

    async def post(
        self, announcement: Announcement, root: Posted | None, late: timedelta | None = None, head: Head | None = None
    ) -> Posted:
        """Say it, in the thread of `root` where the placement asks for it, and how late it is, where it is late.

        Raises:
            SlackUnreachable, DeliveryRefused: it was not said, or nobody can tell.
        """
        channel = self._channel_of(announcement.trader)
        threaded = announcement.placement in {Placement.THREAD, Placement.BROADCAST}
        # A thread that stands in another channel, or on a terminal, is none: the channel was configured anew since.
        thread = root.ref if threaded and root is not None and root.channel == channel else None
        of_file = goes_with_a_file(announcement)
        say, settles = (self._post_file, SHARED_SECONDS) if of_file else (self._post, SETTLE_SECONDS)
        async with self._turn(announcement.key):
            if (stands := await self._said_before(announcement.key, channel, thread, settles)) is not None:
                return stands
            return await say(announcement, message_of(announcement, late), channel, thread, head)

    async def find(self, announcement: Announcement, root: Posted | None) -> Posted | None:
        """Look in the day's thread, or in the channel without one, for the message whose place an EDIT takes.

        Raises:
            SlackUnreachable, DeliveryRefused: nobody can tell whether it is there.
        """
        place = root or Posted(self._channel_of(announcement.trader), "")
        async with self._turn(announcement.edits):
            await self._settled(announcement.edits, SETTLE_SECONDS)
            try:
                return await find_said(self._client, announcement.edits, place.channel, place.ref or None, None)
            except DeliveryRefused:
                if place.channel == self._channel_of(announcement.trader):
                    raise
                return None

    async def update(self, announcement: Announcement, posted: Posted, head: Head | None = None) -> None:
        """Show a message again as it should read now.

        Raises:
            MessageGone: it was deleted, or may not be edited any more.
            SlackUnreachable, DeliveryRefused: it still reads as before.
        """
        key = announcement.edits or announcement.key
        said = message_of(announcement)
        message = {
            "channel": posted.channel,
            "ts": posted.ref,
            "text": said.text,
            "blocks": list(said.blocks),
            "metadata": metadata_of(key, head),
        }
        try:
            async with self._turn(key):
                await self._edit(key, message, said.plainer)
        except DeliveryRefused as error:
            if posted.channel == self._channel_of(announcement.trader):
                raise
            raise MessageGone(f"{key} stands in {posted.channel}, no longer the trader's channel: {error}") from error

    async def _edit(self, key: str, message: dict[str, Any], plainer: Sequence[Block]) -> None:
        await self._pace.edit()
        try:
            await self._forms.send(self._client.chat_update, message, key, plainer)
        except CALL_ERRORS as error:
            if (seconds := retry_after_of(error)) is not None:
                self._pace.hold_edits(seconds)
            raise_as_ours(error, message["channel"])

    def _turn(self, key: str) -> asyncio.Lock:
        return self._turns.setdefault(key, asyncio.Lock())

    async def _said_before(self, key: str, channel: str, thread: str | None, settles: float) -> Posted | None:
        """Return where a doubtful message stands after all; None where it is to be posted."""
        doubt = self._doubts.get(key)
        if doubt is None:
            return None
        await self._settled(key, settles)
        found = await find_said(self._client, key, channel, thread, doubt.since)
        if found is not None:
            del self._doubts[key]
            self._uploads.forget(key)
        return found

    async def _settled(self, key: str, settles: float) -> None:
        """Wait until it can be told by looking whether a doubtful message stands: so long (s) after the last try."""
        if (doubt := self._doubts.get(key)) is not None:
            await self._clock.sleep(doubt.tried_at + settles - self._clock.monotonic())

    async def _post(
        self, announcement: Announcement, said: Message, channel: str, thread: str | None, head: Head | None
    ) -> Posted:
        key = announcement.key
        message: dict[str, Any] = {
            "channel": channel,
            "text": said.text,
            "blocks": list(said.blocks),
            "thread_ts": thread,
            "reply_broadcast": True if thread and announcement.placement is Placement.BROADCAST else None,
            "metadata": metadata_of(key, head),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        await self._pace.post(channel)
        with self._in_doubt(key, channel):
            answer = await self._forms.send(self._client.chat_postMessage, message, key, said.plainer)
            if not answer.get("ts"):
                raise SlackUnreachable("Slack took a message but did not tell where it stands. It is looked for.")
        return Posted(channel=str(answer.get("channel") or channel), ref=str(answer["ts"]))

    async def _post_file(
        self, announcement: Announcement, said: Message, channel: str, thread: str | None, head: Head | None
    ) -> Posted:
        """Share a file with its words; where it is not to be had, say these words, and why it is left out.

        A shared file's message cannot carry the head.
        """
        try:
            put = await self._uploads.put(announcement)
            await self._pace.post(channel)
            with self._in_doubt(announcement.key, channel, of_file=True):
                await self._uploads.share(put, channel, thread, said.text)
        except LeftOut as why:
            posted = await self._post(announcement, without_file(said, str(why)), channel, thread, head)
            self._uploads.forget(announcement.key)
            return posted
        except CALL_ERRORS as error:  # before anything could be seen of it
            raise_as_ours(error, channel)
        return Posted(channel=channel, ref=put.id)

    @contextmanager
    def _in_doubt(self, key: str, channel: str, *, of_file: bool = False) -> Iterator[None]:
        """Hold whether a message stands in doubt until Slack's answer is here, and until it is looked for without.

        Where Slack asks to be left alone, that holds for posts; files it counts by themselves.
        """
        earlier = self._doubts.get(key)
        since = earlier.since if earlier else self._clock.now() - SKEW
        self._doubts[key] = _Doubt(since, self._clock.monotonic())
        try:
            yield
        except (LeftOut, *CALL_ERRORS) as error:
            if not of_file and (seconds := retry_after_of(error)) is not None:
                self._pace.hold_posts(channel, seconds)
            if not isinstance(error, LeftOut) and is_ambiguous(error):
                self._doubts[key] = _Doubt(since, self._clock.monotonic())
            elif earlier is None:
                del self._doubts[key]
            if isinstance(error, LeftOut):
                raise
            raise_as_ours(error, channel)
        del self._doubts[key]
