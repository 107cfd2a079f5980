"""What doctor finds of the outbox: which channels take no messages, since when and why, and how many wait for what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.desk import Desk
from bot.domain.blocked import KINDS, Blocked, blocked_channels
from bot.domain.entry import Entry, MessageQueued
from bot.finding import Finding, State

_LONG = timedelta(minutes=2)  # nothing waits for longer in a bot that runs, with a Slack that answers
_PART = "outbox"


async def unsaid(desk: Desk) -> Iterable[Finding]:
    """Return a finding for each channel that refuses messages or whose messages wait, else that all is said."""
    entries = await desk.ledger.entries(kinds=KINDS)
    waiting, homeless = _by_channel(desk, await desk.ledger.unsent())
    configured = {trader.channel for trader in desk.traders.values()}
    blocked = {channel: why for channel, why in blocked_channels(entries).items() if channel in configured}
    found = [
        *(_blocked(channel, why, len(waiting.get(channel, ()))) for channel, why in blocked.items()),
        *(_late(channel, since, desk.clock.now()) for channel, since in waiting.items() if channel not in blocked),
        *(_homeless(trader, number) for trader, number in homeless.items()),
    ]
    return found or [Finding(part=_PART, state=State.OK, text="nothing waits to be said")]


def _by_channel(desk: Desk, unsent: Iterable[Entry]) -> tuple[Mapping[str, list[datetime]], Mapping[str, int]]:
    """Return since when messages wait, by channel, and how many are about each trader no longer configured."""
    waiting: defaultdict[str, list[datetime]] = defaultdict(list)
    homeless: defaultdict[str, int] = defaultdict(int)
    for entry in unsent:
        if not isinstance(entry.body, MessageQueued):
            continue
        name = entry.body.announcement.trader
        if name in desk.traders:
            waiting[desk.traders[name].channel].append(entry.at)
        else:
            homeless[name] += 1
    return waiting, homeless


def _blocked(channel: str, why: Blocked, number: int) -> Finding:
    since = f"{why.since:%Y-%m-%d %H:%M} UTC"
    text = f"{_name(channel)} takes no messages since {since}, {number} wait: {why.reason}"
    return Finding(part=_PART, state=State.MISSING, text=text)


def _late(channel: str, since: list[datetime], now: datetime) -> Finding:
    said = f"{len(since)} for {_name(channel)} since {min(since):%Y-%m-%d %H:%M:%S} UTC"
    if now - min(since) < _LONG:
        return Finding(part=_PART, state=State.OK, text=f"{said}: about to be said")
    text = f"{said}: start the bot where none runs, or see its /readyz and log for what keeps it from Slack"
    return Finding(part=_PART, state=State.WARNING, text=text)


def _homeless(trader: str, number: int) -> Finding:
    text = f"{number} about {trader} wait for a channel: it is not configured any more; they are said once it is again"
    return Finding(part=_PART, state=State.WARNING, text=text)


def _name(channel: str) -> str:
    return channel or "the terminal"
