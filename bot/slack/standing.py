"""Whether a message stands in Slack: the key of its announcement is in its metadata, or in the name of its file."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import Head, Posted
from bot.slack.trouble import CALL_ERRORS, raise_as_ours, word_of
from bot.slack.uploads import holds_file_of

log = logging.getLogger(__name__)

EVENT = "burnin_announcement"
MOST_PAGES = 50  # as many calls as Slack grants in a minute
PAGE = 200


def metadata_of(key: str, head: Head | None) -> dict[str, Any]:
    """Return what a message carries, unseen: by what it is found again, and which entry of the ledger asked for it."""
    asked = {"seq": head.seq, "hash": head.hash} if head is not None and head.seq else {}
    return {"event_type": EVENT, "event_payload": {"key": key, **asked}}


async def find_said(
    client: AsyncWebClient, key: str, channel: str, thread: str | None, since: datetime | None
) -> Posted | None:
    """Look for a message with this key; without the scope to look nobody can tell, and the log says so.

    Args:
        client: a client that may read the channel.
        key: the announcement's.
        channel: where it would stand.
        thread: in whose thread; None for the channel itself.
        since: how far back to look; None for as long as the channel goes back.

    Raises:
        SlackUnreachable, DeliveryRefused: nobody can tell whether it is there.
    """
    oldest = f"{since.timestamp():.6f}" if since else "0"
    cursor: str | None = None
    try:
        for _ in range(MOST_PAGES):
            page = await _page(client, channel, thread, oldest, cursor)
            for message in page.get("messages", []):
                if _key_of(message) == key or holds_file_of(message, key):
                    return Posted(channel=channel, ref=str(message["ts"]))
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        log.warning("%s is not among the last %d messages of %s", key, MOST_PAGES * PAGE, channel)
    except CALL_ERRORS as error:
        if thread is not None and word_of(error) == "thread_not_found":  # deleted; it was said in the channel then
            return await find_said(client, key, channel, None, since)
        if word_of(error) != "missing_scope":
            raise_as_ours(error, channel)
        log.warning("without the scope channels:history nobody can tell whether %s stands there", key)
    return None


async def _page(
    client: AsyncWebClient, channel: str, thread: str | None, oldest: str, cursor: str | None
) -> Mapping[str, Any]:
    more: dict[str, Any] = {"oldest": oldest, "include_all_metadata": True, "limit": PAGE, "cursor": cursor}
    if thread is not None:
        answer = await client.conversations_replies(channel=channel, ts=thread, **more)
    else:
        answer = await client.conversations_history(channel=channel, **more)
    return answer.data if isinstance(answer.data, dict) else {}


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT:
        return None
    return str((metadata.get("event_payload") or {}).get("key"))
