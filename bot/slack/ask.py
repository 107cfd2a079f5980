"""What somebody asked for in Slack, read from the payload of a slash command, a click or a form that is handed in."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.replies import Beside, ByResponseUrl, Replies
from commands.parser import command_in

Payload = Mapping[str, Any]

CONFIRMED = "confirm:"  # action ids of buttons that were asked about, so that their line runs at once
OPENS = "open:"  # action ids of buttons that open a form and run nothing
# A link, whether somebody meant one or only typed a word with a dot in it: its label is what was typed.
_LINK = re.compile(r"<((?:https?://|mailto:)[^<>|]+)(?:\|([^<>]*))?>")


@dataclass(frozen=True, slots=True)
class Pressed:
    """The message in which a button was pressed. Of an ephemeral one Slack tells neither text nor blocks."""

    block_id: str
    ephemeral: bool
    ts: str
    text: str = ""
    blocks: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """One line somebody wants run. `request` recognises a redelivery and gives away nothing of Slack's tokens.

    `trigger` opens one form within three seconds; it is neither logged nor kept.
    """

    line: str
    user: str
    team: str
    channel: str
    request: str
    reply: Replies
    confirmed: bool = False  # they have been asked about it
    opens: bool = False  # the form of the line is wanted, and nothing is to run
    pressed: Pressed | None = None
    trigger: str = field(default="", repr=False)

    @property
    def command(self) -> str:
        """Which command it is, read as the dispatcher reads it; empty where the line cannot be read."""
        return command_in(self.line)


def of_command(body: Payload, client: AsyncWebClient | None) -> Ask:
    """Read a slash command."""
    user, channel = str(body.get("user_id", "")), str(body.get("channel_id", ""))
    return Ask(
        line=_typed(str(body.get("text") or "")),
        user=user,
        team=str(body.get("team_id", "")),
        channel=channel,
        request=delivery_key(body),
        reply=_way_back(body, client, channel, user),
        trigger=str(body.get("trigger_id") or ""),
    )


def of_click(body: Payload, client: AsyncWebClient | None) -> Ask:
    """Read a click on a button; its value is only the line, which runs with the clicker's own rights."""
    action = body["actions"][0]
    user, pressed = body.get("user") or {}, str(action.get("action_id", ""))
    clicker, channel = str(user.get("id", "")), str((body.get("channel") or {}).get("id", ""))
    return Ask(
        line=str(action.get("value") or "").strip(),
        user=clicker,
        team=str(user.get("team_id") or (body.get("team") or {}).get("id", "")),
        channel=channel,
        request=delivery_key(body),
        reply=_way_back(body, client, channel, clicker),
        confirmed=pressed.startswith(CONFIRMED),
        opens=pressed.startswith(OPENS),
        pressed=_pressed(body, str(action.get("block_id", ""))),
        trigger=str(body.get("trigger_id") or ""),
    )


def of_submission(body: Payload, line: str, channel: str, client: AsyncWebClient) -> Ask:
    """Read who handed in a form: what it says has become a line, which runs with their own rights as of now."""
    user = body.get("user") or {}
    return Ask(
        line=line,
        user=str(user.get("id", "")),
        team=str(user.get("team_id") or (body.get("team") or {}).get("id", "")),
        channel=channel,
        request=delivery_key(body),
        reply=Beside(client, channel, str(user.get("id", ""))),
        confirmed=True,
    )


def _typed(text: str) -> str:
    """Return what was typed: the manifest has people come as their ids, and with that markup as Slack escapes it."""
    text = _LINK.sub(lambda link: link[2] or link[1], text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _way_back(body: Payload, client: AsyncWebClient | None, channel: str, user: str) -> Replies:
    """Return the way that the payload brings along, and the one beside it for when that is no good any more."""
    beside = Beside(client, channel, user) if client else None
    return ByResponseUrl(str(body.get("response_url") or ""), client.session if client else None, beside)


def delivery_key(body: Payload) -> str:
    """Return what recognises a delivery of Slack's when it comes again; empty where the payload does not tell.

    It is a digest, for Slack's triggers are not to be kept.
    """
    match body.get("type"):
        case "block_actions":
            parts = ["action", body.get("trigger_id"), body["actions"][0].get("action_ts")]
        case "view_submission":
            parts = ["submission", body["view"].get("id"), body["view"].get("hash")]
        case "event_callback":
            parts = ["event", body.get("event_id")]
        case _:
            parts = ["command", body.get("trigger_id")]
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest() if all(parts) else ""


def _pressed(body: Payload, block_id: str) -> Pressed:
    container = body.get("container") or {}
    shown = body.get("message") or {}
    return Pressed(
        block_id=block_id,
        ephemeral=bool(container.get("is_ephemeral")),
        ts=str(container.get("message_ts", "")),
        text=str(shown.get("text", "")),
        blocks=tuple(shown.get("blocks") or ()),
    )
