"""What a pipeline would do with the sandbox's clearance: take its certificate, and ask the gate whether it may flip."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from bot.certifying import certificates_of
from bot.desk import Desk, TraderDesk
from bot.domain.issued import Certificate, file_of
from bot.errors import BurninError

BUILD = "paper-1.0.0"  # of the paper trader
KEY_FILE = "burnin.key"
_CERTIFICATE = "clearance.dsse.json"
_LOOK_EVERY = 0.1  # seconds


async def make_key(configuration: Path) -> None:
    """Make the bot's signing key, as a desk does before its first burn-in.

    Raises:
        BurninError: it was not made.
    """
    code, said = await _burnin("keys", "init", "--config", str(configuration))
    if code != 0:
        raise BurninError(f"The signing key was not made: {said}")


async def asked_at_gate(desk: Desk, trader: TraderDesk, folder: Path, within: float) -> tuple[int, str]:
    """Wait for the certificate of the clearance that stands, and return what the gate says of it, with its exit code.

    Raises:
        TimeoutError: it was not certified in time (s).
    """
    async with asyncio.timeout(within):
        certificate = await _certified(desk, trader)
    place = folder / _CERTIFICATE
    place.write_bytes(file_of(certificate.envelope))
    public_key = folder / f"{KEY_FILE}.pub"
    return await _burnin("clearance", "verify", str(place), "--key", str(public_key), "--build", BUILD)


async def _certified(desk: Desk, trader: TraderDesk) -> Certificate:
    while not (found := await certificates_of(desk, trader)):  # noqa: ASYNC110 - another process's ledger
        await asyncio.sleep(_LOOK_EVERY)
    return found[-1]


async def _burnin(*words: str) -> tuple[int, str]:
    """Run a short command, and return its exit code with all it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words), stdin=DEVNULL, stdout=PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace").strip()
