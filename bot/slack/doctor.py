"""What `burnin doctor` asks Slack: tokens, scopes, channels and user groups, one finding each."""

from collections.abc import Iterable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.manifest import scopes
from bot.slack.trouble import CALL_ERRORS, word_of


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is well, what was found and what to do where it is not."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


async def slack_findings(
    client: AsyncWebClient, app_token: str, channels: Iterable[str], groups: Iterable[str]
) -> list[Finding]:
    """Ask Slack about the bot's own set-up; never raises for what Slack refuses. No app token means HTTP mode."""
    findings = await _token_and_scopes(client)
    if not findings[0].ok:
        return findings
    if app_token:
        findings.append(await _app_token(client, app_token))
    findings += [await _channel(client, channel) for channel in dict.fromkeys(channels)]
    findings += [await _group(client, group) for group in dict.fromkeys(groups)]
    return findings


async def _token_and_scopes(client: AsyncWebClient) -> list[Finding]:
    try:
        answer = await client.auth_test()
    except CALL_ERRORS as error:
        advice = "Put the app's bot token (xoxb-…) into SLACK_BOT_TOKEN, and check the network."
        return [Finding("slack token", ok=False, detail=word_of(error), advice=advice)]
    headers = {name.lower(): value for name, value in (answer.headers or {}).items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    missing = [scope for scope in scopes() if scope not in granted]
    token = Finding("slack token", ok=True, detail=f"{answer.get('user')} in {answer.get('team')}")
    if not missing:
        return [token, Finding("slack scopes", ok=True, detail=f"{len(scopes())} scopes granted")]
    advice = "Add them to the app (burnin manifest lists all), install it again."
    return [token, Finding("slack scopes", ok=False, detail=f"missing: {', '.join(missing)}", advice=advice)]


async def _app_token(client: AsyncWebClient, app_token: str) -> Finding:
    try:
        await client.apps_connections_open(app_token=app_token)
    except CALL_ERRORS as error:
        advice = "Create an app token (xapp-…) with the scope connections:write, put it into SLACK_APP_TOKEN."
        return Finding("slack app token", ok=False, detail=word_of(error), advice=advice)
    return Finding("slack app token", ok=True, detail="Socket Mode opens")


async def _channel(client: AsyncWebClient, channel: str) -> Finding:
    name = f"slack channel {channel}"
    try:
        found = (await client.conversations_info(channel=channel))["channel"]
    except CALL_ERRORS as error:
        advice = "Use the channel's id (C…), and invite the bot: /invite @burnin."
        return Finding(name, ok=False, detail=word_of(error), advice=advice)
    if not found.get("is_member", False):
        return Finding(name, ok=False, detail="the bot is not in it", advice="Type /invite @burnin in that channel.")
    if found.get("is_ext_shared"):
        advice = "Use a channel of this workspace alone: nothing may be changed from a shared one."
        return Finding(name, ok=False, detail=f"#{found.get('name')} is shared externally", advice=advice)
    return Finding(name, ok=True, detail=f"#{found.get('name')}")


async def _group(client: AsyncWebClient, group: str) -> Finding:
    name = f"slack user group {group}"
    try:
        users = (await client.usergroups_users_list(usergroup=group))["users"]
    except CALL_ERRORS as error:
        advice = "Use the group's id (S…), and grant the scope usergroups:read."
        return Finding(name, ok=False, detail=word_of(error), advice=advice)
    return Finding(name, ok=bool(users), detail=f"{len(users)} members", advice="" if users else "Add people to it.")
