"""What must be there before the bot speaks to Slack."""

from typing import Any, cast

import pytest

from bot.errors import ConfigurationError
from bot.settings import Settings
from bot.slack_factory import check_slack, open_slack


async def test_a_trader_without_a_channel_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages without an address would wait for ever: the key that is missing is named instead."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    settings = Settings.model_validate({"traders": [{"name": "orb", "url": "http://t"}]})
    with pytest.raises(ConfigurationError, match=r"slack\.channel is not set, so orb can announce nothing"):
        async with open_slack(settings, cast("Any", None)):
            pass


@pytest.mark.parametrize("name", ["now", "nifty.", "trader", "qty", "today", "may-5", "20261120"])
def test_a_name_that_a_line_cannot_say_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """`flatten now` would be about the channel's trader, and `flatten nifty.` about nifty: such a name is refused."""
    with pytest.raises(ConfigurationError, match=rf"no trader can be called '{name}'"):
        _checked(monkeypatch, name)


@pytest.mark.parametrize("name", ["nifty-orb", "A", "NSE.ORB", "mon-orb", "orb_2", "paper-orb-2026", "50-nifty"])
def test_any_other_name_will_do(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Dots, digits and the beginning of a weekday's name are no trouble."""
    _checked(monkeypatch, name)


def _checked(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    traders = [{"name": name, "url": "http://t", "channel": "C0123456789"}]
    check_slack(Settings.model_validate({"traders": traders}))
