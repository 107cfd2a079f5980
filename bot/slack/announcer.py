"""Announces in Slack, and never twice: where a post's fate is unknown, the channel is searched for it first."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.notice import Announcement, Placement
from bot.errors import DeliveryRefused, MessageGone, SlackUnreachable
from bot.ports import Clock, Posted
from bot.slack.cards.blocks import Block
from bot.slack.forms import Forms, message_of
from bot.slack.pace import Pace
from bot.slack.trouble import CALL_ERRORS, is_ambiguous, raise_as_ours, retry_after_of, word_of

log = logging.getLogger(__name__)

EVENT = "burnin_announcement"
MOST_PAGES = 50  # as many calls as Slack grants in a minute
PAGE = 200
SKEW = timedelta(minutes=10)  # how far this host's clock, the one of a bot before it, and Slack's may differ
SETTLE_SECONDS = 1.0  # after a lost answer, until what Slack took shows in the channel's history


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A message whose fate is unknown: since when it may stand there, and when that can be told by looking."""

    since: datetime | None  # None for as long as the channel goes back
    clear_at: float  # monotonic


class SlackAnnouncer:
    """The Announcer port over Slack's Web API.

    Args:
        client: a posting client: one that repeats nothing of its own accord.
        channel_of: the channel id of a trader's announcements.
        clock: tells how far back to search.
        pace: keeps to Slack's limits; shared by all that posts and edits.
    """

    def __init__(
        self, client: AsyncWebClient, channel_of: Callable[[str], str], clock: Clock, pace: Pace | None = None
    ) -> None:
        self._client = client
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
            self._doubts.setdefault(key, _Doubt(queued - SKEW, self._clock.monotonic()))

    async def post(self, announcement: Announcement, root: Posted | None, late: timedelta | None = None) -> Posted:
        """Say it, in the thread of `root` where the placement asks for it, and how late it is, where it is late.

        Raises:
            SlackUnreachable, DeliveryRefused: it was not said, or nobody can tell.
        """
        channel = self._channel_of(announcement.trader)
        threaded = announcement.placement in {Placement.THREAD, Placement.BROADCAST}
        # A thread that stands in another channel, or on a terminal, is none: the channel was configured anew since.
        thread = root.ref if threaded and root is not None and root.channel == channel else None
        async with self._turn(announcement.key):
            return await self._said_before(announcement.key, channel, thread) or await self._post(
                announcement, channel, thread, late
            )

    async def find(self, announcement: Announcement, root: Posted | None) -> Posted | None:
        """Look in the day's thread, or in the channel without one, for the message whose place an EDIT takes.

        Raises:
            SlackUnreachable, DeliveryRefused: nobody can tell whether it is there.
        """
        place = root or Posted(self._channel_of(announcement.trader), "")
        async with self._turn(announcement.edits):
            await self._settled(announcement.edits)
            try:
                return await self._search(announcement.edits, place.channel, place.ref or None, None)
            except DeliveryRefused:
                if place.channel == self._channel_of(announcement.trader):
                    raise
                return None

    async def update(self, announcement: Announcement, posted: Posted) -> None:
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
            "metadata": _metadata(key),
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

    async def _said_before(self, key: str, channel: str, thread: str | None) -> Posted | None:
        """Return where a doubtful message stands after all; None where it is to be posted."""
        doubt = self._doubts.get(key)
        if doubt is None:
            return None
        await self._settled(key)
        found = await self._search(key, channel, thread, doubt.since)
        if found is not None:
            del self._doubts[key]
        return found

    async def _settled(self, key: str) -> None:
        """Wait until it can be told by looking whether a doubtful message stands."""
        if (doubt := self._doubts.get(key)) is not None:
            await self._clock.sleep(doubt.clear_at - self._clock.monotonic())

    async def _post(
        self, announcement: Announcement, channel: str, thread: str | None, late: timedelta | None
    ) -> Posted:
        said = message_of(announcement, late)
        message: dict[str, Any] = {
            "channel": channel,
            "text": said.text,
            "blocks": list(said.blocks),
            "thread_ts": thread,
            "reply_broadcast": True if thread and announcement.placement is Placement.BROADCAST else None,
            "metadata": _metadata(announcement.key),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        await self._pace.post(channel)
        return await self._send_once(announcement.key, message, said.plainer)

    async def _send_once(self, key: str, message: dict[str, Any], plainer: Sequence[Block]) -> Posted:
        """Post; until Slack's answer is here, whether it took the message is in doubt."""
        earlier = self._doubts.get(key)
        since = earlier.since if earlier else self._clock.now() - SKEW
        self._doubts[key] = _Doubt(since, float("-inf"))
        try:
            answer = await self._forms.send(self._client.chat_postMessage, message, key, plainer)
        except CALL_ERRORS as error:
            if (seconds := retry_after_of(error)) is not None:
                self._pace.hold_posts(message["channel"], seconds)
            if is_ambiguous(error):
                self._doubts[key] = _Doubt(since, self._clock.monotonic() + SETTLE_SECONDS)
            elif earlier is None:
                del self._doubts[key]
            raise_as_ours(error, message["channel"])
        if not answer.get("ts"):
            raise SlackUnreachable("Slack took a message but did not tell where it stands. It is looked for.")
        del self._doubts[key]
        return Posted(channel=str(answer.get("channel") or message["channel"]), ref=str(answer["ts"]))

    async def _search(self, key: str, channel: str, thread: str | None, since: datetime | None) -> Posted | None:
        """Look for a message with this key; without the scope to look nobody can tell, and the log says so."""
        oldest = f"{since.timestamp():.6f}" if since else "0"
        cursor: str | None = None
        try:
            for _ in range(MOST_PAGES):
                page = await self._page(channel, thread, oldest, cursor)
                for message in page.get("messages", []):
                    if _key_of(message) == key:
                        return Posted(channel=channel, ref=str(message["ts"]))
                cursor = (page.get("response_metadata") or {}).get("next_cursor")
                if not cursor:
                    return None
            log.warning("%s is not among the last %d messages of %s", key, MOST_PAGES * PAGE, channel)
        except CALL_ERRORS as error:
            if thread is not None and word_of(error) == "thread_not_found":  # deleted; it was said in the channel then
                return await self._search(key, channel, None, since)
            if word_of(error) != "missing_scope":
                raise_as_ours(error, channel)
            log.warning("without the scope channels:history nobody can tell whether %s stands there", key)
        return None

    async def _page(self, channel: str, thread: str | None, oldest: str, cursor: str | None) -> Mapping[str, Any]:
        more: dict[str, Any] = {"oldest": oldest, "include_all_metadata": True, "limit": PAGE, "cursor": cursor}
        if thread is not None:
            answer = await self._client.conversations_replies(channel=channel, ts=thread, **more)
        else:
            answer = await self._client.conversations_history(channel=channel, **more)
        return _data(answer)


def _data(answer: AsyncSlackResponse) -> Mapping[str, Any]:
    return answer.data if isinstance(answer.data, dict) else {}


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"key": key}}


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT:
        return None
    return str((metadata.get("event_payload") or {}).get("key"))
