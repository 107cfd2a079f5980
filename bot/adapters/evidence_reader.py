"""Reads evidence bundles that anybody may have had in hand: nothing in one is believed because it says so.

The archive is checked byte by byte, each file by the manifest, entries by their own hashes and by each other, samples
by the entries that seal them, certificates by the entries that they name.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final

from bot.adapters.evidence_archive import Unpacking
from bot.adapters.evidence_bundle import (
    ENTRIES,
    MANIFEST,
    README,
    SIGNED,
    BundledDay,
    BundledFile,
    Manifest,
    Place,
    as_line,
    certificate_name,
    entry_of,
    sample_of,
    samples_name,
    too_large,
)
from bot.adapters.evidence_signature import Signed, check_signature, read_key, recorded_key, signature_in
from bot.adapters.stored_entry import StoredSample, digest_rows
from bot.domain.entry import DayClosed, Entry, SamplesSealed
from bot.domain.issued import Certificate, certificates_in
from bot.domain.standing import SigningKeySet
from bot.errors import EvidenceBroken, UsageError
from bot.gate.keys import PublicKey

_LARGEST_MANIFEST: Final = 1 << 23  # bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle in which everything fits together.

    `keyid` names the key that signed it, and is empty where none did; `certified` are the days of the bundle that each
    of its certificates names, by the certificate's digest.
    """

    manifest: Manifest
    entries: tuple[Entry, ...]
    keyid: str
    certified: Mapping[str, tuple[date, ...]]

    def of_day(self, day: date) -> list[Entry]:
        """Return a day's entries, oldest first."""
        return [entry for entry in self.entries if (entry.trader, entry.day) == (self.manifest.trader, day)]


Visit = Callable[[Bundle, date, Sequence[StoredSample]], None]


def read_bundle(path: Path, key: Path | None = None, visit: Visit | None = None) -> Bundle:
    """Read a bundle from its beginning to its end, and check all of it.

    Args:
        path: the file.
        key: the public key (PEM) that must have signed it; None where that is not asked.
        visit: is given each day with its samples as soon as they are checked. What it makes of them counts only once
            this returns: something may be wrong further on.

    Raises:
        EvidenceBroken: something in it is not what it was; the text names what.
        UsageError: the file or the key cannot be read.
    """
    given = read_key(key) if key else None
    try:
        with path.open("rb") as file:
            return _read(Unpacking(file), visit, lambda signed: _check_given(signed, given, key))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except EvidenceBroken as broken:
        text = f"{path} is damaged: {broken}. Nothing in it counts; have it exported again where its ledger is."
        raise EvidenceBroken(text) from None


def _read(archive: Unpacking, visit: Visit | None, check_given: Callable[[Signed | None], None]) -> Bundle:
    manifest, signed = _manifest(archive)
    check_given(signed)
    files = iter(manifest.files)
    _check_names(manifest, (README, ENTRIES, *(samples_name(day.date) for day in manifest.days)))
    for _ in _lines(archive, next(files)):
        pass  # what it says is for people
    entries = tuple(_entries(manifest, _lines(archive, next(files))))
    _check_days(manifest, entries)
    if signed is not None:
        _check_own(signed, entries)
    certificates = _certificates(entries)
    certified = {found.digest: _days_of(manifest, entries, found) for found in certificates}
    bundle = Bundle(manifest, entries, signed.keyid if signed else "", certified)
    _check_names(manifest, (certificate_name(digest) for digest in certified), after=2 + len(manifest.days))
    for day in manifest.days:
        file = next(files)
        rows = [sample_of(line, file.name) for line in _lines(archive, file)]
        _check_samples(bundle, day, rows)
        if visit is not None:
            visit(bundle, day.date, rows)
    for found, file in zip(certificates, files, strict=True):
        if b"".join(_lines(archive, file)) != as_line(found.envelope):
            raise EvidenceBroken(f"{file.name} is not the certificate that the entries give")
    archive.finish()
    return bundle


def _manifest(archive: Unpacking) -> tuple[Manifest, Signed | None]:
    content = archive.whole(MANIFEST, _LARGEST_MANIFEST)
    if content is None:
        raise EvidenceBroken(f"it does not begin with its {MANIFEST}")
    manifest = Manifest.of(content)
    days = [day.date for day in manifest.days]
    if days != sorted({*days}):
        raise EvidenceBroken(f"its {MANIFEST} does not name each day once, in order")
    if problem := too_large(manifest.files):
        raise EvidenceBroken(problem)
    envelope = archive.whole(SIGNED, 2 * _LARGEST_MANIFEST)
    return manifest, signature_in(envelope, content) if envelope is not None else None


def _check_names(manifest: Manifest, names: Iterable[str], after: int = 0) -> None:
    expected = [*names]
    found = [file.name for file in manifest.files[after:]]
    if found[: len(expected)] != expected or (after and len(found) != len(expected)):
        raise EvidenceBroken(f"its {MANIFEST} does not name the files that there must be, in their order")


def _lines(archive: Unpacking, file: BundledFile) -> Iterator[bytes]:
    return archive.lines(file.name, file.size, file.sha256)


def _entries(manifest: Manifest, lines: Iterable[bytes]) -> Iterator[Entry]:
    before: Entry | None = None
    for line in lines:
        entry = entry_of(line)
        if before is not None and entry.seq <= before.seq:
            raise EvidenceBroken(f"entry {entry.seq} stands behind entry {before.seq}")
        if before is not None and entry.seq == before.seq + 1 and entry.prev != before.hash:
            raise EvidenceBroken(f"entry {entry.seq} does not follow the entry before it, whose hash is another")
        if entry.trader not in (None, manifest.trader):
            raise EvidenceBroken(f"entry {entry.seq} is of {entry.trader!r}, and the bundle of {manifest.trader}")
        yield entry
        before = entry


def _check_days(manifest: Manifest, entries: Sequence[Entry]) -> None:
    """Hold the manifest's numbers and hashes to the entries: none may be missing, none may have come."""
    if len(entries) != manifest.entries:
        raise EvidenceBroken(
            f"{ENTRIES} holds {len(entries)} entries, and not {manifest.entries} as when it was written"
        )
    if _place(entries[-1]) != manifest.head:
        raise EvidenceBroken(f"its head is not entry {manifest.head.seq} with the hash that its {MANIFEST} names")
    for day in manifest.days:
        own = [entry for entry in entries if (entry.trader, entry.day) == (manifest.trader, day.date)]
        if len(own) != day.entries:
            raise EvidenceBroken(f"{day.date} has {len(own)} entries, and not {day.entries} as when it was written")
        closed = [
            _place(entry) for entry in own if isinstance(entry.body, DayClosed) and entry.body.record.day == day.date
        ]
        if closed != [day.closed]:
            raise EvidenceBroken(
                f"{day.date} was not closed by entry {day.closed.seq} with the hash its {MANIFEST} names"
            )


def _place(entry: Entry) -> Place:
    return Place(seq=entry.seq, hash=entry.hash)


def _check_samples(bundle: Bundle, day: BundledDay, rows: Sequence[StoredSample]) -> None:
    """Hold a day's samples to the entries that seal them: each row is under one seal, and no seal lacks one."""
    name = samples_name(day.date)
    if len(rows) != day.samples:
        raise EvidenceBroken(f"{name} holds {len(rows)} samples, and not {day.samples} as when it was written")
    if any(one.id >= other.id for one, other in pairwise(rows)):
        raise EvidenceBroken(f"{name} does not hold each sample once, in the order of their numbers")
    at = 0
    for entry in bundle.of_day(day.date):
        if not isinstance(seal := entry.body, SamplesSealed):
            continue
        sealed = rows[at : at + seal.count]
        at += len(sealed)
        numbers = (sealed[0].id, sealed[-1].id) if sealed else (seal.first, seal.last)
        if (len(sealed), *numbers, digest_rows(sealed)) != (seal.count, seal.first, seal.last, seal.digest):
            raise EvidenceBroken(
                f"{name}: the samples {seal.first} to {seal.last} are not those that entry {entry.seq} seals"
            )
    if at != len(rows):
        raise EvidenceBroken(f"{name} holds {len(rows) - at} samples that no entry seals")


def _certificates(entries: Sequence[Entry]) -> tuple[Certificate, ...]:
    try:
        found = certificates_in(entries)
        fit = all(sha256(each.payload).hexdigest() == each.digest for each in found)
    except (KeyError, TypeError, ValueError):
        fit = False
    if not fit:
        raise EvidenceBroken("an entry holds a certificate whose payload does not give its digest")
    return found


def _days_of(manifest: Manifest, entries: Sequence[Entry], certificate: Certificate) -> tuple[date, ...]:
    """Return which days of the bundle a certificate names, each closed by the same entry as here."""
    digest = certificate.digest
    try:
        predicate = json.loads(certificate.payload)["predicate"]
        named = {date.fromisoformat(day["date"]): Place(**day["entry"]) for day in predicate["days"]}
        head = Place(**predicate["ledger"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise EvidenceBroken(f"the certificate {digest} is none that this burnin knows") from None
    hashes = {entry.seq: entry.hash for entry in entries}
    if hashes.get(head.seq, head.hash) != head.hash:
        raise EvidenceBroken(
            f"the certificate {digest} names another ledger: its entry {head.seq} has another hash here"
        )
    for day in manifest.days:
        if named.get(day.date, day.closed) != day.closed:
            raise EvidenceBroken(f"the certificate {digest} names another {day.date}: another entry closed it")
    return tuple(day.date for day in manifest.days if day.date in named)


def _check_given(signed: Signed | None, given: PublicKey | None, path: Path | None) -> None:
    """Hold the bundle to the key that its reader gave."""
    if given is None:
        return
    if signed is None:
        raise EvidenceBroken(f"it is not signed, and so not by the key {path}")
    check_signature(signed, given, f"the key {path}")


def _check_own(signed: Signed, entries: Iterable[Entry]) -> None:
    """Hold the bundle to the key that its own entries name, where they do. It proves who signed to nobody."""
    for entry in entries:
        if isinstance(body := entry.body, SigningKeySet) and body.keyid == signed.keyid:
            check_signature(signed, recorded_key(body.public_key, entry.seq), f"the key that entry {entry.seq} records")
