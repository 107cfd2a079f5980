"""The sandbox's own processes: started, watched for their first words, and always ended."""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.errors import BurninError

_STOP_WITHIN = 8.0  # seconds


class SandboxProcess:
    """One Python process of the sandbox; what it writes to standard error goes to a log file."""

    def __init__(self, words: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self._words = tuple(words)
        self._log = log
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *self._words, stdout=asyncio.subprocess.PIPE, stderr=log, env=self._environment
            )

    async def first_line(self, seconds: float) -> str:
        """Return the first line of its standard output.

        Raises:
            BurninError: it ended, or said nothing in time.
        """
        process = self._running()
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        try:
            line = await asyncio.wait_for(process.stdout.readline(), seconds)
        except TimeoutError:
            line = b""
        if not line:
            raise BurninError(f"{' '.join(self._words[:2])} did not start; its words are in {self._log}.")
        return line.decode()

    async def stop(self) -> None:
        """End it with SIGTERM, and with SIGKILL where that does not help."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_WITHIN)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError("start it first")
        return self._process
