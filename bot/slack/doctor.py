"""What `burnin doctor` asks Slack: tokens, scopes, channels and user groups, one finding each."""

from collections.abc import Iterable

from slack_sdk.web.async_client import AsyncWebClient

from bot.finding import Finding, State
from bot.slack.manifest import scopes
from bot.slack.trouble import CALL_ERRORS, is_answer, word_of


async def slack_findings(
    client: AsyncWebClient, app_token: str, channels: Iterable[str], groups: Iterable[str]
) -> list[Finding]:
    """Ask Slack about the bot's own set-up; never raises for what Slack refuses. No app token means HTTP mode."""
    findings = await _token_and_scopes(client)
    if findings[0].state is not State.OK:
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
        return [_refused("slack token", error, "Put the app's bot token (xoxb-…) into SLACK_BOT_TOKEN.")]
    headers = {name.lower(): value for name, value in (answer.headers or {}).items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    missing = [scope for scope in scopes() if scope not in granted]
    token = _well("slack token", f"{answer.get('user')} in {answer.get('team')}")
    if not missing:
        return [token, _well("slack scopes", f"{len(scopes())} scopes granted")]
    advice = "Add them to the app (burnin manifest lists all), install it again."
    return [token, _to_mend("slack scopes", f"missing: {', '.join(missing)}", advice)]


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
    if not found.get("is_member", False):
        return _to_mend(part, "the bot is not in it", "Type /invite @burnin in that channel.")
    if found.get("is_ext_shared"):
        advice = "Use a channel of this workspace alone: nothing may be changed from a shared one."
        return _to_mend(part, f"#{found.get('name')} is shared externally", advice)
    return _well(part, f"#{found.get('name')}")


async def _group(client: AsyncWebClient, group: str) -> Finding:
    part = f"slack user group {group}"
    try:
        users = (await client.usergroups_users_list(usergroup=group))["users"]
    except CALL_ERRORS as error:
        return _refused(part, error, "Use the group's id (S…), and grant the scope usergroups:read.")
    return _well(part, f"{len(users)} members") if users else _to_mend(part, "0 members", "Add people to it.")


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
