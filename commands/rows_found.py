"""All rows that the reconcile checks found, for a file in the day's thread; of very many, as many as a ledger bears."""

import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from pydantic import JsonValue

from bot.domain.evidence import ReconcileRun
from bot.domain.notice import RowsFile
from bot.domain.session import Session
from bot.domain.value import JsonObject

MOST_ROWS: Final = 5000
MOST_BYTES: Final = 512 * 1024


class RowsFound:
    """Takes rows as the checks find them, and makes one file of them."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, dict[str, str]]] = []
        self._bytes = 0
        self._full = False

    def __call__(self, check: str, row: JsonObject) -> None:
        """Take one row of a check; what is beyond the limits is not kept."""
        cells = {name: _cell(value) for name, value in row.items()}
        self._bytes += len(check) + sum(len(cell.encode()) + 3 for cell in cells.values())
        self._full = self._full or self._bytes > MOST_BYTES or len(self._rows) == MOST_ROWS
        if not self._full:
            self._rows.append((check, cells))

    def file(self, run: ReconcileRun, session: Session) -> RowsFile | None:
        """Return the rows of the checks that ran to their end as one file; None where they found none."""
        counts = {check.name: check.rows for check in run.checks if check.rows}
        kept = [(check, cells) for check, cells in self._rows if check in counts]
        if not kept:
            return None
        names = list(dict.fromkeys(name for _, cells in kept for name in cells))
        rows = _within_limit([(check, *(cells.get(name, "") for name in names)) for check, cells in kept])
        return RowsFile(
            name="reconcile",
            title=f"Rows that reconcile found, {session.date}",
            columns=("check", *names),
            rows=rows,
            left_out=sum(counts.values()) - len(rows),
        )


def _within_limit(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the first rows, as many as stay within the limit in the ledger: it keeps the empty cells as well."""
    sizes = accumulate(len(json.dumps(row, ensure_ascii=False).encode()) for row in rows)
    return tuple(row for row, size in zip(rows, sizes, strict=True) if size <= MOST_BYTES)


def _cell(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
