"""Days judged again on what an evidence bundle holds of them, on a machine that has nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from bot.adapters.evidence_reader import Bundle, read_bundle
from bot.adapters.stored_entry import StoredSample
from bot.domain.entry import DayClosed, Entry, SamplesSealed
from bot.domain.policy import Policy
from bot.domain.replay import Replay, replay
from bot.domain.sample import Sample
from bot.domain.value import JsonObject
from bot.domain.void import void_marks
from bot.errors import EvidenceBroken, LedgerBroken, UsageError
from bot.terminal.replay import ALL, as_json, evidence_end, judging_policy, show

_SHOWN = 12  # characters of a digest

PolicyFor = Callable[[str], Policy | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a bundle is, and what its days are judged to be now. `key` is the one that must have signed it, if any."""

    path: Path
    bundle: Bundle
    days: Sequence[Replay]
    policy: Policy | None
    key: Path | None

    def as_json(self) -> JsonObject:
        """Return the one JSON object of `burnin replay --bundle --json`: that of a replay, and what the bundle is."""
        manifest, bundle = self.bundle.manifest, self.bundle
        told: JsonObject = {
            "file": str(self.path),
            "burnin": manifest.burnin,
            "created": manifest.to_json()["created"],
            "head": manifest.head.to_json(),
            "days": [day.to_json() for day in manifest.days],
            "keyid": bundle.keyid,
            "key_given": self.key is not None,
            "certificates": [
                {"digest": digest, "days": [str(day) for day in days]} for digest, days in bundle.certified.items()
            ],
        }
        return {**as_json(manifest.trader, self.days, self.policy), "bundle": told}

    def show(self) -> None:
        """Print each day as a replay does, then what the bundle is and what in it can be compared with elsewhere."""
        show(self.days, self.policy)
        manifest = self.bundle.manifest
        click.echo(f"The bundle is whole: {manifest.trader}, {_counted(len(manifest.days), 'day')}, {self._signed()}.")
        for day in manifest.days:
            click.echo(f"  {day.date} was closed by entry {day.closed.seq}, {day.closed.hash}")
        click.echo(f"  head {manifest.head.hash} @ {manifest.head.seq}")
        for digest, days in self.bundle.certified.items():
            named = ", ".join(map(str, days)) or "none of these days"
            click.echo(f"  certificate {digest[:_SHOWN]} names {named}, closed by the same entries")

    def _signed(self) -> str:
        if not self.bundle.keyid:
            return "not signed"
        who = f"signed by {self.bundle.keyid[:_SHOWN]}"
        return f"{who}, which is the key {self.key}" if self.key else f"{who} (--key tells whether that is the bot's)"


def replayed(path: Path, words: Sequence[str], named: str | None, *, key: Path | None, policy_for: PolicyFor) -> Judged:
    """Check a bundle, and judge days of it again: those named by date, or all.

    Args:
        path: the bundle.
        words: `2026-11-20`, or `all`, which is meant where there are none.
        named: the trader that it must be of; None for any.
        key: the public key that must have signed it; None where that is not asked.
        policy_for: returns the policy to judge a trader by, None for that of each day.

    Raises:
        EvidenceBroken: the bundle is not what it was.
        Refused: a day's record does not tell by which policy it was judged.
        UsageError: a word is no day of the bundle, the trader is another, or a file cannot be read.
    """
    wanted, found = _days(words), dict[date, Replay]()

    def judge(bundle: Bundle, day: date, rows: Sequence[StoredSample]) -> None:
        if wanted is None or day in wanted:
            found[day] = _replayed(bundle, day, rows, policy_for(bundle.manifest.trader))

    bundle = read_bundle(path, key, judge)
    trader, held = bundle.manifest.trader, [day.date for day in bundle.manifest.days]
    if named not in (None, trader):
        raise UsageError(f"{path} is evidence of {trader}, not of {named}.")
    if missing := sorted((wanted or set()) - {*held}):
        raise UsageError(f"{path} does not hold {missing[0]}. It holds {', '.join(map(str, held))}.")
    return Judged(path, bundle, [*found.values()], policy_for(trader), key)


def _days(words: Sequence[str]) -> set[date] | None:
    """Return the days that words name; None for all of them."""
    if not words or ALL in words:
        return None
    try:
        return {date.fromisoformat(word) for word in words}
    except ValueError:
        text = f"{' '.join(words)!r} names no days. A bundle knows them by their dates: 2026-11-20, or all."
        raise UsageError(text) from None


def _replayed(bundle: Bundle, day: date, rows: Sequence[StoredSample], policy: Policy | None) -> Replay:
    entries = bundle.of_day(day)
    record = next(entry.body.record for entry in entries if isinstance(entry.body, DayClosed))
    by, until = judging_policy(record, policy), evidence_end(record, entries)
    evidence = [entry for entry in entries if entry.seq <= until]
    again = replay(record, evidence, _samples(evidence, rows), by)
    return again.model_copy(update={"void": day in void_marks(bundle.entries)})


def _samples(evidence: Sequence[Entry], rows: Sequence[StoredSample]) -> list[Sample]:
    """Return the samples that evidence seals, in order of time."""
    last = max((entry.body.last for entry in evidence if isinstance(entry.body, SamplesSealed)), default=0)
    sealed = sorted((row for row in rows if row.id <= last), key=lambda row: (row.at_us, row.id))
    try:
        return [row.sample() for row in sealed]
    except (LedgerBroken, ArithmeticError, LookupError, RecursionError) as error:
        raise EvidenceBroken(f"a sample in it cannot be read ({error})") from error


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
