"""The `chat.*` methods: say, correct, take back, and say to one person only."""

from collections.abc import Mapping

from bot.sandbox.workspace.call import Call, Method, RateLimitedError, api_message
from bot.sandbox.workspace.message_content import LONGEST_UPDATE, content_of, refuse_empty
from bot.sandbox.workspace.state import Channel, Json, SlackError


def post_message(call: Call) -> Json:
    """chat.postMessage."""
    channel = _writable(call)
    if (wait := call.desk.limiter.post(channel.id)) is not None:
        raise RateLimitedError(wait)
    content = content_of(call)
    refuse_empty(content)
    message = call.desk.log.post(channel.id, call.desk.directory.bot_id, content | thread_of(call, channel.id))
    return {"channel": channel.id, "ts": message["ts"], "message": api_message(call.desk, message)}


def update(call: Call) -> Json:
    """chat.update."""
    desk, channel = call.desk, call.desk.directory.joined(call.text("channel"))
    if channel.is_archived:
        raise SlackError("is_inactive")
    message = desk.log.get(channel.id, call.needed("ts"))
    if message["user"] != desk.directory.bot_id or message.get("subtype") == "tombstone":
        raise SlackError("cant_update_message")
    if desk.edit_window is not None and desk.now() - float(message["ts"]) > desk.edit_window:
        raise SlackError("edit_window_closed")
    content = content_of(call, longest=LONGEST_UPDATE)
    refuse_empty(message | content)
    if not content:
        raise SlackError("no_text")
    if call.flag("reply_broadcast") and "thread_ts" in message:
        content |= {"reply_broadcast": True, "subtype": "thread_broadcast"}
    message = desk.log.update(channel.id, message["ts"], content, editor=desk.directory.bot_id)
    shown = api_message(desk, message)
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": shown}


def delete(call: Call) -> Json:
    """chat.delete."""
    channel = _writable(call)
    message = call.desk.log.get(channel.id, call.needed("ts"))
    if message["user"] != call.desk.directory.bot_id:
        raise SlackError("cant_delete_message")
    call.desk.log.delete(channel.id, message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral."""
    channel = _writable(call)
    viewer = call.desk.directory.person(call.needed("user"))
    if viewer.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = content_of(call)
    refuse_empty(content)
    content |= thread_of(call, channel.id)
    return {"message_ts": call.desk.log.post_ephemeral(channel.id, viewer.id, content)["ts"]}


def get_permalink(call: Call) -> Json:
    """chat.getPermalink."""
    channel = call.desk.directory.channel(call.text("channel"))
    message = call.desk.log.get(channel.id, call.needed("message_ts"))
    link = f"{call.desk.base_url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    if message.get("thread_ts", message["ts"]) != message["ts"]:
        link += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def thread_of(call: Call, channel: str) -> Json:
    """The fields that put a message into a thread; empty without `thread_ts`.

    Raises:
        SlackError: `thread_not_found`, or `cannot_reply_to_message` when it names a reply.
    """
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return {}
    try:
        root = call.desk.log.get(channel, thread_ts)
    except SlackError:
        raise SlackError("thread_not_found") from None
    if root.get("thread_ts", thread_ts) != thread_ts:
        raise SlackError("cannot_reply_to_message")
    broadcast = {"reply_broadcast": True, "subtype": "thread_broadcast"}
    return {"thread_ts": thread_ts, **(broadcast if call.flag("reply_broadcast") else {})}


def _writable(call: Call) -> Channel:
    channel = call.desk.directory.joined(call.text("channel"))
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


_WRITE = ("chat:write",)
METHODS: Mapping[str, Method] = {
    "chat.postMessage": Method(post_message, _WRITE),
    "chat.update": Method(update, _WRITE, tier=3),
    "chat.delete": Method(delete, _WRITE, tier=3),
    "chat.postEphemeral": Method(post_ephemeral, _WRITE, tier=4),
    "chat.getPermalink": Method(get_permalink),
}
