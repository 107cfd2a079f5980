"""What doctor finds at Slack, each with what to do."""

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
    assert [(one.name, one.ok) for one in findings] == [
        ("slack token", True),
        ("slack scopes", True),
        ("slack app token", True),
        (f"slack channel {ROOM}", True),
        ("slack user group S0OPERATORS", True),
    ]


async def test_everything_wrong_is_named_with_its_advice() -> None:
    """A missing scope, a wrong app token, a channel without the bot and an unknown group are each told."""
    async with Workspace(limits=Limits.off(), scopes=DEFAULT_SCOPES - {"groups:history"}) as slack:
        slack.desk.directory.change_channel(ROOM, members=())
        client = reading_client(slack.bot_token, slack.api_url)
        findings = await slack_findings(client, "xapp-wrong", [ROOM, "C0NOWHERE"], ["S0NOBODY"])
    wrong = [one for one in findings if not one.ok]
    assert "groups:history" in wrong[0].detail
    assert len(wrong) == 5
    assert all(one.advice for one in wrong)
    assert "xapp-wrong" not in str(findings)


async def test_a_wrong_token_ends_the_look() -> None:
    """Without a token nothing else can be asked."""
    async with Workspace(limits=Limits.off()) as slack:
        (finding,) = await slack_findings(reading_client("xoxb-wrong", slack.api_url), slack.app_token, [ROOM], [])
    assert not finding.ok
    assert "SLACK_BOT_TOKEN" in finding.advice
