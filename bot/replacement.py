"""A bot that another one has deposed replaces itself: nothing of what it was about to do is carried on.

Its memory is of a time in which it led. To begin anew in the same process is quicker than to find out what of it still
holds, and sure: whatever was about to be written or said is gone.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

log = logging.getLogger(__name__)


def replace_process() -> NoReturn:
    """Become a fresh process with the same command line and process id; what this one had started is ended first."""
    log.warning("another bot acts on this ledger: this one begins anew and stands by")
    for child in _children():
        with suppress(OSError):
            os.killpg(child, signal.SIGKILL)  # scripts have a group of their own
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - no shell: our own words again


@contextmanager
def checked_when_woken(may_act: Callable[[], bool], otherwise: Callable[[], NoReturn]) -> Iterator[None]:
    """Look at the lease as soon as a stopped process goes on (SIGCONT), before anything else in it runs.

    The event loop would call a handler after what is ready to run; this one comes first.
    """

    def check(_: int, __: FrameType | None) -> None:
        if not may_act():
            otherwise()

    before = signal.signal(signal.SIGCONT, check)
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, before)


def _children() -> list[int]:
    """Return the processes that this one has started, where the system lists them (Linux)."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        return [int(pid) for pid in listed.read_text(encoding="ascii").split()]
    except OSError:
        return []
