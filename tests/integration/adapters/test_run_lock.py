"""One bot a ledger."""

import asyncio
from pathlib import Path

import pytest

from bot.adapters.run_lock import FileLease, run_lock
from bot.errors import LedgerBroken, Refused


def test_a_second_run_on_the_same_ledger_is_refused(tmp_path: Path) -> None:
    """While one bot holds the lock, another is told so; afterwards it may have it."""
    ledger = tmp_path / "var" / "burnin.db"
    with run_lock(ledger):
        with pytest.raises(Refused, match="Another burnin run"), run_lock(ledger):
            pass
        with run_lock(tmp_path / "other.db"):
            pass
    with run_lock(ledger):
        pass


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    """A file where the folder should be is no crash."""
    (tmp_path / "var").write_text("in the way")
    with pytest.raises(LedgerBroken, match="cannot be written"), run_lock(tmp_path / "var" / "burnin.db"):
        pass


async def test_the_lease_of_a_file_is_had_or_refused(tmp_path: Path) -> None:
    """Nobody stands by: the second bot is refused at once, and may have it when the first has let go."""
    first, second = FileLease(tmp_path / "burnin.db"), FileLease(tmp_path / "burnin.db")
    assert not first.held()
    assert [await first.take(), await first.take()] == [0, 0]
    assert first.held()
    with pytest.raises(Refused, match="Another burnin run"):
        await second.take()
    assert not second.held()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(first.lost(), 0.01)
    await first.release()
    assert await second.take() == 0
    assert (first.held(), second.held()) == (False, True)
    await second.release()
