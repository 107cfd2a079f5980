"""What Slack takes as an app's manifest, of the parts that the bot's has: Slack's own schema, version 1, retold."""

from typing import Any

from jsonschema import Draft7Validator

_URL = {"type": "string", "pattern": "^https?://", "maxLength": 3000}
_FLAG = {"type": "boolean"}


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": properties,
    }


def _text(most: int, pattern: str = "") -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most, "pattern": pattern}


def _list_of(items: dict[str, Any], most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most, "uniqueItems": True}


_COMMAND = _object(
    ("command", "description"),
    command={**_text(32, "^/"), "minLength": 2},
    url=_URL,
    description=_text(2000),
    usage_hint=_text(1000),
    should_escape=_FLAG,
)
MANIFEST = Draft7Validator(
    _object(
        ("display_information",),
        display_information=_object(
            ("name",),
            name=_text(35),
            description=_text(140),
            background_color=_text(7, "^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"),
        ),
        features=_object(
            app_home=_object(home_tab_enabled=_FLAG, messages_tab_enabled=_FLAG, messages_tab_read_only_enabled=_FLAG),
            bot_user=_object(("display_name",), display_name=_text(80), always_online=_FLAG),
            slash_commands=_list_of(_COMMAND, 50, 1),
        ),
        oauth_config=_object(scopes=_object(bot=_list_of(_text(50), 255))),
        settings=_object(
            event_subscriptions=_object(request_url=_URL, bot_events=_list_of(_text(50), 100)),
            interactivity=_object(("is_enabled",), is_enabled=_FLAG, request_url=_URL),
            org_deploy_enabled=_FLAG,
            socket_mode_enabled=_FLAG,
            token_rotation_enabled=_FLAG,
        ),
    )
)


def surfaces(manifest: dict[str, Any]) -> list[str]:
    """Return the addresses to which Slack would send: of commands, clicks and events, in this order."""
    settings = manifest["settings"]
    places = [*manifest["features"]["slash_commands"], settings["interactivity"], settings["event_subscriptions"]]
    return [place[key] for place in places for key in ("url", "request_url") if key in place]
