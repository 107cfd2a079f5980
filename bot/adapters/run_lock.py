"""One bot a ledger: two would watch twice, and the second would take the first one's commands for abandoned."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bot.errors import LedgerBroken, Refused


@contextmanager
def run_lock(ledger: Path) -> Iterator[None]:
    """Hold the lock of a ledger, for as long as the context lasts. It is gone with the process, however that ends.

    Raises:
        Refused: another bot holds it.
        LedgerBroken: the lock's file cannot be written beside the ledger.
    """
    place = ledger.with_name(f"{ledger.name}.lock")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LedgerBroken(f"{place} cannot be written: {error.strerror}. Make its folder writable.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Refused("already_running", f"Another burnin run uses the ledger {ledger}. Stop that one first.") from None
    finally:
        os.close(file)


class FileLease:
    """The `Lease` port where one bot has a ledger to itself: whoever comes second is refused."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._lock = ExitStack()
        self._held = False

    async def take(self) -> int:
        """Lock the ledger, if this bot has not done so yet. There is only one lease, and its number is 0.

        Raises:
            Refused: another bot runs on this ledger.
            LedgerBroken: the lock's file cannot be written beside it.
        """
        if not self._held:
            self._lock.enter_context(run_lock(self._ledger))
            self._held = True
        return 0

    def held(self) -> bool:
        """Tell whether the ledger is locked by this bot."""
        return self._held

    async def lost(self) -> None:
        """Wait for ever: the lock is gone only with the process."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Unlock the ledger."""
        self._held = False
        self._lock.close()
