"""Announces in Slack, and never twice: where a post's fate is unknown, the channel is searched for it first."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.notice import Announcement, Placement
from bot.ports import Clock, Posted
from bot.slack.cards import render
from bot.slack.trouble import CALL_ERRORS, is_ambiguous, raise_as_ours, word_of

log = logging.getLogger(__name__)

EVENT = "burnin_announcement"
MOST_PAGES = 5
PAGE = 200
# What a message can do without, by the word with which Slack refuses it: its blocks, or a thread that was deleted.
_REFUSED_FORMS = {
    **dict.fromkeys(("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"), ("blocks",)),
    **dict.fromkeys(
        ("thread_not_found", "message_not_found", "cannot_reply_to_message", "invalid_thread_ts"),
        ("thread_ts", "reply_broadcast"),
    ),
}
SKEW = timedelta(minutes=1)  # how far this host's clock and Slack's may differ


class SlackAnnouncer:
    """The Announcer port over Slack's Web API.

    Args:
        client: a posting client: one that repeats nothing of its own accord but what Slack refused with 429.
        channel_of: the channel id of a trader's announcements.
        clock: tells how far back to search.
    """

    def __init__(self, client: AsyncWebClient, channel_of: Callable[[str], str], clock: Clock) -> None:
        self._client = client
        self._channel_of = channel_of
        self._clock = clock
        self._doubtful: dict[str, str] = {}  # key → where the search begins, as Slack's timestamp

    def doubt(self, keys: Iterable[str]) -> None:
        """Name what an earlier process may have said without noting it: it is searched for before it is posted."""
        for key in keys:
            self._doubtful.setdefault(key, "0")

    async def post(self, announcement: Announcement, root: Posted | None) -> Posted:
        """Say it, in the thread of `root` where the placement asks for it.

        Raises:
            SlackUnreachable, DeliveryRefused: it was not said, or nobody can tell.
        """
        threaded = announcement.placement in {Placement.THREAD, Placement.BROADCAST} and root is not None
        channel = root.channel if root is not None and threaded else self._channel_of(announcement.trader)
        thread = root.ref if root is not None and threaded else None
        if announcement.key in self._doubtful:
            found = await self._search(announcement.key, channel, thread)
            if found is not None:
                del self._doubtful[announcement.key]
                return found
        return await self._post(announcement, channel, thread)

    async def update(self, announcement: Announcement, posted: Posted) -> None:
        """Show a message again as it should read now.

        Raises:
            SlackUnreachable, DeliveryRefused: it still reads as before.
        """
        said = render(announcement.notice, announcement.trader)
        try:
            await self._client.chat_update(
                channel=posted.channel,
                ts=posted.ref,
                text=said.text,
                blocks=list(said.blocks),
                metadata=_metadata(announcement.key),
            )
        except CALL_ERRORS as error:
            raise_as_ours(error, posted.channel)

    async def _post(self, announcement: Announcement, channel: str, thread: str | None) -> Posted:
        said = render(announcement.notice, announcement.trader)
        since = f"{(self._clock.now() - SKEW).timestamp():.6f}"
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
        try:
            answer = await self._send(message)
        except CALL_ERRORS as error:
            if is_ambiguous(error):
                self._doubtful.setdefault(announcement.key, since)
            raise_as_ours(error, channel)
        self._doubtful.pop(announcement.key, None)
        return Posted(channel=str(answer["channel"]), ref=str(answer["ts"]))

    async def _send(self, message: dict[str, Any]) -> Mapping[str, Any]:
        """Post; what Slack refuses for its form is said more plainly, for everything queued after it waits for it."""
        try:
            return _data(await self._client.chat_postMessage(**message))
        except SlackApiError as error:
            without = _REFUSED_FORMS.get(word_of(error), ())
            if not any(message.get(name) for name in without):
                raise
            log.error("Slack refused %s of a message (%s); it is said without: report this", without[0], word_of(error))
            return _data(await self._client.chat_postMessage(**{**message, **dict.fromkeys(without)}))

    async def _search(self, key: str, channel: str, thread: str | None) -> Posted | None:
        """Look for a message with this key; without the scope to look it is said again, and the log says so."""
        cursor: str | None = None
        try:
            for _ in range(MOST_PAGES):
                page = await self._page(channel, thread, self._doubtful[key], cursor)
                for message in page.get("messages", []):
                    if _key_of(message) == key:
                        return Posted(channel=channel, ref=str(message["ts"]))
                cursor = (page.get("response_metadata") or {}).get("next_cursor")
                if not cursor:
                    break
        except CALL_ERRORS as error:
            if word_of(error) != "missing_scope":
                raise_as_ours(error, channel)
            log.warning("without the scope channels:history nobody can tell whether %s was said; it is said again", key)
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
