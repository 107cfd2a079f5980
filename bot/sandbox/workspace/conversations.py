"""The `conversations.*` methods: read what was said, and about the channel itself."""

import re
from collections.abc import Mapping
from decimal import Decimal

from bot.sandbox.workspace.call import Call, Method, api_message, page_of
from bot.sandbox.workspace.state import Channel, Json, SlackError


def history(call: Call) -> Json:
    """conversations.history: newest first."""
    channel = _readable(call)
    messages = [m for m in reversed(call.desk.log.main(channel.id)) if _within(call, m["ts"])]
    return _answer(call, messages)


def replies(call: Call) -> Json:
    """conversations.replies: the root, then its replies, oldest first."""
    channel, ts = _readable(call), call.needed("ts")
    try:
        root = call.desk.log.get(channel.id, ts)
    except SlackError:
        raise SlackError("thread_not_found") from None
    rest = [m for m in call.desk.log.replies(channel.id, ts) if _within(call, m["ts"])]
    return _answer(call, [root, *rest], most=1000)


def info(call: Call) -> Json:
    """conversations.info."""
    channel = _known(call)
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "is_member": call.desk.directory.bot_id in channel.members,
        "context_team_id": call.desk.directory.team.id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }
    if call.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(call: Call) -> Json:
    """conversations.members."""
    page, cursor = page_of(list(_known(call).members), call, default=100, most=999)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def _known(call: Call) -> Channel:
    channel = call.desk.directory.channel(call.text("channel"))
    call.require("groups:read" if channel.is_private else "channels:read")
    return channel


def _readable(call: Call) -> Channel:
    channel = call.desk.directory.joined(call.text("channel"))
    call.require("groups:history" if channel.is_private else "channels:history")
    return channel


def _within(call: Call, ts: str) -> bool:
    oldest, latest = _bound(call, "oldest"), _bound(call, "latest")
    at = Decimal(ts)
    if call.flag("inclusive"):
        return (oldest is None or at >= oldest) and (latest is None or at <= latest)
    return (oldest is None or at > oldest) and (latest is None or at < latest)


def _bound(call: Call, name: str) -> Decimal | None:
    value = call.text(name)
    if not value:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise SlackError(f"invalid_ts_{name}")
    return Decimal(value) or None


def _answer(call: Call, messages: list[Json], most: int = 999) -> Json:
    page, cursor = page_of(messages, call, default=100, most=most)
    full = call.flag("include_all_metadata")
    answer: Json = {
        "messages": [api_message(call.desk, message, with_metadata=full) for message in page],
        "has_more": bool(cursor),
    }
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


_HISTORY = ("channels:history", "groups:history")
_READ = ("channels:read", "groups:read")
METHODS: Mapping[str, Method] = {
    "conversations.history": Method(history, _HISTORY, tier=3),
    "conversations.replies": Method(replies, _HISTORY, tier=3),
    "conversations.info": Method(info, _READ, tier=3),
    "conversations.members": Method(members, _READ, tier=4),
}
