"""The gate's own canonical JSON: the same as a library's of somebody else, and its strict reader."""

import json
import math
import struct

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from bot.gate.canonical import canonical, value_of

_INSIDE = 2**53 - 1
numbers = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-_INSIDE, _INSIDE) | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
@example({"\ufb33": 1, "\U0001f600": 2, "a": 3})  # in UTF-16 the second comes first
@example(-0.0)
@example(5e-324)
@example(1e21)
@example(123456789012345680000.0)
def test_it_writes_what_rfc_8785_says(value: object) -> None:
    """Numbers as ECMAScript writes them, names by their UTF-16."""
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(st.integers(0, 2**64 - 1))
def test_it_writes_every_fraction_as_rfc_8785_says(bits: int) -> None:
    """Of any bits that are a number."""
    (value,) = struct.unpack("<d", struct.pack("<Q", bits))
    if math.isfinite(value):
        assert canonical(value) == rfc8785.dumps(value)


@given(json_values)
def test_what_it_wrote_it_reads(value: object) -> None:
    """Nothing of a canonical text is refused."""
    assert canonical(value_of(canonical(value))) == canonical(value)


@pytest.mark.parametrize("value", [10**400, -math.inf, math.nan, "\ud800", {"\udfff": 1}, b"bytes"])
def test_what_is_not_the_same_everywhere_is_not_written(value: object) -> None:
    """What is no number, and text that is none."""
    with pytest.raises(ValueError, match=r"number|surrogates"):
        canonical(value)


@pytest.mark.parametrize(
    "text", [b"9007199254740993", b"1.0", b"-0", b"1e21", b"1E+21", b"1e-7 ", b'"\\/"', b'"\\u00e9"']
)
def test_what_could_be_spelled_otherwise_is_not_what_it_writes(text: bytes) -> None:
    """So that whoever compares finds every other spelling."""
    assert canonical(value_of(text)) != text


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"{} {}",
        b'{"a":1,"a":1}',
        b'[{"b":{"a":1,"a":2}}]',
        b"NaN",
        b"-Infinity",
        b"\xff",
        b"\xef\xbb\xbf{}",
        '"é"'.encode("latin-1"),
        json.dumps({}).encode("utf-16"),
        b"{\t}",
        b"{\r}",
        b"[" * 100_000,
        b"1" * 5000,
    ],
)
def test_what_is_not_strict_json_is_refused(text: bytes) -> None:
    """A name twice, what is no number, other encodings, tabs, depths without end."""
    with pytest.raises(ValueError, match=r"."):
        value_of(text)
