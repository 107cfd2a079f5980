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

_CANNOT = 5  # the exit code of an internal error


def replace_process() -> NoReturn:
    """Become a fresh process with the same command line and process id; what this one had started is ended first."""
    log.warning("another bot acts on this ledger: this one begins anew and stands by")
    _end_scripts()
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - no shell: our own words again
    except OSError:
        log.exception("this bot cannot begin anew, so it ends; whatever runs it starts it again")
        os._exit(_CANNOT)


def end_process() -> NoReturn:
    """End at once, with 0: whoever asked for the end gets it, and the rest is dealt with as after a crash."""
    _end_scripts()
    os._exit(0)


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


def _end_scripts() -> None:
    """End what this process has started, where the system lists it (Linux): scripts have a group of their own each."""
    with suppress(OSError):
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
        for child in listed.split():
            with suppress(OSError):
                os.killpg(int(child), signal.SIGKILL)
    with suppress(OSError, ValueError, RuntimeError):  # nobody reads it, it is closed, or just being written to
        sys.stdout.flush()
