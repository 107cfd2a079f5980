"""The words beside a CSV file with all rows of a table, and the file itself."""

import csv
import io
import re

from bot.domain.notice import RowsFile
from bot.slack.cards.blocks import escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import plural

_FORMULA = re.compile(r"[=+\-@\t\r]")  # what a spreadsheet would begin to reckon with
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def render(file: RowsFile, trader: str) -> Message:
    """What the file holds, and whether that is all."""
    more = f"; {file.left_out} more are not kept" if file.left_out else ""
    said = f"📄 {escape(file.title, 200)} · {escape(trader, 80)} · {plural(len(file.rows), 'row')} as CSV{more}"
    return message(said, [section(said)])


def csv_of(file: RowsFile) -> bytes:
    """Return the rows as CSV (RFC 4180, UTF-8) that a spreadsheet takes for words and numbers, never for formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(file.columns)
    writer.writerows([_tamed(cell) for cell in row] for row in file.rows)
    return out.getvalue().encode()


def _tamed(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
