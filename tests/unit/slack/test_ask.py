"""What somebody asked for, as it is read from Slack's payloads."""

import pytest

from bot.sandbox.workspace.payloads import escaped
from bot.sandbox.workspace.state import Directory
from bot.slack.ask import of_click, of_command


@pytest.mark.parametrize(
    "typed",
    [
        "void --reason see https://nse.in/a?b=1&c=2 there",
        "drill --strategy a<b",
        "a&b",
        "&lt;",
        "&amp;lt;",
        "x > y & z",
    ],
)
def test_markup_is_read_as_it_was_typed(typed: str) -> None:
    """Slack escapes it, and the line that runs is the one that was typed."""
    assert of_command({"text": escaped(Directory(), typed)}, None).line == typed


def test_a_person_comes_as_their_id() -> None:
    """Names prove nothing, so the id stays."""
    assert of_command({"text": escaped(Directory(), "audit @ben")}, None).line == "audit <@U0APPROVER|ben>"


@pytest.mark.parametrize(
    ("action", "confirmed", "opens"), [("run:drill", False, False), ("confirm:x", True, False), ("open:x", False, True)]
)
def test_a_button_says_what_becomes_of_its_line(action: str, confirmed: bool, opens: bool) -> None:
    """It runs, runs without being asked about, or fills in a form."""
    ask = of_click({"type": "block_actions", "actions": [{"action_id": action, "value": "drill"}]}, None)
    assert (ask.confirmed, ask.opens) == (confirmed, opens)


def test_a_trigger_is_not_written_anywhere() -> None:
    """Neither it nor the response URL shows in what a log may hold."""
    ask = of_command({"text": "check", "trigger_id": "13.7.secret", "response_url": "https://hooks/secret"}, None)
    assert ask.trigger == "13.7.secret"
    assert "secret" not in repr(ask)


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("drill --symbol <http://m.in|M.IN>", "drill --symbol M.IN"),
        ("void --reason <https://nse.in/a>", "void --reason https://nse.in/a"),
        ("audit <mailto:a@b.in|a@b.in>", "audit a@b.in"),
    ],
)
def test_what_slack_takes_for_a_link_is_what_was_typed(sent: str, typed: str) -> None:
    """A symbol with a dot in it is no address."""
    assert of_command({"text": sent}, None).line == typed
