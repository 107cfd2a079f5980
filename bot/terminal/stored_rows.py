"""A ledger's rows as they are stored, for who looks at each of them; of a damaged file, what can still be read."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from bot.adapters.sqlite_salvage import readable
from bot.adapters.verification import OpenReader, Read
from bot.configuration.ledger_address import LedgerAddress, SqliteAddress
from bot.errors import LedgerBroken, LedgerDamaged
from bot.factory import open_ledger

T = TypeVar("T")
Work = Callable[[Read, str], T]
"""Reads a ledger; the text says what is wrong with its file, if anything."""


def refuse_missing(address: LedgerAddress) -> None:
    """Make no ledger where somebody wants to look at one.

    Raises:
        LedgerBroken: there is none.
    """
    if isinstance(address, SqliteAddress) and not address.path.exists():
        raise LedgerBroken(f"There is no ledger at {address.path.absolute()}. Look at the key `ledger`.")


async def with_rows(address: LedgerAddress, work: Work[T]) -> T:
    """Do something with a ledger's rows, on a thread of its own.

    Raises:
        LedgerBroken: nothing can be read.
    """
    refuse_missing(address)
    if isinstance(address, SqliteAddress):
        with suppress(LedgerDamaged):
            await (await open_ledger(address)).close()  # its tables are brought up to date
        return await asyncio.to_thread(_in_file, address.path, work)
    ledger = await open_ledger(address)
    try:
        return await ledger.beside(lambda open_reader: _shared(open_reader, work))
    finally:
        await ledger.close()


def _in_file(path: Path, work: Work[T]) -> T:
    with readable(path) as (read, damage):
        return work(read, damage)


def _shared(open_reader: OpenReader, work: Work[T]) -> T:
    with open_reader() as read:
        return work(read, "")
