"""Writes evidence bundles: the same rows give the same bytes, and a file that is there is a whole one.

What goes in is gathered first, in a file without a name, because the manifest at the beginning tells of all of it.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO, Final, Self

from bot import __version__
from bot.adapters.evidence_archive import Packing
from bot.adapters.evidence_bundle import (
    ENTRIES,
    KEY_KIND,
    MANIFEST,
    README,
    SIGNED,
    STANDING_KINDS,
    BundledDay,
    BundledFile,
    Manifest,
    Place,
    as_line,
    certificate_name,
    entry_line,
    sample_line,
    samples_name,
    too_large,
)
from bot.adapters.evidence_readme import README_TEXT
from bot.adapters.ledger_copy import StoredLedger
from bot.adapters.stored_entry import StoredEntry, StoredSample
from bot.domain.entry import SamplesSealed
from bot.domain.issued import CERTIFICATE_KINDS, certificates_in
from bot.domain.value import JsonObject
from bot.errors import Refused

_CHUNK: Final = 1 << 20  # bytes
_ALL: Final = 2**62


@dataclass(slots=True)
class Spool:
    """The files of a bundle to be, one after the other in a file without a name beside the bundle."""

    folder: Path
    files: list[BundledFile] = field(default_factory=list)
    _file: BinaryIO = field(init=False)

    def __enter__(self) -> Self:
        self._file = TemporaryFile(dir=self.folder)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, name: str, parts: Iterable[bytes]) -> int:
        """Put a file behind the others, and return of how many parts it is."""
        digest, size, count = sha256(), 0, 0
        for count, part in enumerate(parts, start=1):  # noqa: B007 - counted to the end
            self._file.write(part)
            digest.update(part)
            size += len(part)
        self.files.append(BundledFile(name=name, size=size, sha256=digest.hexdigest()))
        return count

    def contents(self) -> Iterator[tuple[BundledFile, Iterator[bytes]]]:
        """Yield each file with its content, in order."""
        self._file.seek(0)
        for file in self.files:
            sizes = (min(_CHUNK, file.size - at) for at in range(0, file.size, _CHUNK))
            yield file, map(self._file.read, sizes)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bundle is to hold: a trader's closed days, in order, and nothing after the last entry that is verified."""

    trader: str
    days: Sequence[date]
    until: int
    created: datetime


def gather(ledger: StoredLedger, spool: Spool, wanted: Wanted, tell: Callable[[date], None]) -> Manifest:
    """Put what a bundle holds into a spool, and return the manifest of it.

    Args:
        ledger: the rows, of a ledger that verifies.
        spool: takes the files.
        wanted: which days of whom.
        tell: is told of each day that is in.

    Raises:
        LedgerBroken: the ledger cannot be read.
        Refused: it would be more than whoever reads it takes.
    """
    trader = wanted.trader
    rows = _rows(ledger, wanted)
    spool.add(README, [README_TEXT.encode()])
    spool.add(ENTRIES, map(entry_line, rows))
    bundled = []
    for day in wanted.days:
        bundled.append(_add_day(ledger, spool, trader, day, rows))
        tell(day)
    for found in certificates_in([row.entry() for row in rows if row.kind in CERTIFICATE_KINDS]):
        spool.add(certificate_name(found.digest), [as_line(found.envelope)])
    if problem := too_large(spool.files):
        raise Refused("too_large", f"That is too much for one bundle: {problem}. Export fewer days at once.")
    return Manifest(
        burnin=__version__,
        trader=trader,
        created=wanted.created,
        head=Place(seq=rows[-1].seq, hash=rows[-1].hash),
        days=tuple(bundled),
        entries=len(rows),
        files=tuple(spool.files),
    )


def write_bundle(spool: Spool, manifest: Manifest, signed: JsonObject | None, path: Path) -> None:
    """Write a bundle to a file that is not there yet, down to the disk.

    Raises:
        OSError: it is there, or cannot be written.
    """
    with path.open("xb") as file:
        packing = Packing(file)
        packing.put(MANIFEST, len(manifest.content), [manifest.content])
        if signed is not None:
            packing.put(SIGNED, len(as_line(signed)), [as_line(signed)])
        for each, parts in spool.contents():
            packing.put(each.name, each.size, parts)
        packing.finish()
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """Have a name beside the target to write to: it takes the target's place at the end, or is gone.

    Raises:
        OSError: it cannot be renamed.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        beside.unlink(missing_ok=True)


def _rows(ledger: StoredLedger, wanted: Wanted) -> list[StoredEntry]:
    """Return the entries of a bundle by number: of the days, those that always go with them, and the newest."""
    trader, until, everything = wanted.trader, wanted.until, {"after": 0, "before": _ALL, "newest": _ALL}
    of_keys = {"kinds": json.dumps([KEY_KIND]), "trader": None, "day": None}
    asked = [
        ledger.read("entries_of_day", trader=trader, day=str(day), kinds=None, **everything) for day in wanted.days
    ]
    asked.append(ledger.read("entries_of_trader", trader=trader, kinds=json.dumps(STANDING_KINDS), **everything))
    asked.append(ledger.read("entries_of_kinds", **of_keys, **everything))
    asked.append(ledger.read("newest_own", trader=trader, until=until))
    found = {row.seq: row for rows in asked for row in (StoredEntry(*values) for values in rows)}
    return [found[seq] for seq in sorted(found) if seq <= until]


def _add_day(ledger: StoredLedger, spool: Spool, trader: str, day: date, rows: Sequence[StoredEntry]) -> BundledDay:
    own = [row for row in rows if (row.trader, row.day) == (trader, str(day))]
    closed = next(row for row in own if row.kind == "day_closed")
    seals = [SamplesSealed.model_validate_json(row.body) for row in own if row.kind == "samples_sealed"]
    samples = spool.add(samples_name(day), _sealed(ledger, trader, day, seals))
    return BundledDay(date=day, closed=Place(seq=closed.seq, hash=closed.hash), entries=len(own), samples=samples)


def _sealed(ledger: StoredLedger, trader: str, day: date, seals: Iterable[SamplesSealed]) -> Iterator[bytes]:
    for seal in seals:
        for values in ledger.read("sealed_samples", trader=trader, day=str(day), first=seal.first, last=seal.last):
            yield sample_line(StoredSample(*values))
