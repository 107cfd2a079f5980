"""Canonical JSON (RFC 8785), so that a hash means the same everywhere; quick for what most values are."""

import json
import re
from typing import Any, Final

import rfc8785

# The interpreter's own encoder is many times as quick, and writes the same but for fractions and for numbers that JSON
# has not, for the order of names beyond the Basic Multilingual Plane, and for what is no text at all. Where one of them
# may be in it, also where it only looks so, the library writes it.
_encode: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
_MAY_DIFFER: Final = re.compile(
    r'(?:":|[,\[]|^)-?\d+[.eE]'  # a fraction; within a text the quotation mark would have a backslash before it
    r"|\d{16}"
    "|[\ud800-\udfff\U00010000-\U0010ffff]"
)


def canonical(value: Any) -> str:
    """Return the canonical JSON of a value of JSON types.

    Raises:
        rfc8785.CanonicalizationError: JSON has no such number, or it is no text.
    """
    try:
        text = _encode(value)
    except ValueError:  # NaN and the infinities
        return rfc8785.dumps(value).decode()
    return rfc8785.dumps(value).decode() if _MAY_DIFFER.search(text) else text
