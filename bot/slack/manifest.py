"""The Slack app's manifest, from which each desk creates its own app."""

from pathlib import Path
from typing import Any, Literal

import yaml

from bot.errors import UsageError

_FILE = Path(__file__).parents[2] / "config" / "slack-manifest.yaml"


def manifest(mode: Literal["socket", "http"], url: str = "") -> dict[str, Any]:
    """Return the manifest for a mode; HTTP mode needs the bot's public address, such as https://burnin.example.com.

    Raises:
        UsageError: HTTP mode without an https address.
    """
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return found if mode == "socket" else _over_http(found, url)


def _over_http(found: dict[str, Any], url: str) -> dict[str, Any]:
    if not url.startswith("https://"):
        raise UsageError(
            "HTTP mode needs the bot's public https address.", hint="manifest --mode http --url https://HOST"
        )
    events = url.rstrip("/")
    if not events.endswith("/slack/events"):
        events += "/slack/events"
    settings = found["settings"]
    settings["socket_mode_enabled"] = False
    settings["interactivity"]["request_url"] = events
    settings["event_subscriptions"]["request_url"] = events
    for command in found["features"]["slash_commands"]:
        command["url"] = events
    return found


def scopes() -> tuple[str, ...]:
    """Return the bot scopes that the manifest asks for."""
    return tuple(manifest("socket")["oauth_config"]["scopes"]["bot"])
