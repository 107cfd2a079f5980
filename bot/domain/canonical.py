"""Canonical JSON (RFC 8785), so that a hash means the same everywhere; quick for what nearly all values are."""

import json
import re
from typing import Any, Final

import rfc8785

# The interpreter's own encoder is many times as quick as the library, and writes the same once whole numbers are
# integers. What is left is odd, and the library writes it: very small and very large fractions, numbers that JSON has
# not, names that are not sorted by the order of their characters, and what is no text at all.
_encode: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
# Text in which no number can be odd: nothing that looks like a fraction or a very large one, inside of strings or not.
_FRACTION: Final = re.compile(r'(?:^|":|[\[,])-?\d+(?:[.eE]|(?<=\d{16}))')
_EXACT: Final = 2**53
_SMALLEST: Final = 1e-4  # smaller ones have an exponent


class _OddError(ValueError):
    """The interpreter's encoder may write it otherwise."""


def canonical(value: Any) -> str:
    """Return the canonical JSON of a value of JSON types.

    Raises:
        rfc8785.CanonicalizationError: JSON has no such number, or it is no text.
    """
    try:
        text = _encode(value)
        if text.isascii() and not _FRACTION.search(text):
            return text
        text = _encode(_plain(value))
        text.encode()
    except ValueError:
        return rfc8785.dumps(value).decode()
    return text


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is dict:
        if not all(map(str.isascii, value)):
            raise _OddError
        return {name: _plain(each) for name, each in value.items()}
    if kind is list:
        return [_plain(each) for each in value]
    if kind is float and (value == 0 or _SMALLEST <= abs(value) < _EXACT):
        return int(value) if value.is_integer() else value
    if kind is int and -_EXACT < value < _EXACT:
        return value
    raise _OddError
