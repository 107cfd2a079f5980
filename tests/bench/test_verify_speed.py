"""Verifying the chain of a ledger beside hashing the same bytes.

A part of a year by default; `BURNIN_BENCH_ENTRIES=1000000` makes a million entries of it.
"""

import asyncio
import os
import time
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from bot.adapters.sqlite_ledger import SqliteLedger
from tests.support.drafts import DAY
from tests.support.long_ledger import like, long_chain, real_day, weekdays, write
from tests.support.side_by_side import Comparison

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

PAIRS = 5
ENTRIES = int(os.environ.get("BURNIN_BENCH_ENTRIES", "100000"))
TRADERS = [f"trader-{number:02}" for number in range(25)]
NOBODYS = ("nobody", date(2000, 1, 1))  # whose samples nobody sealed: the chain alone is verified


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds a ledger whose seals are as many as a watch makes in an hour, and beside it what its hashes are made of."""
    made = tmp_path_factory.mktemp("verify")
    patterns = like(asyncio.run(real_day()), seals=60)
    days = weekdays(DAY, -(-ENTRIES // (len(patterns) * len(TRADERS))))
    with (made / "content").open("wb") as content:
        rows = long_chain(days, TRADERS, patterns)
        write(made / "burnin.db", (row for row in rows if content.write(row.content.encode() + b"\n")))
    return made


def _hashed(path: Path) -> float:
    """Hash the lines of a file, each by itself, as each entry has its own hash; return the seconds."""
    began = time.perf_counter()
    with path.open("rb") as lines:
        for line in lines:
            sha256(line).hexdigest()
    return time.perf_counter() - began


async def test_verifying_takes_at_most_5_times_as_long_as_hashing(
    folder: Path, hold: Callable[[Comparison], None]
) -> None:
    """All columns of every entry are read, put together, hashed and compared in 5 times what hashing alone takes."""
    ledger = await SqliteLedger.open(folder / "burnin.db")
    entries, pairs = (await ledger.head()).seq, []
    for _ in range(PAIRS):
        began = time.perf_counter()
        found = await ledger.verify(NOBODYS)
        pairs.append((time.perf_counter() - began, _hashed(folder / "content")))
        assert (found.entries, found.broken_at) == (entries, None)
    await ledger.close()
    hold(Comparison(f"verifying {entries} entries", "hashing the same bytes", pairs, allowed=5))
