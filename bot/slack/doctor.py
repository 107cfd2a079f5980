"""What `burnin doctor` asks Slack: tokens, scopes, channels, user groups and people, each with what to do about it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.finding import Finding, State
from bot.slack.manifest import LOST, Features, scopes
from bot.slack.trouble import CALL_ERRORS, is_answer, word_of


@dataclass(frozen=True, slots=True)
class Setup:
    """What a configuration wants of Slack, by ids. An app token only where Socket Mode is used."""

    app_token: str = field(default="", repr=False)
    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    features: Features = field(default_factory=Features)


async def slack_findings(client: AsyncWebClient, setup: Setup) -> list[Finding]:
    """Ask Slack about the bot's own set-up; never raises for what Slack refuses."""
    try:
        answer = await client.auth_test()
    except CALL_ERRORS as error:
        return [_refused("slack token", error, "Put the app's bot token (xoxb-…) into SLACK_BOT_TOKEN.")]
    findings = [_well("slack token", f"{answer.get('user')} in {answer.get('team')}")]
    findings += _scopes(_granted(answer), scopes(setup.features))
    if setup.app_token:
        findings.append(await _app_token(client, setup.app_token))
    findings += await asyncio.gather(*[_channel(client, channel) for channel in setup.channels])
    findings += await asyncio.gather(*[_group(client, group) for group in setup.groups])
    return findings + await _people(client, setup.people, str(answer.get("team_id")))


def _granted(answer: AsyncSlackResponse) -> set[str]:
    headers = {name.lower(): value for name, value in (answer.headers or {}).items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    return granted - {""}


def _scopes(granted: set[str], needed: tuple[str, ...]) -> Iterable[Finding]:
    """Say what is missing and what for; and what is granted although nothing that is switched on needs it."""
    advice = "Add it on the app's page (OAuth & Permissions) and install the app again."
    missing = [scope for scope in needed if scope not in granted]
    for scope in missing:
        yield _to_mend("slack scopes", f"{scope} is missing: {LOST[scope]}", advice)
    if not missing:
        yield _well("slack scopes", f"all {len(needed)} granted")
    if spare := sorted(granted - set(needed)):
        text = f"more than it needs: {', '.join(spare)}. Take out what you do not use (burnin manifest lists the rest)."
        yield Finding(part="slack scopes", state=State.WARNING, text=text)


async def _app_token(client: AsyncWebClient, app_token: str) -> Finding:
    try:
        await client.apps_connections_open(app_token=app_token)
    except CALL_ERRORS as error:
        advice = "Create an app token (xapp-…) with the scope connections:write, put it into SLACK_APP_TOKEN."
        return _refused("slack app token", error, advice)
    return _well("slack app token", "Socket Mode opens")


async def _channel(client: AsyncWebClient, channel: str) -> Finding:
    part = f"slack channel {channel}"
    try:
        found = (await client.conversations_info(channel=channel))["channel"]
    except CALL_ERRORS as error:
        return _refused(part, error, "Use the channel's id (C…), and invite the bot: /invite @burnin.")
    name = f"#{found.get('name')}"
    if found.get("is_archived"):
        return _to_mend(part, f"{name} is archived", "Unarchive it, or set another.")
    if not found.get("is_member", False):
        return _to_mend(part, f"the bot is not in {name}", "Type /invite @burnin in that channel.")
    if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
        advice = "Use a channel of this workspace alone: nothing may be changed from a shared one."
        return _to_mend(part, f"{name} is shared externally", advice)
    return _well(part, name)


async def _group(client: AsyncWebClient, group: str) -> Finding:
    part = f"slack user group {group}"
    try:
        users = (await client.usergroups_users_list(usergroup=group))["users"]
    except CALL_ERRORS as error:
        return _refused(part, error, "Use the group's id (S…), and grant the scope usergroups:read.")
    if not users:
        return _to_mend(part, "0 members", "Add people to it.")
    return _well(part, f"{len(users)} member{'s' if len(users) > 1 else ''}")


async def _people(client: AsyncWebClient, people: tuple[str, ...], team: str) -> list[Finding]:
    """Return a finding for each person whose id is of no use, else one for all of them."""
    found = await asyncio.gather(*[_person(client, user, team) for user in people])
    wrong = [finding for finding in found if finding is not None]
    return wrong or ([_well("slack people", f"{len(people)} listed by id")] if people else [])


async def _person(client: AsyncWebClient, user: str, team: str) -> Finding | None:
    part = f"slack person {user}"
    try:
        found = (await client.users_info(user=user))["user"]
    except CALL_ERRORS as error:
        return _refused(part, error, "Use the id (U…) from the person's profile, and grant the scope users:read.")
    name = found.get("real_name") or found.get("name")
    kinds = {
        "is no member any more": found.get("deleted"),
        "is a bot": found.get("is_bot"),
        "is a guest": found.get("is_restricted") or found.get("is_ultra_restricted"),
        "is of another workspace": found.get("is_stranger") or found.get("team_id", team) != team,
    }
    kind = next((words for words, applies in kinds.items() if applies), "")
    return _to_mend(part, f"{name} {kind}, and so may change nothing", "Take the id out of access.") if kind else None


def _well(part: str, text: str) -> Finding:
    return Finding(part=part, state=State.OK, text=text)


def _to_mend(part: str, text: str, advice: str) -> Finding:
    return Finding(part=part, state=State.MISSING, text=f"{text}. {advice}")


def _refused(part: str, error: BaseException, advice: str) -> Finding:
    """Return what a failed call means: something is to be mended where Slack says so, else Slack is not there."""
    if is_answer(error):
        return _to_mend(part, word_of(error), advice)
    text = f"Slack does not answer ({word_of(error)}). Check the network and slack.api_url."
    return Finding(part=part, state=State.UNREACHABLE, text=text)
