"""The manifest: valid for Slack, least scopes for what is switched on, an address for every surface in HTTP mode."""

from typing import Any

import pytest

from bot.errors import UsageError
from bot.settings import Settings
from bot.slack.cards.help import COMMAND
from bot.slack.manifest import LOST, Features, manifest, scopes
from bot.terminal.slack_setup import features_of
from tests.support.slack_manifest import MANIFEST, surfaces

URL = "https://burnin.example.com"
TRADER = {"name": "orb", "url": "http://t"}
ALWAYS = {
    "commands",
    "chat:write",
    "users:read",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
}


@pytest.mark.parametrize("files", [True, False])
@pytest.mark.parametrize("groups", [True, False])
def test_every_manifest_is_what_slack_takes(files: bool, groups: bool) -> None:
    """In both modes and with every set of features it holds to Slack's schema."""
    features = Features(files=files, user_groups=groups)
    for found in (manifest("socket", features=features), manifest("http", URL, features)):
        assert [error.message for error in MANIFEST.iter_errors(found)] == []


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("display_information", "name", "n" * 36),
        ("display_information", "background_color", "blue"),
        ("features", "shortcut", {}),
        ("settings", "socket_mode_enabled", "yes"),
        ("settings", "interactivity", {"request_url": "ftp://burnin"}),
    ],
)
def test_the_rules_find_what_slack_would_refuse(part: str, key: str, value: Any) -> None:
    """A name too long, a colour that is none, an unknown key or a value of another kind is no manifest."""
    found = manifest("socket")
    found[part][key] = value
    assert list(MANIFEST.iter_errors(found))


def test_socket_mode_needs_no_address() -> None:
    """Socket Mode is switched on and nothing has a URL; one that is given is a mistake."""
    found = manifest("socket")
    assert found["settings"]["socket_mode_enabled"] is True
    assert surfaces(found) == []
    with pytest.raises(UsageError, match="takes no address"):
        manifest("socket", URL)


@pytest.mark.parametrize("url", [URL, f"{URL}/", f"{URL}/slack/events"])
def test_http_mode_gives_every_surface_its_address(url: str) -> None:
    """Commands, clicks and events all go to the bot's one address."""
    found = manifest("http", url)
    assert found["settings"]["socket_mode_enabled"] is False
    assert surfaces(found) == [f"{URL}/slack/events"] * 3


@pytest.mark.parametrize("url", ["", "http://burnin.example.com", "burnin.example.com"])
def test_http_mode_wants_an_https_address(url: str) -> None:
    """Slack sends to https only."""
    with pytest.raises(UsageError, match="https"):
        manifest("http", url)


def test_the_one_command_sends_people_as_their_ids() -> None:
    """The command is the one that the bot listens to; Slack escapes what is typed, so that @somebody is an id."""
    (command,) = manifest("socket")["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert command["should_escape"] is True


@pytest.mark.parametrize(
    ("more", "added"),
    [
        ({}, {"files:write"}),
        ({"slack": {"files": False}}, set()),
        ({"access": {"operators": ["U1"]}}, {"files:write"}),
        ({"access": {"approvers": ["S1"]}}, {"files:write", "usergroups:read"}),
        ({"traders": [{**TRADER, "access": {"operators": ["S1"]}}]}, {"files:write", "usergroups:read"}),
    ],
)
def test_the_scopes_are_no_more_than_is_switched_on(more: dict[str, Any], added: set[str]) -> None:
    """Files and user groups each cost their scope, wherever a group stands; nothing asks to post uninvited."""
    settings = Settings.model_validate({"traders": [TRADER], **more})
    assert set(scopes(features_of(settings))) == ALWAYS | added


def test_without_a_configuration_all_features_have_their_scopes() -> None:
    """A manifest for a desk that nothing is known of is good for whatever it switches on later."""
    assert set(scopes()) == ALWAYS | {"files:write", "usergroups:read"} == set(LOST)
