"""No bit of a bundle's file is free: whatever is changed, cut off or put behind, it is refused in words."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.adapters.evidence_archive import HEADER_LENGTH
from bot.adapters.evidence_reader import read_bundle
from bot.errors import EvidenceBroken
from tests.support.evidence_room import Exports, in_tar, written

RANDOM_BITS = 3000
PACKED_BITS = 1000
NO_BUNDLE = "does not begin as a bundle of the form"
CHANGED = "some were changed, cut off or added"


@pytest.fixture
def copy(exports: Exports, tmp_path: Path) -> Path:
    """A bundle that may be changed in its place."""
    path = tmp_path / "copy.tar.gz"
    path.write_bytes(exports.one_day.read_bytes())
    return path


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    """Have one bit of a file the other way round."""
    with path.open("r+b", buffering=0) as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))
        yield
        file.seek(bit // 8)
        file.write(bytes([byte]))


def refused(path: Path) -> str:
    """Return why a bundle is refused."""
    with pytest.raises(EvidenceBroken) as broken:
        read_bundle(path)
    assert broken.value.exit_code == 5
    said = str(broken.value)
    assert said.startswith(f"{path} is damaged: ")
    assert said.endswith("Nothing in it counts; have it exported again where its ledger is.")
    return said


def test_every_bit_of_the_header_counts(copy: Path) -> None:
    """Also those that gzip and tar look past: flags, time, system, the comment."""
    for bit in range(HEADER_LENGTH * 8):
        with flipped(copy, bit):
            said = refused(copy)
        assert NO_BUNDLE in said or CHANGED in said, bit
    read_bundle(copy)


def test_every_other_bit_counts_too(copy: Path) -> None:
    """Thousands anywhere, and each of the last bytes, which hold gzip's own checksum and length."""
    size, chance = copy.stat().st_size * 8, random.Random(6)  # noqa: S311 - repeatable, not secret
    for bit in (*chance.sample(range(HEADER_LENGTH * 8, size), RANDOM_BITS), *range(size - 80, size)):
        with flipped(copy, bit):
            assert CHANGED in refused(copy), bit
    read_bundle(copy)


def test_what_is_cut_off_is_missed(copy: Path) -> None:
    """At any place, also in the header, and of an empty file nothing is left to judge."""
    content, chance = copy.read_bytes(), random.Random(7)  # noqa: S311 - repeatable, not secret
    for length in (*range(HEADER_LENGTH + 2), *chance.sample(range(len(content)), 200), len(content) - 1):
        copy.write_bytes(content[:length])
        said = refused(copy)
        assert NO_BUNDLE in said if length < HEADER_LENGTH else CHANGED in said


@pytest.mark.parametrize("behind", [b"\x00", b"\n", b"x" * 513, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"])
def test_what_is_put_behind_is_seen(copy: Path, behind: bytes) -> None:
    """Though gzip takes zeros for padding, and another gzip for more of the same."""
    copy.write_bytes(copy.read_bytes() + behind)
    assert CHANGED in refused(copy)
    copy.write_bytes(copy.read_bytes() * 2)
    assert CHANGED in refused(copy)


def test_every_bit_of_what_is_packed_counts(exports: Exports, tmp_path: Path) -> None:
    """Packed again, with a header and a checksum that are right: also those of the tar's headers and of its padding."""
    tar, chance = bytearray(in_tar(exports.one_day)), random.Random(8)  # noqa: S311 - repeatable, not secret
    bits = range(len(tar) * 8)
    for bit in (
        *chance.sample(bits[: 512 * 8], 200),
        *chance.sample(bits, PACKED_BITS),
        *chance.sample(bits[-9000:], 100),
    ):
        tar[bit // 8] ^= 1 << bit % 8
        refused(written(tmp_path / "changed.tar.gz", bytes(tar)))
        tar[bit // 8] ^= 1 << bit % 8
    read_bundle(written(tmp_path / "changed.tar.gz", bytes(tar)))
