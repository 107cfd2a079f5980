"""What somebody asked for in Slack, read from the payload of a slash command or of a click."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import UsageError
from commands.parser import tokens_of

Payload = Mapping[str, Any]

CONFIRMED = "confirm:"  # action ids of buttons that were asked about, so that their line runs at once


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
    """One line somebody wants run. `request` recognises a redelivery and gives away nothing of Slack's tokens."""

    line: str
    user: str
    team: str
    channel: str
    request: str
    reply: AsyncWebhookClient
    confirmed: bool = False
    pressed: Pressed | None = None

    @property
    def command(self) -> str:
        """Which command it is, read as the dispatcher reads it; empty where the line cannot be read."""
        try:
            return (tokens_of(self.line) or ("help",))[0].lower()
        except UsageError:
            return ""


def of_command(body: Payload, session: ClientSession | None) -> Ask:
    """Read a slash command."""
    return Ask(
        line=str(body.get("text") or "").strip(),
        user=str(body.get("user_id", "")),
        team=str(body.get("team_id", "")),
        channel=str(body.get("channel_id", "")),
        request=delivery_key(body),
        reply=_reply(body, session),
    )


def of_click(body: Payload, session: ClientSession | None) -> Ask:
    """Read a click on a button; its value is only the line, which runs with the clicker's own rights."""
    action = body["actions"][0]
    user = body.get("user") or {}
    return Ask(
        line=str(action.get("value") or "").strip(),
        user=str(user.get("id", "")),
        team=str(user.get("team_id") or (body.get("team") or {}).get("id", "")),
        channel=str((body.get("channel") or {}).get("id", "")),
        request=delivery_key(body),
        reply=_reply(body, session),
        confirmed=str(action.get("action_id", "")).startswith(CONFIRMED),
        pressed=_pressed(body, str(action.get("block_id", ""))),
    )


def _reply(body: Payload, session: ClientSession | None) -> AsyncWebhookClient:
    """Return the way back to who asked. Bolt's own opens a connection for each answer; this keeps them open."""
    return AsyncWebhookClient(url=str(body.get("response_url") or ""), session=session)


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
