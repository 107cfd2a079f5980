"""No bit of a certificate's file may be another: each flip is told as a bad signature."""

import json
import random
from collections.abc import Iterable

import pytest

from tests.support.gated import BOT, PERSON, Key, at_gate, certificate, list_file, revocations, statement

BAD = 13
SIGNED = certificate(statement(), BOT, PERSON)


def flips(text: bytes, step: int = 1) -> Iterable[bytes]:
    """Return a text with each of its bits turned, or every so many."""
    return (_turned(text, [bit]) for bit in range(0, 8 * len(text), step))


def survivors(texts: Iterable[bytes], keys: Iterable[Key] = (BOT, PERSON), threshold: int = 1) -> list[bytes]:
    """Return which are told as anything else than a bad signature."""
    given = tuple(keys)
    return [text for text in texts if at_gate(text, given, threshold=threshold).outcome.code != BAD]


def test_every_bit_counts_where_one_signature_is_enough() -> None:
    """Also in the signature that is not needed, in both key ids, and between the fields."""
    assert at_gate(SIGNED, (BOT, PERSON)).outcome.code == 0
    assert survivors(flips(SIGNED)) == []


def test_every_bit_counts_where_both_must_have_signed() -> None:
    """A threshold of two is no other."""
    assert at_gate(SIGNED, (BOT, PERSON), threshold=2).outcome.code == 0
    assert survivors(flips(SIGNED, step=7), threshold=2) == []


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_bit_counts_where_the_file_was_indented(ending: str) -> None:
    """Nor may white space be other white space, whichever ends of lines there are."""
    indented = json.dumps(json.loads(SIGNED), indent=2).replace("\n", ending).encode() + ending.encode()
    assert at_gate(indented, (BOT, PERSON)).outcome.code == 0
    payload = range(indented.index(b'"payload"'), indented.index(b'"payloadType"'))
    around = (bit for bit in range(8 * len(indented)) if bit // 8 not in payload)
    assert survivors(_turned(indented, [bit]) for bit in around) == []


def test_every_bit_of_a_list_of_revocations_counts() -> None:
    """A list that somebody changed revokes nothing, and excuses nothing."""
    listed = list_file(revocations("0" * 64))
    assert at_gate(SIGNED, listed=listed).outcome.code == 0
    found = [turned for turned in flips(listed, step=3) if at_gate(SIGNED, listed=turned).outcome.code != BAD]
    assert found == []


def test_several_flips_at_once_are_told_too() -> None:
    """Two, three or ten bits anywhere, thousands of times, where both must have signed."""
    chance = random.Random(6)  # noqa: S311 - the same flips in each run
    several = (chance.sample(range(8 * len(SIGNED)), chance.choice((2, 3, 10))) for _ in range(3000))
    assert survivors((_turned(SIGNED, bits) for bits in several), threshold=2) == []


def test_every_cut_is_told() -> None:
    """A file that ends too early, wherever it does."""
    assert survivors(SIGNED[:end] for end in range(len(SIGNED))) == []


def _turned(text: bytes, bits: Iterable[int]) -> bytes:
    """Return a text with some of its bits turned."""
    turned = bytearray(text)
    for bit in bits:
        turned[bit // 8] ^= 1 << bit % 8
    return bytes(turned)
