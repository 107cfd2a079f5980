"""What a script wrote, kept to its end and made fit to be shown: a script may write for hours, and in colour."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

KEPT: Final = 256 * 1024  # bytes
_CHUNK = 64 * 1024
_LINES = 20
_WIDTH = 500
_STRAGGLERS = 1.0  # seconds for what is still in the pipe, which a background process may hold open for ever
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Output:
    """The read end of a pipe whose last bytes are kept. `write_end` is what the script writes to."""

    def __init__(self, write_end: int, reader: asyncio.StreamReader) -> None:
        self.write_end = write_end
        self._open = True
        self._kept = bytearray()
        self._reading = asyncio.create_task(self._read(reader))

    def close_write_end(self) -> None:
        """Let go of the write end, so that the pipe ends with the script."""
        if self._open:
            self._open = False
            os.close(self.write_end)

    async def text(self) -> str:
        """Return what is left of the output once the script has ended."""
        self.close_write_end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_STRAGGLERS):
                await self._reading
        return self._kept.decode(errors="replace")

    async def close(self) -> None:
        """Stop reading."""
        self.close_write_end()
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(_CHUNK):
            self._kept += chunk
            del self._kept[:-KEPT]


@asynccontextmanager
async def read_tail() -> AsyncIterator[Output]:
    """Open a pipe and keep the last bytes written to it.

    It is not the subprocess's own pipe, for which asyncio's `wait()` waits as long as a background child holds it.
    """
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", buffering=0)
    )
    output = Output(write_end, reader)
    try:
        yield output
    finally:
        await output.close()
        transport.close()


def last_lines(text: str) -> str:
    """Return the last lines as a terminal would have left them: no colours, no control characters, no long lines."""
    plain = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    lines = [_CONTROLS.sub("", line.rstrip("\r").rsplit("\r", 1)[-1]).rstrip() for line in plain.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(line if len(line) <= _WIDTH else line[:_WIDTH] + "…" for line in lines[-_LINES:])
