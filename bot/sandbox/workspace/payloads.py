"""Builds the payloads Slack sends for what a person does: type, click, submit, close, open Home."""

import html
import re
import secrets

from bot.sandbox.workspace.call import api_message
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.state import APP_ID, Channel, Directory, Json, Person

_ADDRESS = re.compile(r"https?://[^\s<>]+")
_AT, _HASH = (re.compile(rf"(?<!\S){sign}([\w.-]+)") for sign in "@#")


def slash_command(desk: Desk, person: Person, channel: Channel, command: str, words: str) -> Json:
    """A typed command; `words` is what stands after it."""
    team = desk.directory.team
    return {
        "token": desk.credentials.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": "privategroup" if channel.is_private else channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": words,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url(desk, desk.response_urls.issue(channel.id, person.id)),
        "trigger_id": desk.triggers.issue(person.id),
    }


def escaped(directory: Directory, text: str) -> str:
    """What was typed as Slack sends it where the manifest says `should_escape`: `<@U…|name>`, `<#C…|name>`, `&lt;`."""
    people = {person.name: f"<@{person.id}|{person.name}>" for person in directory.people.values()}
    channels = {channel.name: f"<#{channel.id}|{channel.name}>" for channel in directory.channels.values()}
    plain = html.escape(text, quote=False)
    plain = _AT.sub(lambda said: people.get(said[1], said[0]), plain)
    plain = _HASH.sub(lambda said: channels.get(said[1], said[0]), plain)
    return _ADDRESS.sub(r"<\g<0>>", plain)


def message_action(desk: Desk, person: Person, channel: Channel, message: Json, action: Json) -> Json:
    """A click in a message."""
    ephemeral = bool(message.get("ephemeral"))
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    url = desk.response_urls.issue(channel.id, person.id, message["ts"], ephemeral=ephemeral)
    payload = _interaction(desk, person, "block_actions") | {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": {}},
        "response_url": response_url(desk, url),
        "actions": [action],
    }
    return payload if ephemeral else payload | {"message": api_message(desk, message)}


def view_action(desk: Desk, person: Person, view: Json, action: Json) -> Json:
    """A click in a modal or on Home."""
    return _interaction(desk, person, "block_actions") | {
        "container": {"type": "view", "view_id": view["id"]},
        "view": desk.views.shown(view),
        "actions": [action],
    }


def view_submission(desk: Desk, person: Person, view: Json) -> Json:
    """A modal handed in; its `state` holds the values."""
    return _interaction(desk, person, "view_submission") | {
        "view": desk.views.shown(view),
        "response_urls": [],
    }


def view_closed(desk: Desk, person: Person, view: Json) -> Json:
    """A modal closed by its reader, sent where it has `notify_on_close`."""
    payload = _interaction(desk, person, "view_closed")
    del payload["trigger_id"]
    return payload | {"view": desk.views.shown(view), "is_cleared": False}


def app_home_opened(desk: Desk, person: Person) -> Json:
    """The event of a person who opens the Home tab."""
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": f"D{person.id[1:]}",
        "tab": "home",
        "event_ts": desk.timestamps.next(),
    }
    if (view := desk.views.home(person.id)) is not None:
        event["view"] = view
    return _event(desk, event)


def response_url(desk: Desk, name: str) -> str:
    """The whole address of a response URL."""
    return f"{desk.base_url}/response/{name}"


def _interaction(desk: Desk, person: Person, kind: str) -> Json:
    team = desk.directory.team
    return {
        "type": kind,
        "team": {"id": team.id, "domain": team.domain},
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": team.id},
        "api_app_id": APP_ID,
        "token": desk.credentials.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": desk.triggers.issue(person.id),
    }


def _event(desk: Desk, event: Json) -> Json:
    team = desk.directory.team.id
    authorization = {
        "enterprise_id": None,
        "team_id": team,
        "user_id": desk.directory.bot_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": desk.credentials.verification_token,
        "team_id": team,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(desk.now()),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
    }
