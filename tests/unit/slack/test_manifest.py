"""The manifest: least scopes, and an address for every surface in HTTP mode."""

import pytest

from bot.errors import UsageError
from bot.slack.manifest import manifest, scopes


def test_socket_mode_needs_no_address() -> None:
    """Socket Mode is switched on and nothing has a URL."""
    found = manifest("socket")
    assert found["settings"]["socket_mode_enabled"] is True
    assert "url" not in found["features"]["slash_commands"][0]
    assert len(found["display_information"]["name"]) <= 35


def test_http_mode_gives_every_surface_its_address() -> None:
    """Commands, clicks and events all go to the bot's one address."""
    found = manifest("http", "https://burnin.example.com/")
    address = "https://burnin.example.com/slack/events"
    assert found["settings"]["socket_mode_enabled"] is False
    assert found["settings"]["interactivity"] == {"is_enabled": True, "request_url": address}
    assert found["settings"]["event_subscriptions"]["request_url"] == address
    assert [command["url"] for command in found["features"]["slash_commands"]] == [address]


@pytest.mark.parametrize("url", ["", "http://burnin.example.com", "burnin.example.com"])
def test_http_mode_wants_an_https_address(url: str) -> None:
    """Slack sends to https only."""
    with pytest.raises(UsageError, match="https"):
        manifest("http", url)


def test_the_scopes_are_no_more_than_needed() -> None:
    """The bot may not post where it was not invited, nor read what it has no use for."""
    assert set(scopes()) == {
        "commands",
        "chat:write",
        "usergroups:read",
        "users:read",
        "channels:read",
        "groups:read",
        "channels:history",
        "groups:history",
    }
