"""`burnin verify`: whether the ledger is the one that was written, by itself and by what Slack was told of it."""

import sys
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import click

from bot.adapters.diagnosis import diagnosed
from bot.adapters.examination import examined
from bot.adapters.ledger_guards import unguarded
from bot.adapters.recounting import hash_of
from bot.adapters.verification import Read
from bot.configuration.ledger_address import LedgerAddress, SqliteAddress
from bot.domain.entry import GENESIS
from bot.domain.value import JsonObject
from bot.errors import LedgerDamaged, UsageError
from bot.factory import open_ledger
from bot.ports import Head
from bot.settings import Settings
from bot.terminal.front import Front, FrontCommand, front_of, json_option, print_json, run_async
from bot.terminal.slack_heads import Comparison, heads_of
from bot.terminal.stored_rows import refuse_missing, with_rows

_SHOWN: Final = 16  # characters of a hash
_EMPTY: Final = 3  # as INCONCLUSIVE: a file that was emptied is made anew without a word


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not fit: about which entries (0 where it is about none) and in words."""

    problem: str
    first: int = 0
    last: int = 0
    kind: str = ""

    def as_json(self) -> JsonObject:
        """Return what `--json` prints."""
        return {"first": self.first or None, "last": self.last or None, "kind": self.kind, "problem": self.problem}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a ledger; `entries` is how many are intact, or can be read where each was looked at."""

    entries: int
    head: Head
    problems: list[Problem] = field(default_factory=list)

    @property
    def broken_at(self) -> int | None:
        """The number of the first entry that does not fit."""
        return next((each.first for each in self.problems if each.first), None)

    @property
    def exit_code(self) -> int:
        """What it ends with by itself: 0 whole, 1 not whole, 3 empty."""
        return 1 if self.problems else 0 if self.entries else _EMPTY

    def as_json(self) -> JsonObject:
        """Return what `--json` prints."""
        return {
            "whole": self.exit_code == 0,
            "entries": self.entries,
            "head": {"seq": self.head.seq, "hash": self.head.hash},
            "broken_at": self.broken_at,
            "problem": self.problems[0].problem if self.problems else "",
            "problems": [each.as_json() for each in self.problems],
        }


@click.command(cls=FrontCommand, params=[json_option()])
@click.option("--each", is_flag=True, help="Name every entry that does not fit, also in a damaged file.")
@click.option("--slack", "with_slack", is_flag=True, help="Compare with what Slack was told in the traders' channels.")
@click.option("--trader", "named", help="With --slack: the channel of this trader only.")
@front_of
def verify(front: Front, each: bool, with_slack: bool, named: str | None) -> None:
    """Recompute the ledger's chain, samples and counts, and name the first entry that does not fit.

    \b
    Exit code 0 where it is whole, 1 where not, 3 where it is empty. Every message of the bot carries the entry that
    asked for it; --slack reads them all, and finds a ledger that was rewritten or cut off: 1. Where no message names
    an entry, nothing is proven: 3. It needs SLACK_BOT_TOKEN, and the scope channels:history (groups:history for
    private channels).
    """
    settings = front.settings()
    refuse_missing(settings.ledger)
    traders = _traders(settings, named) if with_slack else []
    found = run_async(_each(settings.ledger) if each else _first(settings.ledger))
    compared = run_async(_compared(settings, traders)) if with_slack else None
    if front.json:
        print_json(found.as_json() | ({"slack": compared.as_json()} if compared else {}))
    else:
        _show(found)
        if compared:
            compared.show(found.head)
    raise SystemExit(_exit_code(found, compared))


def _exit_code(found: Found, compared: Comparison | None) -> int:
    """Return 1 where anything does not fit, whatever else is not proven."""
    codes = (found.exit_code, compared.exit_code if compared else 0)
    return 1 if 1 in codes else max(codes)


def _traders(settings: Settings, named: str | None) -> list[str]:
    names = [trader.name for trader in settings.traders]
    if named is not None and named not in names:
        raise UsageError(f"There is no trader {named!r}. Configured: {', '.join(names)}.")
    return names if named is None else [named]


async def _first(address: LedgerAddress) -> Found:
    """Verify, and tell of the chain where it breaks first."""
    dialect = _dialect(address)
    try:
        ledger = await open_ledger(address)
        try:
            found = await ledger.beside(lambda open_reader: examined(open_reader, dialect))
        finally:
            await ledger.close()
    except LedgerDamaged as error:
        return Found(0, Head(0, GENESIS), [Problem(str(error), kind="damaged")])
    problems = [Problem(words, seq, seq) for seq, words in found.problems]
    return Found(found.chain.entries, found.chain.head, problems + _unguarded(found.unguarded))


async def _each(address: LedgerAddress) -> Found:
    """Look at every entry."""
    return await with_rows(address, partial(_diagnosed, dialect=_dialect(address)))


def _diagnosed(read: Read, damage: str, *, dialect: str) -> Found:
    length = max((int(seq) for seq, _ in read("head")), default=0)
    with click.progressbar(length=length, label="Looking at each entry", file=sys.stderr) as bar:
        found = diagnosed(read, damaged=bool(damage), tell=bar.update)
    damages = [Problem(f"the ledger's file is damaged ({damage}); this is what can be read of it", kind="damaged")]
    problems = [Problem(each.problem, each.first, each.last, each.kind) for each in found.troubles]
    missing = [] if damage else _unguarded(unguarded(read, dialect))
    return Found(found.entries, found.head, [*(damages if damage else []), *problems, *missing])


def _unguarded(words: "tuple[str, ...] | list[str]") -> list[Problem]:
    return [Problem(each, kind="unprotected") for each in words]


async def _compared(settings: Settings, traders: list[str]) -> Comparison:
    """Compare with what Slack was told. It is read first: what the ledger takes meanwhile does no harm."""
    heads, channels = await heads_of(settings, traders)

    def compare(read: Read, _: str) -> Comparison:
        return Comparison.of(heads, channels, partial(hash_of, read))

    return await with_rows(settings.ledger, compare)


def _dialect(address: LedgerAddress) -> str:
    return "" if isinstance(address, SqliteAddress) else "postgres"


def _show(found: Found) -> None:
    if not found.problems and not found.entries:
        click.echo("The ledger is empty, which proves nothing. `burnin verify --slack` tells what was said of it once.")
        return
    if not found.problems:
        head = f"{found.head.hash[:_SHOWN]} at {found.head.seq}"
        click.echo(f"The chain is whole: {found.entries} entries, head {head}.")
        return
    for each in found.problems:
        where = f"The chain is broken at entry {each.first}" if each.first else "The ledger is not whole"
        click.echo(f"{where}: {each.problem}")
