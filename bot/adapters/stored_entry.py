"""How an entry stands in a table: its columns as text, chosen so that their bytes put together are what is hashed.

A changed byte in any column therefore changes the hash, whatever today's models would make of the text.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple, Self

from pydantic import ValidationError

from bot.domain.canonical import canonical
from bot.domain.day import ClosedDay, Provenance
from bot.domain.entry import Draft, Entry
from bot.domain.sample import Sample, Source, decode_readings, encode_readings
from bot.domain.value import epoch_us, from_epoch_us
from bot.errors import LedgerBroken

_OF_DRAFT: Final = set(Draft.model_fields)
_quoted: Final = json.JSONEncoder(ensure_ascii=False).encode


class StoredEntry(NamedTuple):
    """A row of `entries`. `actor`, `origin` and `body` are canonical JSON (RFC 8785); `at` is ISO 8601 in UTC."""

    seq: int
    at: str
    trader: str | None
    day: str | None
    kind: str
    actor: str
    origin: str
    key: str | None
    body: str
    prev: str
    hash: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the row that holds an entry."""
        fields = entry.model_dump(mode="json")
        texts = {name: canonical(fields[name]) for name in ("actor", "origin", "body")}
        return cls(**{**fields, **texts}, kind=entry.body.kind)

    @classmethod
    def following(cls, draft: Draft, seq: int, prev: str) -> Self:
        """Return the row that a draft becomes. Its canonical JSON is made once, to be stored and to be hashed."""
        fields = draft.model_dump(mode="json", include=_OF_DRAFT)
        texts = {name: canonical(fields[name]) for name in ("actor", "origin", "body")}
        row = cls(**{**fields, **texts}, seq=seq, kind=draft.body.kind, prev=prev, hash="")
        return row._replace(hash=sha256(row.content.encode()).hexdigest())

    @property
    def content(self) -> str:
        """The canonical JSON of the entry without its own hash: what `bot.domain.entry.hash_entry` hashes."""
        at, day, key, prev, trader = (_quoted(text) for text in (self.at, self.day, self.key, self.prev, self.trader))
        return (
            f'{{"actor":{self.actor},"at":{at},"body":{self.body},"day":{day},"key":{key},'
            f'"origin":{self.origin},"prev":{prev},"seq":{self.seq},"trader":{trader}}}'
        )

    def entry(self) -> Entry:
        """Return the entry that the row holds.

        Raises:
            LedgerBroken: the row is not an entry that this program knows.
        """
        try:
            return Entry.model_validate_json(f'{self.content[:-1]},"hash":"{self.hash}"}}')
        except ValidationError as error:
            raise LedgerBroken(
                f"Entry {self.seq} of the ledger cannot be read: a newer burnin wrote it, or a hand changed it. "
                "Run `burnin verify` to find out which."
            ) from error


def closed_day(text: str) -> ClosedDay:
    """Return what the query `closed_days` tells of a day, as one JSON array."""
    day, verdict, lapsed, provenance = json.loads(text)
    return ClosedDay(day=day, verdict=verdict, lapsed=lapsed, provenance=Provenance(**provenance))


class StoredSample(NamedTuple):
    """A row of `samples`: its number, microseconds since 1970, who took it, and the encoded readings."""

    id: int
    at_us: int
    source: str
    readings: str

    def sample(self) -> Sample:
        """Return the sample that the row holds.

        Raises:
            LedgerBroken: the row was not written by this program.
        """
        try:
            return Sample(from_epoch_us(self.at_us), decode_readings(self.readings), Source(self.source))
        except ValueError as error:
            raise LedgerBroken(f"Sample {self.id} of the ledger cannot be read; run `burnin verify`.") from error


def sample_columns(sample: Sample) -> dict[str, str | int]:
    """Return what of a sample stands in its row, by column."""
    return {
        "at_us": epoch_us(sample.at),
        "source": sample.source.value,
        "readings": encode_readings(sample.readings),
    }


def digest_rows(rows: Iterable[StoredSample]) -> str:
    """Return the SHA-256 (hex) over samples as stored, one line each, in the order given."""
    digest = sha256()
    for row in rows:
        digest.update(f"{row.at_us} {row.source} {row.readings}\n".encode())
    return digest.hexdigest()


def problem_with(row: StoredEntry, seq: int, prev: str) -> str:
    """Say in words why a row cannot be entry `seq` after the entry with hash `prev`; empty where it can."""
    if row.seq != seq:
        return f"entry {seq} is missing; what follows is numbered {row.seq}"
    if row.prev != prev:
        return f"entry {seq} does not follow the entry before it: the hash it names as its predecessor's is another"
    return problem_within(row)


def problem_within(row: StoredEntry) -> str:
    """Say in words why a row cannot be an entry, wherever it stands in the chain; empty where it can."""
    seq = row.seq
    try:
        json.loads(row.actor), json.loads(row.origin)
        kind = json.loads(row.body)["kind"]
        digest = sha256(row.content.encode()).hexdigest()
    except (TypeError, ValueError, LookupError):
        return f"entry {seq} is not what an entry looks like: a column cannot be read"
    if row.hash != digest:
        return f"entry {seq} was changed after it was written: its content does not give its hash"
    if row.kind != kind:
        return f"entry {seq} stands under the kind {row.kind}, but it is {kind}"
    return ""
