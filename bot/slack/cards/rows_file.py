"""The words beside a CSV file with all rows of a table."""

from bot.domain.notice import RowsFile
from bot.slack.cards.blocks import escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import plural


def render(file: RowsFile, trader: str) -> Message:
    """What the file holds, and whether that is all."""
    left_out = f", {file.left_out} more are left out" if file.left_out else ""
    said = f"📄 {escape(file.title, 200)} · {escape(trader, 80)} · {plural(len(file.rows), 'row')}{left_out}"
    return message(said, [section(said)])
