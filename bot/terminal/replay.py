"""`burnin replay`: closed days judged again on their stored evidence, by their own policy or by another."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import click

from bot import __version__
from bot.daybook import records_of, retired_days, voids_of
from bot.desk import Desk, TraderDesk
from bot.domain.day import DayRecord
from bot.domain.entry import DayClosed, Entry
from bot.domain.policy import Policy
from bot.domain.replay import Difference, Replay, replay
from bot.domain.results import StreakCount
from bot.domain.streak import streak
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict, worst
from bot.errors import LedgerBroken, Refused, UsageError
from bot.ports import Head
from bot.terminal.reports import worded
from commands.day_words import is_day
from commands.session_day import session_named

ALL = "all"
_SHOWN = 12  # characters of a digest


async def replayed_days(desk: Desk, trader: TraderDesk, days: Sequence[str], policy: Policy | None) -> list[Replay]:
    """Judge closed days again: those named (`2026-11-20`, `yesterday`), or `all`.

    Raises:
        LedgerBroken: the ledger does not verify, so its evidence is not what it was.
        Refused: a day is not closed, or its record does not tell by which policy it was judged.
        UsageError: a word is no day.
    """
    records, _ = await closed_records(desk, trader, days, "replay")
    void = await voids_of(desk, trader)
    days_again = [await _replayed(desk, trader, record, policy) for record in records]
    return [each.model_copy(update={"void": each.day in void}) for each in days_again]


async def closed_records(
    desk: Desk, trader: TraderDesk, words: Sequence[str], command: str
) -> tuple[list[DayRecord], Head]:
    """Return the closed days that words name, each with its samples still there, and how far the ledger is verified.

    Args:
        desk: with the ledger.
        trader: whose days.
        words: `2026-11-20`, `yesterday`, or `all`.
        command: for what; a hint names it.

    Raises:
        LedgerBroken: the ledger does not verify, so its evidence is not what it was.
        Refused: a day is not closed, or its samples are retired.
        UsageError: a word is no day.
    """
    found = await desk.ledger.verify()
    if found.broken_at is not None:
        raise LedgerBroken(
            f"The ledger does not verify at entry {found.broken_at}: {found.problem}. Its evidence is not what it was; "
            "restore it from a backup, and see `burnin verify`."
        )
    if not words:
        raise UsageError("Which day? Name one or several (2026-11-20, yesterday), or all.", hint=f"{command} all")
    records = {record.day: record for record in await records_of(desk, trader)}
    chosen, retired = _chosen(desk, trader, words, records), await retired_days(desk, trader)
    if ALL in words and (kept := [day for day in chosen if day not in retired]) and kept != chosen:
        click.echo(
            f"Days older than {kept[0]} are left out: their samples are deleted (policy.samples_kept).", err=True
        )
        chosen = kept
    for day in chosen:
        if day in retired:
            raise Refused(
                "samples_retired",
                f"The samples of {day} are older than policy.samples_kept and deleted: its result stands on record, "
                "and cannot be found again.",
            )
    return [records[day] for day in chosen], found.head


def _chosen(desk: Desk, trader: TraderDesk, words: Sequence[str], records: Mapping[date, DayRecord]) -> list[date]:
    days = list(records) if ALL in words else sorted({_day(desk, trader, word) for word in words})
    if not days:
        raise Refused("not_closed", f"No day of {trader.name} is closed yet: close one first.")
    for day in days:
        if day not in records:
            raise Refused(
                "not_closed", f"{day} is not closed: there is no result to compare with. See `burnin history`."
            )
    return days


def _day(desk: Desk, trader: TraderDesk, word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        if not is_day(word):
            raise UsageError(f"{word!r} is no day. Write 2026-11-20, 20 Nov, yesterday or all.") from None
    return session_named(trader, word.lower(), desk.clock.now()).date


async def _replayed(desk: Desk, trader: TraderDesk, record: DayRecord, policy: Policy | None) -> Replay:
    by = judging_policy(record, policy)
    entries = await desk.ledger.entries(trader=trader.name, day=record.day)
    until = evidence_end(record, entries)
    evidence = [entry for entry in entries if entry.seq <= until]
    samples = await desk.ledger.samples(trader.name, record.day, sealed_by=until)
    return replay(record, evidence, samples, by)


def judging_policy(record: DayRecord, policy: Policy | None) -> Policy:
    """Return the policy to judge a day by: another one where one is given, else its own.

    Raises:
        Refused: its record does not tell.
    """
    if (by := policy or record.policy) is None:
        raise Refused(
            "no_policy",
            f"{record.day} was closed by a version that did not keep its policy. Name one with --policy FILE.",
        )
    return by


def evidence_end(record: DayRecord, entries: Sequence[Entry]) -> int:
    """Return the number of the last of a day's entries that it was judged on."""
    return record.evidence_until or next(entry.seq for entry in entries if isinstance(entry.body, DayClosed)) - 1


def exit_code(days: Sequence[Replay], policy: Policy | None) -> int:
    """Return 0 where every day gave the recorded bytes, else 1; with another policy, what the worst verdict says."""
    if policy is None:
        return 0 if all(day.identical for day in days) else 1
    return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}[worst(day.replayed for day in days)]


def as_json(trader: str, days: Sequence[Replay], policy: Policy | None) -> JsonObject:
    """Return the one JSON object of `burnin replay --json`."""
    shown: JsonObject = {
        "trader": trader,
        "days": [
            {**day.model_dump(mode="json", exclude={"record", "day"}), "date": str(day.day), "identical": day.identical}
            for day in days
        ],
    }
    if policy is not None:
        shown |= {"policy": policy.digest, "streak": _streak(days, policy).model_dump(mode="json")}
    return shown


def show(days: Sequence[Replay], policy: Policy | None) -> None:
    """Print each day: what was recorded, what is found now, and where they differ."""
    for day in days:
        if day.identical:
            same = f"the same, byte for byte ({day.recorded_digest[:_SHOWN]})"
            click.echo(f"{day.day}  {worded(day.recorded)}  {same}{_void(day)}")
            continue
        same = "  the same verdict, but not the same bytes" if day.recorded is day.replayed else ""
        click.echo(f"{day.day}  {worded(day.recorded)} → {worded(day.replayed)}{same}{_void(day)}{_other_version(day)}")
        for line in _differing(day):
            click.echo(f"  {line}")
    if policy is not None:
        counted = _streak(days, policy)
        cleared = ": CLEARED" if counted.cleared else ""
        click.echo(f"By this policy ({policy.digest[:_SHOWN]}) {counted.passed}/{counted.required} days{cleared}.")


def _void(day: Replay) -> str:
    return "  (the day is void and does not count)" if day.void else ""


def _other_version(day: Replay) -> str:
    """Say so where another burnin judged the day then: its numbers and words may be others."""
    then = day.record.version
    return f"  (then burnin {then}, now {__version__})" if then and then != __version__ else ""


def _differing(day: Replay) -> Iterator[str]:
    """Yield a line for each criterion that differs: how it is judged now, or what else is not as it was."""
    differing: dict[str, dict[str, Difference]] = {}
    for difference in day.differences:
        if difference.what == "verdict":
            continue  # the day's own stands on its line already
        name, _, field = difference.what.rpartition(".")
        differing.setdefault(name, {})[field] = difference
    for name, fields in differing.items():
        verdict, detail = fields.get("verdict"), fields.get("detail")
        if not name:
            yield from (f"{each.what}: {each.recorded} → {each.replayed}" for each in fields.values())
        elif verdict is not None:
            why = f": {detail.replayed}" if detail and detail.replayed else ""
            yield f"{name}: {verdict.recorded or '-'} → {verdict.replayed or '-'}{why}"
        elif detail is not None:
            yield f"{name}: {detail.recorded} → {detail.replayed}"
        else:
            yield f"{name}: the same verdict, with another {' and '.join(fields)}; --json shows both"


def _streak(days: Sequence[Replay], policy: Policy) -> StreakCount:
    void = [day.day for day in days if day.void]
    return StreakCount.of(streak((day.record for day in days), policy, void))
