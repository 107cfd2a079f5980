"""`burnin run --no-slack` as a process of its own, that a test may kill and start again."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.adapters.clock import SystemClock

CLOCK = SystemClock()


class TerminalBot:
    """The bot of one folder, which holds its configuration, its ledger, its log and all that it said.

    Args:
        folder: where these live.
        traders: the keys of each trader's section; the one session is added to them.
        policy: the keys of the policy's section.
        opens_in: seconds until the session opens.
        seconds: how long the session is.
    """

    def __init__(
        self,
        folder: Path,
        traders: Sequence[Mapping[str, Any]],
        policy: Mapping[str, Any],
        *,
        opens_in: float,
        seconds: float,
    ) -> None:
        self.opens = CLOCK.now() + timedelta(seconds=opens_in)
        self.closes = self.opens + timedelta(seconds=seconds)
        self.configuration = folder / "burnin.yaml"
        self._said, self._log = folder / "said.txt", folder / "bot.log"
        self._process: asyncio.subprocess.Process | None = None
        session = {"date": str(self.opens.date()), "open": self.opens.isoformat(), "close": self.closes.isoformat()}
        calendar = {"calendar": {"timezone": "UTC", "sessions": [session]}}
        content = {
            "ledger": f"sqlite:///{folder}/burnin.db",
            "traders": [{**trader, **calendar} for trader in traders],
            "policy": policy,
            "http": {"port": 0},
        }
        self.configuration.write_text(json.dumps(content), encoding="utf-8")

    @property
    def said(self) -> str:
        """All that it announced, over all its runs."""
        return self._said.read_text("utf-8")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end(signal.SIGTERM)

    async def start(self) -> None:
        """Start it, for the first time or again."""
        words = ("-m", "bot", "run", "--config", str(self.configuration), "--no-slack")
        with self._said.open("ab") as said, self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=said, stderr=log)

    async def kill(self) -> None:
        """End it as a crash would."""
        await self._end(signal.SIGKILL)

    async def ask(self, *words: str) -> Any:
        """Run `burnin … --json` beside it and return what that printed, read."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "--config", str(self.configuration), *words, "--json"),
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        return json.loads(printed)

    async def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(sign)
            await asyncio.wait_for(process.wait(), 30)


async def until(instant: datetime) -> None:
    """Return at an instant."""
    await CLOCK.sleep(max((instant - CLOCK.now()).total_seconds(), 0.0))
