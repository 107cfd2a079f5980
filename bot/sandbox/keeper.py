"""Ends what a sandbox has left behind, however the sandbox itself ended: with a plan, with Ctrl-C or with SIGKILL.

It runs as a process of its own, and its standard input is a pipe that ends when the sandbox ends. What still has a pid
file in the sandbox's folder by then was not ended by the sandbox.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_GONE_WITHIN = 2.0  # seconds; what is gone by then writes no more into the folder
_LOOK_EVERY = 0.02  # seconds


@contextmanager
def kept_folder() -> Iterator[Path]:
    """A folder for a sandbox; with the sandbox it goes, and everything that was started in it."""
    folder = Path(tempfile.mkdtemp(prefix="burnin-sandbox-"))
    words = [sys.executable, "-m", "bot.sandbox.keeper", str(folder)]
    # In its own session, so that a terminal's Ctrl-C does not end it; silent, so that it holds no pipe of a reader.
    keeper = subprocess.Popen(  # noqa: S603 - our own module
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield folder
    finally:
        keeper.communicate()


def left_behind(folder: Path) -> dict[int, signal.Signals]:
    """Return the processes that still run for a folder, each with the signal that ends it at once."""
    found = {pid: signal.SIGKILL for file in folder.glob("*.pid") if (pid := _pid_in(file))}
    if pid := _pid_in(folder / "postgres" / "postmaster.pid"):
        found[pid] = signal.SIGQUIT  # PostgreSQL then ends its own processes too
    return found


def _pid_in(file: Path) -> int:
    try:
        return int(file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _signal(pid: int, sign: int) -> bool:
    """Send a signal; tell whether there was somebody to take it."""
    try:
        os.kill(pid, sign)
    except OSError:
        return False
    return True


def main() -> None:
    """Wait for the sandbox's end, then end the rest and remove the folder."""
    folder = Path(sys.argv[1])
    sys.stdin.buffer.read()
    ended = {pid for pid, sign in left_behind(folder).items() if _signal(pid, sign)}
    deadline = time.monotonic() + _GONE_WITHIN
    while time.monotonic() < deadline and any(_signal(pid, 0) for pid in ended):
        time.sleep(_LOOK_EVERY)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
