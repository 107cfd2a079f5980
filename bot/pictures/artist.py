"""Has pictures of a session drawn from what the ledger holds, one at a time, within a limit of time."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

from bot.daybook import record_of
from bot.desk import Desk
from bot.domain.criteria import CRITERIA
from bot.domain.day import DayRecord
from bot.domain.notice import SessionPicture
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.verdict import Verdict
from bot.errors import NotDrawn
from bot.pictures.scene import SECONDS, Head, Scene, columns_of

DRAWN_WITHIN: Final = 60.0  # seconds; it takes about two, and longer on a host that is busy or has never drawn
_OWN_SECRETS: Final = "SLACK_"  # the bot's tokens are no business of a process that draws


class ProcessArtist:
    """The Artist port: samples from the ledger, lines and colours from a process of its own.

    Args:
        desk: whose ledger holds the samples.
        folder: where matplotlib keeps the list of fonts that it makes at its first picture.
        argv: the program that draws.
        within: for how long it may (s).
    """

    def __init__(
        self,
        desk: Desk,
        folder: Path,
        *,
        argv: tuple[str, ...] = (sys.executable, "-P", "-m", "bot.pictures"),
        within: float = DRAWN_WITHIN,
    ) -> None:
        self._desk = desk
        self._folder = folder
        self._argv = argv
        self._within = within
        self._one_at_a_time = asyncio.Lock()

    async def draw(self, trader: str, picture: SessionPicture) -> bytes:
        """Return the picture of a session as PNG.

        Raises:
            NotDrawn: it could not be drawn.
            LedgerBroken: the ledger could not be read.
        """
        async with self._one_at_a_time:
            record = await record_of(self._desk, self._desk.traders[trader], picture.session.date)
            policy = record.policy if record and record.policy else self._desk.traders[trader].policy
            samples = await self._desk.ledger.samples(trader, picture.session.date)
            told = reason_of(record) if record else ""
            packed = await asyncio.to_thread(_packed, trader, picture, policy, told, samples)
            del samples  # the process needs the memory more
            return await self._drawn(packed)

    async def trace(self, scene: Scene) -> str:
        """Return the picture of a scene as SVG elements for a page: of the classes `wide` and `narrow`.

        Raises:
            NotDrawn: it could not be drawn.
        """
        async with self._one_at_a_time:
            return (await self._drawn(await asyncio.to_thread(scene.packed), "page")).decode()

    async def _drawn(self, packed: bytes, *words: str) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv, *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment(self._folder)
            )
        except OSError as error:
            raise NotDrawn(f"the program that draws cannot be started ({error})") from error
        try:
            async with asyncio.timeout(self._within):
                picture, said = await process.communicate(packed)
        except TimeoutError:
            raise NotDrawn(f"it was not drawn within {self._within:g} s; see how busy the host is") from None
        finally:
            await _end(process)
        if process.returncode != 0:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise NotDrawn(f"the program that draws broke off ({last[:300] or process.returncode})")
        return picture


def reason_of(record: DayRecord) -> str:
    """Return the plain sentence behind a verdict: what decided it, or how much it rests on."""
    decisive = [result for result in record.criteria if result.verdict is record.verdict is not Verdict.PASS]
    if decisive:
        more = f" And {len(decisive) - 1} more." if len(decisive) > 1 else ""
        return f"{decisive[0].id}: {decisive[0].detail or decisive[0].reason}{more}"
    left_out = "".join(f"; {name} excluded: {reason}" for name, reason in record.excluded.items())
    return f"{len(CRITERIA) - len(record.excluded)} of {len(CRITERIA)} criteria passed{left_out}"


def _packed(trader: str, picture: SessionPicture, policy: Policy, reason: str, samples: tuple[Sample, ...]) -> bytes:
    columns = columns_of(picture.session, policy, samples)
    head = Head(
        trader=trader,
        session=picture.session,
        verdict=picture.verdict,
        void=picture.void,
        reason=reason,
        policy=policy,
        marks=picture.marks,
        samples=len(columns[SECONDS]),
    )
    return Scene(head, columns).packed()


def _environment(folder: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SECRETS)}
    return {"MPLCONFIGDIR": str((folder / "matplotlib").absolute()), **inherited}


async def _end(process: Process) -> None:
    """Leave no process behind, also when cancelled."""
    if process.returncode is None:
        process.kill()
        await process.wait()
