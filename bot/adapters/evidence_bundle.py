"""What an evidence bundle holds, and how it is written: a manifest, and entries and samples a line each.

An entry's line is the text that its hash is made of, with the hash at its end; a sample's is its row as it is stored.
"""

import json
import re
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError

from bot.adapters.evidence_archive import FORMAT
from bot.adapters.stored_entry import StoredEntry, StoredSample
from bot.domain.canonical import canonical
from bot.domain.entry import Entry
from bot.domain.value import JsonObject, UtcDatetime, Value
from bot.errors import EvidenceBroken

PAYLOAD_TYPE: Final = "application/vnd.burnin.evidence+json"
MANIFEST: Final = "manifest.json"
SIGNED: Final = "manifest.dsse.json"
README: Final = "README.txt"
ENTRIES: Final = "entries.jsonl"
# What of a trader's entries stands in every bundle, whatever its days, and what of nobody's.
STANDING_KINDS: Final = (
    "streak_counted",
    "clearance_granted",
    "clearance_revoked",
    "clearance_signed",
    "certificate_issued",
    "certificate_signed",
    "void_requested",
    "day_voided",
    "void_refused",
)
KEY_KIND: Final = "signing_key_set"

_LARGEST: Final = 1 << 34  # bytes of everything together
_LARGEST_FILE: Final = 1 << 28

_HASH_ENDS: Final = b',"hash":""}\n'
_ENTRY_ENDS: Final = re.compile(rb'"seq":(\d{1,19}),"trader":(?:null|"(?:[^"\\]|\\.)*"),"hash":"([0-9a-f]{64})"}\n\Z')
_NOT_KNOWN: Final = f"its {MANIFEST} is none that this burnin knows: a newer one wrote it, or a hand"

Count = Annotated[int, Field(ge=0, strict=True)]
Positive = Annotated[int, Field(gt=0, strict=True)]
Word = Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._+-]*\z", strict=True)]  # it is shown on a terminal
Digest = Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z", strict=True)]


class Place(Value):
    """An entry's number and hash."""

    seq: Count
    hash: Digest


class BundledDay(Value):
    """A day of a bundle: the entry that closed it, and how many entries and samples of it there are."""

    date: date
    closed: Place
    entries: Count
    samples: Count


class BundledFile(Value):
    """A file of a bundle; `size` is in bytes."""

    name: str
    size: Count
    sha256: Digest


class Manifest(Value):
    """What a bundle holds. `head` is the ledger's newest entry that is the trader's or nobody's, `burnin` a version."""

    format: Literal["burnin evidence 1"] = FORMAT
    burnin: Word
    trader: Word
    created: UtcDatetime
    head: Place
    days: tuple[BundledDay, ...] = Field(min_length=1)
    entries: Positive
    files: tuple[BundledFile, ...]

    @property
    def content(self) -> bytes:
        """The manifest as it stands in a bundle: one line of canonical JSON (RFC 8785)."""
        return as_line(self.to_json())

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Read what `content` wrote.

        Raises:
            EvidenceBroken: it was not written so.
        """
        try:
            manifest = cls.model_validate_json(content)
        except ValidationError:
            raise EvidenceBroken(_NOT_KNOWN) from None
        if manifest.content != content:
            raise EvidenceBroken(f"its {MANIFEST} is not written as burnin writes it")
        return manifest


def too_large(files: Sequence[BundledFile]) -> str:
    """Say in words why files are more than anybody should unpack; empty where they are not."""
    everything, largest = sum(file.size for file in files), max((file.size for file in files), default=0)
    if everything <= _LARGEST and largest <= _LARGEST_FILE:
        return ""
    most = f"{_LARGEST:,} and {_LARGEST_FILE:,}"
    return f"it would unpack to {everything:,} bytes, its largest file to {largest:,}; the most that is taken is {most}"


def as_line(value: JsonObject) -> bytes:
    """Return canonical JSON with a line's end."""
    return f"{canonical(value)}\n".encode()


def samples_name(day: date) -> str:
    """Return the name of the file with a day's samples."""
    return f"samples/{day}.jsonl"


def certificate_name(digest: str) -> str:
    """Return the name of a certificate's file."""
    return f"certificates/{digest}.json"


def entry_line(row: StoredEntry) -> bytes:
    """Return an entry as a line: the very text that its hash is made of, with the hash put at its end."""
    return f'{row.content[:-1]},"hash":"{row.hash}"}}\n'.encode()


def entry_of(line: bytes) -> Entry:
    """Return the entry of a line.

    Raises:
        EvidenceBroken: it was changed after it was written, or is none that this program knows.
    """
    ends = _ENTRY_ENDS.search(line)
    if ends is None:
        raise EvidenceBroken(f"{ENTRIES} has a line that is no entry")
    seq, digest = (each.decode() for each in ends.groups())
    if sha256(line[: -len(_HASH_ENDS) - len(digest)] + b"}").hexdigest() != digest:
        raise EvidenceBroken(f"entry {seq} was changed after it was written: its content does not give its hash")
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        raise EvidenceBroken(f"entry {seq} is none that this burnin knows: a newer one wrote it, or a hand") from None


def sample_line(row: StoredSample) -> bytes:
    """Return a sample as a line; its readings are a text in it, as they are stored and sealed."""
    return f"{json.dumps(row._asdict(), separators=(',', ':'), ensure_ascii=False)}\n".encode()


def sample_of(line: bytes, name: str) -> StoredSample:
    """Return the row of a line in a file.

    Raises:
        EvidenceBroken: it was not written by `sample_line`.
    """
    try:
        row = StoredSample(**json.loads(line))
        if sample_line(row) == line and [*map(type, row)] == [int, int, str, str]:
            return row
    except (TypeError, ValueError, RecursionError):
        pass
    raise EvidenceBroken(f"{name} has a line that is no sample")
