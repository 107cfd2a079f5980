"""What doctor finds at Slack, each with what to do."""

from bot.finding import State
from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.state import DEFAULT_SCOPES
from bot.slack.clients import reading_client
from bot.slack.doctor import slack_findings
from tests.support.slack_room import ROOM


async def test_a_good_setup_has_nothing_to_mend() -> None:
    """Token, scopes, app token, channel and group are all well."""
    async with Workspace(limits=Limits.off()) as slack:
        client = reading_client(slack.bot_token, slack.api_url)
        findings = await slack_findings(client, slack.app_token, [ROOM], ["S0OPERATORS"])
    assert {one.state for one in findings} == {State.OK}
    assert [one.part for one in findings] == [
        "slack token",
        "slack scopes",
        "slack app token",
        f"slack channel {ROOM}",
        "slack user group S0OPERATORS",
    ]


async def test_everything_wrong_is_named_with_its_advice() -> None:
    """A missing scope, a wrong app token, a channel without the bot and an unknown group are each told."""
    async with Workspace(limits=Limits.off(), scopes=DEFAULT_SCOPES - {"groups:history"}) as slack:
        slack.desk.directory.change_channel(ROOM, members=())
        client = reading_client(slack.bot_token, slack.api_url)
        findings = await slack_findings(client, "xapp-wrong", [ROOM, "C0NOWHERE"], ["S0NOBODY"])
    wrong = [one for one in findings if one.state is State.MISSING]
    advice = ("groups:history. Add them", "connections:write", "Type /invite", "id (C…)", "id (S…)")
    assert [words in one.text for words, one in zip(advice, wrong, strict=True)] == [True] * 5
    assert "xapp-wrong" not in str(findings)


async def test_a_wrong_token_ends_the_look() -> None:
    """Without a token nothing else can be asked."""
    async with Workspace(limits=Limits.off()) as slack:
        (finding,) = await slack_findings(reading_client("xoxb-wrong", slack.api_url), slack.app_token, [ROOM], [])
    assert finding.state is State.MISSING
    assert "SLACK_BOT_TOKEN" in finding.text


async def test_a_slack_that_is_away_is_told_apart() -> None:
    """Where nothing answers there is nothing to mend in the app."""
    (finding,) = await slack_findings(reading_client("xoxb-1", "http://127.0.0.1:9/api/"), "xapp-1", [ROOM], [])
    assert finding.state is State.UNREACHABLE
    assert "Check the network" in finding.text
