"""What must be there before the bot speaks to Slack."""

from typing import Any, cast

import pytest

from bot.errors import ConfigurationError
from bot.settings import Settings
from bot.slack_factory import open_slack


async def test_a_trader_without_a_channel_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages without an address would wait for ever: the key that is missing is named instead."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    settings = Settings.model_validate({"traders": [{"name": "orb", "url": "http://t"}]})
    with pytest.raises(ConfigurationError, match=r"slack\.channel is not set, so orb can announce nothing"):
        async with open_slack(settings, cast("Any", None)):
            pass
