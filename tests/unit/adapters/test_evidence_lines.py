"""An evidence bundle's lines: whatever a ledger holds is read back from them as it was, byte for byte."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.evidence_bundle import BundledDay, Manifest, Place, entry_line, entry_of, sample_line, sample_of
from bot.adapters.stored_entry import StoredEntry, StoredSample
from bot.domain.entry import GENESIS, Draft, link
from bot.errors import EvidenceBroken
from tests.support.any_drafts import DRAFTS, TEXT
from tests.support.drafts import DAY, ZOO, draft


@settings(max_examples=200, deadline=None)
@given(any_draft=DRAFTS, seq=st.integers(1, 2**53 - 1))
def test_any_entry_is_read_back_from_its_line(any_draft: Draft, seq: int) -> None:
    """Also with line breaks, quotes and right-to-left text in every column; and it is one line."""
    row = StoredEntry.following(any_draft, seq, GENESIS)
    line = entry_line(row)
    assert line.count(b"\n") == 1
    assert entry_of(line) == row.entry()
    assert entry_line(StoredEntry.of(entry_of(line))) == line


@pytest.mark.parametrize("number", range(len(ZOO)), ids=[body.kind for body in ZOO])
def test_every_kind_of_entry_has_a_line(number: int) -> None:
    """Its hash is at the end, and nothing can be put behind it."""
    entry = link(draft(ZOO[number]), 7, GENESIS)
    line = entry_line(StoredEntry.of(entry))
    assert entry_of(line) == entry
    for other in (line[:-1], line + b"\n", line.replace(b'"}\n', b'" }\n'), b" " + line, line[:-70] + line[-3:]):
        with pytest.raises(EvidenceBroken):
            entry_of(other)


@given(row=st.builds(StoredSample, st.integers(), st.integers(), TEXT, TEXT))
def test_any_sample_is_read_back_from_its_line(row: StoredSample) -> None:
    """Whatever stands in its columns."""
    assert sample_of(sample_line(row), "samples/x.jsonl") == row


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]\n",
        b"1\n",
        b'{"id":1}\n',
        b'{"id":true,"at_us":1,"source":"bot","readings":"{}"}\n',
        b'{"id":1,"at_us":1.0,"source":"bot","readings":"{}"}\n',
        b'{"id":1,"at_us":1,"source":"bot","readings":{}}\n',
        b'{"id":1, "at_us":1,"source":"bot","readings":"{}"}\n',
        b'{"id":1,"at_us":1,"source":"bot","readings":"{}","more":1}\n',
        b'{"id":1,"id":1,"at_us":1,"source":"bot","readings":"{}"}\n',
    ],
)
def test_a_sample_has_one_spelling(line: bytes) -> None:
    """Nothing else is taken for one."""
    with pytest.raises(EvidenceBroken, match=r"samples/x\.jsonl has a line that is no sample"):
        sample_of(line, "samples/x.jsonl")


def test_a_manifest_shows_nothing_that_a_terminal_would_obey() -> None:
    """What of it is printed is one word each."""
    day = BundledDay(date=DAY, closed=Place(seq=1, hash="0" * 64), entries=1, samples=0)
    at = datetime(2026, 11, 23, tzinfo=UTC)
    told = {"burnin": "0.1.0", "created": at, "head": day.closed, "days": (day,), "entries": 1, "files": ()}
    for name in ("orb\x1b[2J", "orb xau", ""):
        with pytest.raises(ValueError, match="trader"):
            Manifest(trader=name, **told)  # type: ignore[arg-type]
    assert Manifest.of(Manifest(trader="orb", **told).content).trader == "orb"  # type: ignore[arg-type]
