"""One bot a ledger: two would watch twice, and the second would take the first one's commands for abandoned."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
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
