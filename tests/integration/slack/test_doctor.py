"""What doctor finds at Slack, each with what to do."""

from dataclasses import replace

import pytest

from bot.finding import Finding, State
from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.state import DEFAULT_SCOPES
from bot.slack.clients import reading_client
from bot.slack.doctor import Setup, slack_findings
from bot.slack.manifest import LOST, Features, scopes
from tests.support.slack_room import ASHA, BEN, GUS, ROOM

NEEDED = frozenset(scopes())


async def _found(slack: Workspace, setup: Setup) -> list[Finding]:
    return await slack_findings(reading_client(slack.bot_token, slack.api_url), setup)


async def test_a_good_setup_has_nothing_to_mend() -> None:
    """Token, scopes, app token, channel, group and people are all well."""
    async with Workspace(limits=Limits.off(), scopes=NEEDED) as slack:
        setup = Setup(app_token=slack.app_token, channels=(ROOM,), groups=("S0OPERATORS",), people=(ASHA, BEN))
        findings = await _found(slack, setup)
    assert {one.state for one in findings} == {State.OK}
    assert [one.part for one in findings] == [
        "slack token",
        "slack scopes",
        "slack app token",
        f"slack channel {ROOM}",
        "slack user group S0OPERATORS",
        "slack people",
    ]
    assert "xapp" not in repr(setup)


@pytest.mark.parametrize("scope", sorted(NEEDED))
async def test_each_missing_scope_is_named_with_what_is_lost(scope: str) -> None:
    """Exactly the scope that is missing is told, and what does not work without it."""
    async with Workspace(limits=Limits.off(), scopes=DEFAULT_SCOPES - {scope}) as slack:
        told = [one for one in await _found(slack, Setup()) if one.part == "slack scopes"]
    assert [one.state for one in told] == [State.MISSING]
    assert told[0].text.startswith(f"{scope} is missing: {LOST[scope]}")


@pytest.mark.parametrize(
    ("features", "spare"),
    [
        (Features(files=False), "files:write"),
        (Features(user_groups=False), "usergroups:read"),
        (Features(files=False, user_groups=False), "files:write, usergroups:read"),
    ],
)
async def test_a_scope_that_nothing_needs_is_a_warning(features: Features, spare: str) -> None:
    """What is switched off needs no scope; one that is granted all the same is told, and nothing is missing."""
    async with Workspace(limits=Limits.off(), scopes=NEEDED) as slack:
        told = [one for one in await _found(slack, Setup(features=features)) if one.part == "slack scopes"]
    assert [one.state for one in told] == [State.OK, State.WARNING]
    assert f"more than it needs: {spare}." in told[1].text


async def test_everything_wrong_is_named_with_its_advice() -> None:
    """A wrong app token, a channel without the bot, an unknown channel and an unknown group are each told."""
    async with Workspace(limits=Limits.off(), scopes=NEEDED) as slack:
        slack.desk.directory.change_channel(ROOM, members=())
        setup = Setup(app_token="xapp-wrong", channels=(ROOM, "C0NOWHERE"), groups=("S0NOBODY",), people=("U0NOBODY",))
        findings = await _found(slack, setup)
    wrong = [one for one in findings if one.state is State.MISSING]
    advice = ("connections:write", "Type /invite", "id (C…)", "id (S…)", "id (U…)")
    assert [words in one.text for words, one in zip(advice, wrong, strict=True)] == [True] * 5
    assert "xapp-wrong" not in str(findings)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_archived": True}, "#burn-in is archived. Unarchive it"),
        ({"is_ext_shared": True}, "#burn-in is shared externally. Use a channel of this workspace alone"),
    ],
)
async def test_a_channel_of_no_use_is_told(change: dict[str, bool], said: str) -> None:
    """An archived channel takes no messages, and from a shared one nothing may be changed."""
    async with Workspace(limits=Limits.off(), scopes=NEEDED) as slack:
        slack.desk.directory.change_channel(ROOM, **change)
        *_, channel = await _found(slack, Setup(channels=(ROOM,)))
    assert channel.state is State.MISSING
    assert said in channel.text


async def test_a_group_without_members_is_told() -> None:
    """A group that nobody is in gives nobody a role."""
    async with Workspace(limits=Limits.off(), scopes=NEEDED) as slack:
        groups = slack.desk.directory.groups
        groups["S0OPERATORS"] = replace(groups["S0OPERATORS"], users=())
        *_, group = await _found(slack, Setup(groups=("S0OPERATORS",)))
    assert str(group) == "missing     slack user group S0OPERATORS: 0 members. Add people to it."


async def test_a_person_who_may_change_nothing_anyway_is_told() -> None:
    """A guest or a bot among the operators is named, for it would be refused whatever the configuration says."""
    async with Workspace(limits=Limits.off(), scopes=NEEDED) as slack:
        bot = slack.desk.directory.bot_id
        *_, guest, robot = await _found(slack, Setup(people=(ASHA, GUS, bot)))
    assert guest.text == "Gus (guest) is a guest, and so may change nothing. Take the id out of access."
    assert robot.text.startswith("burnin is a bot")


async def test_a_wrong_token_ends_the_look() -> None:
    """Without a token nothing else can be asked."""
    async with Workspace(limits=Limits.off()) as slack:
        setup = Setup(app_token=slack.app_token, channels=(ROOM,))
        (finding,) = await slack_findings(reading_client("xoxb-wrong", slack.api_url), setup)
    assert finding.state is State.MISSING
    assert "SLACK_BOT_TOKEN" in finding.text


async def test_a_slack_that_is_away_is_told_apart() -> None:
    """Where nothing answers there is nothing to mend in the app."""
    client = reading_client("xoxb-1", "http://127.0.0.1:9/api/")
    (finding,) = await slack_findings(client, Setup(app_token="xapp-1", channels=(ROOM,)))
    assert finding.state is State.UNREACHABLE
    assert "Check the network" in finding.text
