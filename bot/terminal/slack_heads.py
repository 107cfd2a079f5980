"""Holds the ledger against what Slack was told of it, while it was written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bot.domain.value import JsonObject
from bot.ports import Head
from bot.settings import Settings

if TYPE_CHECKING:  # Slack's SDK is loaded where Slack is asked
    from bot.slack.heads import Heads, SaidHead

_NAMED = 5  # of what does not fit, in words; JSON names all


@dataclass(frozen=True, slots=True)
class Comparison:
    """What Slack was told, and what of that the ledger does not hold: as another entry, or not at all any more."""

    said: "tuple[SaidHead, ...]"
    without: int
    channels: int
    rewritten: "tuple[SaidHead, ...]"
    cut_off: "tuple[SaidHead, ...]"

    @classmethod
    def of(cls, heads: "Heads", channels: int, hash_of: Callable[[int], str | None]) -> "Comparison":
        """Compare.

        Args:
            heads: what was told.
            channels: in how many channels.
            hash_of: tells the hash of the ledger's entry with a number.
        """
        stands = {seq: hash_of(seq) for seq in {said.head.seq for said in heads.said}}
        said = sorted(heads.said, key=lambda each: (each.head.seq, each.ts))
        return cls(
            said=tuple(said),
            without=heads.without,
            channels=channels,
            rewritten=tuple(each for each in said if stands[each.head.seq] not in (None, each.head.hash)),
            cut_off=tuple(each for each in said if stands[each.head.seq] is None),
        )

    @property
    def exit_code(self) -> int:
        """1 where something does not fit, 3 where nothing was found to compare."""
        return 1 if self.rewritten or self.cut_off else 0 if self.said else 3

    def as_json(self) -> JsonObject:
        """Return what `--json` prints under `slack`."""
        return {
            "heads": len(self.said),
            "without": self.without,
            "channels": self.channels,
            "first": _as_json(self.said[0]) if self.said else None,
            "last": _as_json(self.said[-1]) if self.said else None,
            "rewritten": [_as_json(each) for each in self.rewritten],
            "cut_off": [_as_json(each) for each in self.cut_off],
        }

    def show(self, end: Head) -> None:
        """Say it; `end` is the ledger's."""
        where = "1 channel" if self.channels == 1 else f"{self.channels} channels"
        for each in self.rewritten[:_NAMED]:
            click.echo(
                f"The ledger was rewritten: {_told(each)} named entry {each.head.seq} as {each.head.hash[:12]}, "
                "and another one stands there."
            )
        for each in self.cut_off[:_NAMED]:
            click.echo(f"The ledger was cut off: {_told(each)} named entry {each.head.seq}, and it ends at {end.seq}.")
        if more := len(self.rewritten[_NAMED:]) + len(self.cut_off[_NAMED:]):
            click.echo(f"And so do {more} more messages (--json names all).")
        if not self.said:
            click.echo(f"Nothing is proven by Slack: no message of the bot in {where} names an entry.")
        elif not self.exit_code:
            last = self.said[-1]
            click.echo(
                f"Slack names {len(self.said)} entries in {where}, and the ledger holds them all as they were said: "
                f"the first is {self.said[0].head.seq}, said {self.said[0].at:%Y-%m-%d %H:%M:%S} UTC, "
                f"the last {last.head.seq}, said {last.at:%Y-%m-%d %H:%M:%S} UTC."
            )
            click.echo(f"What follows it, up to {end.seq}, no message vouches for yet.")
        if self.without:
            click.echo(f"{self.without} messages of the bot name none: an earlier version said them.")


async def heads_of(settings: Settings, traders: Sequence[str]) -> "tuple[Heads, int]":
    """Read what Slack was told in the channels of some traders, and of how many channels.

    Raises:
        ConfigurationError: there is no token, or no channel.
        SlackUnreachable: it cannot be read.
    """
    # Only here: a ledger is verified without Slack's SDK and without a token unless it is asked for.
    from bot.adapters.clock import SystemClock  # noqa: PLC0415
    from bot.slack.clients import reading_client  # noqa: PLC0415
    from bot.slack.heads import HeadReader  # noqa: PLC0415
    from bot.tokens import Secrets  # noqa: PLC0415

    channels = [*dict.fromkeys(each.channel for each in settings.traders if each.name in traders and each.channel)]
    client = reading_client(Secrets().bot_token(), settings.slack.api_url)
    return await HeadReader(client, SystemClock()).read(channels), len(channels)


def _told(said: "SaidHead") -> str:
    return f"the message of {said.at:%Y-%m-%d %H:%M:%S} UTC in {said.channel}"


def _as_json(said: "SaidHead") -> JsonObject:
    return {
        "seq": said.head.seq,
        "hash": said.head.hash,
        "channel": said.channel,
        "ts": said.ts,
        "at": said.at.isoformat(),
    }
