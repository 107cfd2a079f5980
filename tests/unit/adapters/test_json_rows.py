"""Database values as JSON."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import rfc8785

from bot.adapters.json_rows import json_row


def test_every_value_becomes_json() -> None:
    """Times, decimals, bytes, huge numbers and long texts are told in types that canonical JSON has."""
    row = json_row(
        {
            "id": 7,
            "huge": 2**60,
            "nan": float("nan"),
            "ok": True,
            "at": datetime(2026, 11, 23, 4, tzinfo=UTC),
            "day": date(2026, 11, 23),
            "price": Decimal("1.50"),
            "key": UUID(int=1),
            "raw": b"\x01\xff",
            "nested": {"a": [1, None, Decimal(2)]},
            "long": "x" * 300,
        }
    )
    assert json.loads(rfc8785.dumps(row)) == {
        "id": 7,
        "huge": str(2**60),
        "nan": "nan",
        "ok": True,
        "at": "2026-11-23T04:00:00+00:00",
        "day": "2026-11-23",
        "price": "1.50",
        "key": "00000000-0000-0000-0000-000000000001",
        "raw": "01ff",
        "nested": {"a": [1, None, "2"]},
        "long": "x" * 200 + "…",
    }


def test_a_large_json_column_is_shown_by_its_beginning() -> None:
    """The ledger takes no megabytes of somebody else's table; a small one is shown as it is."""
    row = json_row({"large": [{"n": n} for n in range(1_000)], "small": {"n": 1}})
    large = row["large"]
    assert isinstance(large, str)
    assert large.startswith('[{"n": 0}, {"n": 1}')
    assert len(large) == 201
    assert row["small"] == {"n": 1}
