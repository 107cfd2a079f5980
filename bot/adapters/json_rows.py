"""Database rows as JSON types, fit for the ledger's canonical JSON and for a person's eyes."""

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import JsonValue

from bot.domain.value import JsonObject

_EXACT = 2**53 - 1  # canonical JSON has no larger integers
_WIDTH = 200  # characters shown of one value
_MOST_JSON = 2_000  # characters of a JSON column; a larger one is shown as text


def json_row(row: Mapping[str, Any]) -> JsonObject:
    """Return a row with values that JSON has: times as ISO 8601, all that is unknown or too large as text."""
    return {name: _bounded(_json(value)) for name, value in row.items()}


def _bounded(value: JsonValue) -> JsonValue:
    """Return a value as it is, or as the begin of its text where it is too much for the ledger."""
    if not isinstance(value, dict | list):
        return value
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) <= _MOST_JSON else _shortened(text)


def _json(value: Any) -> JsonValue:
    if isinstance(value, dict):
        return {str(name): _json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    if value is None or isinstance(value, bool) or _is_exact_number(value):
        plain: JsonValue = value
        return plain
    return _shortened(_text(value))


def _is_exact_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and abs(value) <= _EXACT


def _text(value: Any) -> str:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDTH else text[:_WIDTH] + "…"
