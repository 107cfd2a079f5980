"""Moves a ledger between SQLite and PostgreSQL while no bot runs on either, and verifies what arrived."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Final

import click

from bot.adapters.ledger_copy import StoredInPostgres, StoredInSqlite, StoredLedger, copy_rows, rows_to_copy
from bot.configuration.ledger_address import LedgerAddress, SqliteAddress
from bot.domain.value import JsonObject, Value
from bot.errors import LedgerBroken, Refused
from bot.factory import open_lease, open_ledger
from bot.ports import Ledger

_FREE_WITHIN: Final = 8.0  # seconds: who holds a shared ledger longer than this is no bot that died


class Copied(Value):
    """What a copy did, and what it found at its end."""

    entries: int
    samples: int
    head_seq: int
    head_hash: str
    problem: str = ""

    def as_json(self) -> JsonObject:
        """Return what `--json` prints."""
        return {
            "entries": self.entries,
            "samples": self.samples,
            "head": {"seq": self.head_seq, "hash": self.head_hash},
            "whole": not self.problem,
            "problem": self.problem,
        }


async def copy_ledger(source: LedgerAddress, target: LedgerAddress) -> Copied:
    """Copy a ledger, or what is missing of it, and verify the copy.

    Raises:
        Refused: they are one, a bot runs on one of them, or the target holds something else.
        LedgerBroken: one of them cannot be used.
    """
    if source == target:
        raise Refused("same_ledger", f"{source} is both: name another ledger to copy to.")
    if isinstance(source, SqliteAddress) and not source.path.exists():
        raise LedgerBroken(f"There is no ledger at {source.path.absolute()}. Look at the path.")
    async with AsyncExitStack() as stack:
        for address in (source, target):
            await stack.enter_async_context(_alone_on(address))
        entries, samples = await asyncio.to_thread(_copy, source, target)
        async with _opened(target) as copy:
            found = await copy.verify()
    return Copied(
        entries=entries,
        samples=samples,
        head_seq=found.head.seq,
        head_hash=found.head.hash,
        problem=found.problem,
    )


def show(copied: Copied, source: LedgerAddress, target: LedgerAddress) -> None:
    """Say what was copied, and what is to be done now."""
    click.echo(f"Copied {copied.entries:,} entries and {copied.samples:,} samples from {source} to {target}.")
    if copied.problem:
        click.echo(f"The copy is not to be used: {copied.problem}. Run `burnin verify` on {source}.")
        return
    click.echo(f"The copy is whole: {copied.head_seq:,} entries, head {copied.head_hash[:16]}.")
    whole = "" if isinstance(target, SqliteAddress) else " (with its user and options, and its password as ${NAME})"
    click.echo(f"Now write `ledger: {target}`{whole} into the configuration, and start the bot.")
    click.echo(f"{source} stays as it is; nothing should write to it any more.")


@asynccontextmanager
async def _alone_on(address: LedgerAddress) -> AsyncIterator[None]:
    """Keep every bot off a ledger, for as long as the context lasts."""
    async with _opened(address), open_lease(address) as lease:  # opened first: a shared one gets its lease that way
        try:
            async with asyncio.timeout(_FREE_WITHIN):
                await lease.take()
        except TimeoutError:
            raise Refused("already_running", f"A burnin run uses the ledger {address}. Stop it first.") from None
        try:
            yield
        finally:
            await lease.release()


@asynccontextmanager
async def _opened(address: LedgerAddress) -> AsyncIterator[Ledger]:
    ledger = await open_ledger(address)
    try:
        yield ledger
    finally:
        await ledger.close()


def _copy(source: LedgerAddress, target: LedgerAddress) -> tuple[int, int]:
    with (
        closing(open_stored(source)) as ours,
        closing(open_stored(target)) as theirs,
        click.progressbar(length=rows_to_copy(ours, theirs), label="Copying", file=sys.stderr) as bar,
    ):
        return copy_rows(ours, theirs, bar.update)


def open_stored(address: LedgerAddress) -> StoredLedger:
    """Open a ledger's rows, in the thread that will use them; its tables are made or upgraded where that is due."""
    return StoredInSqlite(address.path) if isinstance(address, SqliteAddress) else StoredInPostgres(address)
