"""The sandbox's own processes: started, watched for their first words, and always ended."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from bot.errors import BurninError

_STOP_WITHIN = 8.0  # seconds


class SandboxProcess:
    """One Python process of the sandbox, in a session of its own, so that only the sandbox tells it when to end.

    Args:
        words: what follows `python`.
        log: where its standard error goes; its pid stands beside it (`bot.log`, `bot.pid`) while it runs.
        environment: added to the sandbox's own.
    """

    def __init__(self, words: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._words = tuple(words)
        self._log = log
        self._pid_file = log.with_suffix(".pid")
        self._environment = {**os.environ, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        self._pid_file.write_text(str(self._process.pid), encoding="utf-8")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Start it, and stop it at the end of the block."""
        try:
            await self.start()
            yield self
        finally:
            await self.stop()

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
            raise BurninError(f"{' '.join(self._words[:2])} did not start. {self.last_words()}")
        return line.decode()

    def last_words(self) -> str:
        """Return the end of its log, as a sentence."""
        log = self._log.read_text(encoding="utf-8", errors="replace").strip()
        return f"Its last words:\n{log[-2000:]}" if log else "It said nothing."

    async def stop(self) -> None:
        """End it with SIGTERM, and with SIGKILL where that does not help."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        await self._end(signal.SIGKILL)

    async def _end(self, sign: signal.Signals) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(sign)
        try:
            await asyncio.wait_for(process.wait(), _STOP_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()
        self._pid_file.unlink(missing_ok=True)

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError("start it first")
        return self._process
