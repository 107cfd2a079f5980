"""The Slack app's manifest, from which each desk creates its own app, with no more scopes than its features need."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from bot.errors import UsageError

_FILE = Path(__file__).parents[2] / "config" / "slack-manifest.yaml"

# What does not work without a scope, as doctor tells it. Each of the file's scopes stands here.
LOST: Final[Mapping[str, str]] = {
    "commands": "nobody can type /burnin",
    "chat:write": "nothing can be said",
    "files:write": "pictures and CSV files are left out; or switch them off: slack.files: false",
    "usergroups:read": "nobody has a role by user group",
    "users:read": "guests cannot be told apart, so nobody may do anything",
    "channels:read": "a shared channel cannot be told apart, so nothing may be changed from a public one",
    "groups:read": "a shared channel cannot be told apart, so nothing may be changed from a private one",
    "channels:history": "after a lost answer a message may stand twice in a public channel",
    "groups:history": "after a lost answer a message may stand twice in a private channel",
}


@dataclass(frozen=True, slots=True)
class Features:
    """What a desk uses of Slack beside commands and messages; all of it where nothing is known of the desk."""

    files: bool = True
    user_groups: bool = True


def manifest(mode: Literal["socket", "http"], url: str = "", features: Features | None = None) -> dict[str, Any]:
    """Return the manifest for a mode; HTTP mode needs the bot's public address, such as https://burnin.example.com.

    Raises:
        UsageError: HTTP mode without an https address, or Socket Mode with one.
    """
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    found["oauth_config"]["scopes"]["bot"] = _needed(found, features or Features())
    if mode == "http":
        return _over_http(found, url)
    if url:
        raise UsageError("Socket Mode takes no address.", hint=f"manifest --mode http --url {url}")
    return found


def scopes(features: Features | None = None) -> tuple[str, ...]:
    """Return the bot scopes that the manifest asks for."""
    return tuple(manifest("socket", features=features)["oauth_config"]["scopes"]["bot"])


def _needed(found: Mapping[str, Any], features: Features) -> list[str]:
    switched = {"files:write": features.files, "usergroups:read": features.user_groups}
    return [scope for scope in found["oauth_config"]["scopes"]["bot"] if switched.get(scope, True)]


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
