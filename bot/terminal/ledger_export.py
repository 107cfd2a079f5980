"""Writes all that can be read of a ledger as lines of JSON, each row as it is stored, and whether it is intact."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from bot.adapters.diagnosis import Diagnosis, diagnosed, entries_in
from bot.adapters.ledger_copy import NumberedSample
from bot.adapters.verification import Read
from bot.domain.value import JsonObject
from bot.errors import ConfigurationError, Refused

_BATCH: Final = 1000  # samples
_BEFORE_ALL: Final = -(2**63)


@dataclass(slots=True)
class Exported:
    """How many rows were written, and how many of them are intact."""

    entries: int = 0
    intact: int = 0
    samples: int = 0
    samples_intact: int = 0
    damage: str = ""

    def as_json(self) -> JsonObject:
        """Return what `--json` prints."""
        return {
            "entries": self.entries,
            "intact": self.intact,
            "samples": self.samples,
            "samples_intact": self.samples_intact,
            "damage": self.damage,
        }


def export(read: Read, damage: str, path: Path, *, only_intact: bool, tell: Callable[[int], object] = int) -> Exported:
    """Write entries, then samples.

    Args:
        read: reads the ledger, or what is left of it.
        damage: what is wrong with its file, if anything.
        path: the file to write; compressed where its name ends in `.gz`.
        only_intact: leave out what is not intact.
        tell: is told how many entries were looked at.

    Raises:
        Refused: the file is there already.
        LedgerBroken: the ledger cannot be read.
    """
    if path.exists():
        raise Refused("exists", f"{path} is there already and stays as it is. Name another file.")
    found, done = diagnosed(read, damaged=bool(damage), tell=tell), Exported(damage=damage)
    with _writing(path) as file:
        for line, intact in _entries(read, found):
            if intact or not only_intact:
                file.write(_line(line))
                done.entries, done.intact = done.entries + 1, done.intact + intact
        for line, intact in _samples(read, found):
            if intact or not only_intact:
                file.write(_line(line))
                done.samples, done.samples_intact = done.samples + 1, done.samples_intact + intact
    return done


def _entries(read: Read, found: Diagnosis) -> Iterator[tuple[JsonObject, bool]]:
    for row in entries_in(read):
        intact = found.is_intact(row.seq)
        yield {"table": "entries", "intact": intact, "row": row._asdict()}, intact


def _samples(read: Read, found: Diagnosis) -> Iterator[tuple[JsonObject, bool]]:
    """Yield the samples. Those that no intact entry has sealed are vouched for by nothing."""
    after = _BEFORE_ALL
    while rows := [NumberedSample(*values) for values in read("samples_after", after=after, batch=_BATCH)]:
        for row in rows:
            intact = found.vouched(str(row.trader), str(row.day), row.id)
            yield {"table": "samples", "intact": intact, "row": row._asdict()}, intact
        after = rows[-1].id


def _line(told: JsonObject) -> str:
    """Return a line of JSON; bytes that are no text stand there as what they would be in Latin-1."""
    return json.dumps(told, default=lambda value: bytes(value).decode("latin-1")) + "\n"


@contextmanager
def _writing(path: Path) -> Iterator[TextIO]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "xt", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error}") from error
