"""What has been said: every channel's messages, and the ephemerals that only one person sees."""

import copy
from collections.abc import Callable
from typing import Any

from bot.sandbox.workspace.feed import Feed
from bot.sandbox.workspace.state import Directory, Json, SlackError


class Timestamps:
    """Hands out message timestamps: unique, strictly increasing, shaped like "1234567890.000100"."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def next(self) -> str:
        """The next timestamp, in seconds since 1970 with six decimals."""
        self._last = max(self._last + 100, int(self._now() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


class ConversationLog:
    """Keeps messages by channel and timestamp and publishes each change."""

    def __init__(self, directory: Directory, feed: Feed, timestamps: Timestamps) -> None:
        self._directory = directory
        self._feed = feed
        self._timestamps = timestamps
        self._messages: dict[str, dict[str, Json]] = {}
        self._ephemerals: dict[tuple[str, str], dict[str, Json]] = {}

    def post(self, channel: str, user: str, content: Json) -> Json:
        """Add a message of `user`; `content` holds text, blocks, metadata, thread_ts and the like."""
        message = self._message(channel, user, content)
        self._channel(channel)[message["ts"]] = message
        if "thread_ts" in message:
            self._count_reply(channel, message)
        self._publish("message", message)
        return message

    def update(self, channel: str, ts: str, content: Json, *, editor: str) -> Json:
        """Replace parts of a message; a value of None takes that part away."""
        message = self.get(channel, ts)
        _merge(message, content)
        message["edited"] = {"user": editor, "ts": self._timestamps.next()}
        self._publish("message_changed", message)
        return message

    def delete(self, channel: str, ts: str) -> None:
        """Remove a message; the root of a thread leaves a tombstone, as in Slack."""
        message = self.get(channel, ts)
        if message.get("reply_count"):
            _merge(message, {"text": "This message was deleted.", "blocks": None, "metadata": None, "files": None})
            message["subtype"] = "tombstone"
            self._publish("message_changed", message)
            return
        del self._channel(channel)[ts]
        if "thread_ts" in message:
            self._count_reply(channel, message)
        self._feed.publish("message_deleted", channel=channel, message={"channel": channel, "ts": ts})

    def get(self, channel: str, ts: str) -> Json:
        """The stored message.

        Raises:
            SlackError: `message_not_found`.
        """
        message = self._channel(channel).get(ts)
        if message is None:
            raise SlackError("message_not_found")
        return message

    def everything(self, channel: str) -> list[Json]:
        """All messages of a channel, thread replies too, oldest first."""
        return list(self._channel(channel).values())

    def main(self, channel: str) -> list[Json]:
        """What stands in the channel itself: roots, and replies that were broadcast; oldest first."""
        return [m for m in self.everything(channel) if "thread_ts" not in m or _is_shown(m)]

    def replies(self, channel: str, thread_ts: str) -> list[Json]:
        """The replies of a thread without its root, oldest first."""
        return [m for m in self.everything(channel) if m.get("thread_ts") == thread_ts and m["ts"] != thread_ts]

    def post_ephemeral(self, channel: str, viewer: str, content: Json, *, user: str | None = None) -> Json:
        """Show a message to one person; it is in no history."""
        message = self._message(channel, user or self._directory.bot_id, content)
        message |= {"ephemeral": True, "visible_to": viewer}
        self._ephemerals.setdefault((viewer, channel), {})[message["ts"]] = message
        self._publish("ephemeral", message, viewer)
        return message

    def replace_ephemeral(self, channel: str, viewer: str, ts: str, content: Json) -> None:
        """Give an ephemeral other content in its place."""
        message = self._ephemerals.get((viewer, channel), {}).get(ts)
        if message is not None:
            _merge(message, content)
            self._publish("ephemeral", message, viewer)

    def delete_ephemeral(self, channel: str, viewer: str, ts: str) -> None:
        """Take an ephemeral away; one that is gone already stays gone."""
        if self._ephemerals.get((viewer, channel), {}).pop(ts, None) is not None:
            gone = {"channel": channel, "ts": ts}
            self._feed.publish("ephemeral_deleted", channel=channel, user=viewer, message=gone)

    def ephemerals(self, viewer: str, channel: str) -> list[Json]:
        """What only this person sees in a channel, oldest first."""
        return list(self._ephemerals.get((viewer, channel), {}).values())

    def shown(self, message: Json) -> Json:
        """A copy of a message with what a reader sees beside it: the sender's name, who it is visible to."""
        people = self._directory.people
        sender = people[message["user"]]
        shown = {**copy.deepcopy(message), "username": sender.name, "is_bot": sender.is_bot}
        if "visible_to" in message:
            shown["visible_to_name"] = people[message["visible_to"]].short_name
        return shown

    def _channel(self, channel: str) -> dict[str, Json]:
        return self._messages.setdefault(channel, {})

    def _message(self, channel: str, user: str, content: Json) -> Json:
        message: Json = {
            "type": "message",
            "channel": channel,
            "user": user,
            "ts": self._timestamps.next(),
            "text": "",
        }
        _merge(message, content)
        return message

    def _count_reply(self, channel: str, reply: Json) -> None:
        root = self._channel(channel).get(reply["thread_ts"])
        if root is None:
            return
        replies = self.replies(channel, root["ts"])
        root["thread_ts"] = root["ts"]
        root["reply_count"] = len(replies)
        root["reply_users"] = list(dict.fromkeys(r["user"] for r in replies))
        root["reply_users_count"] = len(root["reply_users"])
        if replies:
            root["latest_reply"] = replies[-1]["ts"]
        self._publish("message_changed", root)

    def _publish(self, kind: str, message: Json, viewer: str | None = None) -> None:
        self._feed.publish(kind, channel=message["channel"], user=viewer, message=self.shown(message))


def _is_shown(message: Json) -> bool:
    return bool(message["ts"] == message["thread_ts"] or message.get("reply_broadcast"))


def _merge(message: Json, content: dict[str, Any]) -> None:
    for name, value in content.items():
        if value is None or (name == "blocks" and value == []):
            message.pop(name, None)
        else:
            message[name] = value
    message.setdefault("text", "")
