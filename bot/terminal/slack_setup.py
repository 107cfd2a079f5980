"""What a configuration wants of Slack: for the manifest the features, for doctor whether everything is there."""

from collections.abc import Iterable

from bot.finding import Finding, State
from bot.settings import Settings, TraderSettings
from bot.slack.manifest import Features


def features_of(settings: Settings) -> Features:
    """Return what a desk uses of Slack."""
    return Features(files=settings.slack.files, user_groups=bool(_members(settings, "S")))


async def slack_setup(settings: Settings) -> Iterable[Finding]:
    """Ask Slack whether it is set up as the configuration wants it.

    Raises:
        ConfigurationError: a token is missing or is another kind of token.
    """
    # Only here: a process that never speaks to Slack reads no tokens and loads no SDK.
    from bot.slack.clients import reading_client  # noqa: PLC0415
    from bot.slack.doctor import Setup, slack_findings  # noqa: PLC0415
    from bot.tokens import Secrets  # noqa: PLC0415

    secrets = Secrets()
    secrets.require(settings.slack.mode)
    client = reading_client(secrets.slack_bot_token.get_secret_value(), settings.slack.api_url)
    setup = Setup(
        app_token=secrets.slack_app_token.get_secret_value() if settings.slack.mode == "socket" else "",
        channels=_once([*(trader.channel for trader in settings.traders), *settings.access.channels]),
        groups=_members(settings, "S"),
        people=_members(settings, "U", "W"),
        features=features_of(settings),
    )
    return [*await slack_findings(client, setup), *unaddressed(settings)]


def unaddressed(settings: Settings) -> Iterable[Finding]:
    """Return a finding for each trader that could announce nothing."""
    for trader in settings.traders:
        if not trader.channel:
            text = "no channel for its announcements; set slack.channel, or its own channel"
            yield Finding(part=f"{trader.name}: channel", state=State.MISSING, text=text)


def roles(settings: Settings) -> Iterable[Finding]:
    """Return a warning for each trader whose roles are too few for what people do with them."""
    for trader in settings.traders:
        if problem := _too_few(trader):
            yield Finding(part=f"{trader.name}: access", state=State.WARNING, text=problem)


def _too_few(trader: TraderSettings) -> str:
    operators, approvers = trader.access.operators, trader.access.approvers
    if not operators and not approvers:
        return "nobody in Slack may change state; list user ids under access.operators"
    if not approvers:
        return "nobody may approve a void day or sign a clearance off; list user ids under access.approvers"
    if len({*operators, *approvers}) == 1 and not approvers[0].startswith("S"):
        return "a void day takes two people, one who asks and an approver; list another under access"
    return ""


def _members(settings: Settings, *kinds: str) -> tuple[str, ...]:
    everywhere = [settings.access, *(trader.access for trader in settings.traders)]
    listed = [member for access in everywhere for member in (*access.operators, *access.approvers)]
    return tuple(member for member in _once(listed) if member.startswith(kinds))


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, dict.fromkeys(ids)))
