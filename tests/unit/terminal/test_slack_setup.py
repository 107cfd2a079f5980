"""What a configuration wants of Slack, before Slack is asked."""

from typing import Any

import pytest

from bot.finding import State
from bot.settings import Settings
from bot.terminal.slack_setup import roles, unaddressed

ORB = {"name": "orb", "url": "http://t"}


def _settings(**more: Any) -> Settings:
    return Settings.model_validate({"traders": [ORB], **more})


@pytest.mark.parametrize(
    ("access", "said"),
    [
        ({}, "nobody in Slack may change state"),
        ({"operators": ["U1", "U2"]}, "nobody may approve a void day"),
        ({"approvers": ["U1"]}, "a void day takes two people"),
        ({"operators": ["U1"], "approvers": ["U1"]}, "a void day takes two people"),
        ({"operators": ["U1"], "approvers": ["U2"]}, ""),
        ({"approvers": ["S1"]}, ""),
    ],
)
def test_too_few_people_are_a_warning_of_their_trader(access: dict[str, list[str]], said: str) -> None:
    """Each trader is told of by its own roles: nobody, no approver, or one person where a void day takes two."""
    for settings in (_settings(access=access), _settings(traders=[{**ORB, "access": access}])):
        told = list(roles(settings))
        assert [(one.part, one.state) for one in told] == ([("orb: access", State.WARNING)] if said else [])
        assert said in "".join(one.text for one in told)


def test_a_trader_without_a_channel_is_named() -> None:
    """It could announce nothing, and so is something to mend."""
    assert [one.part for one in unaddressed(_settings())] == ["orb: channel"]
    assert list(unaddressed(_settings(slack={"channel": "C1"}))) == []
