"""The same words for a terminal: what a card says in Slack, without markup."""

import html
import re

from bot.slack.cards.blocks import Block
from bot.slack.cards.message import Message

_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_CALLED = re.compile(r"<(@[UW][A-Z0-9]+)>")
_MARKS = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_TICKS = re.compile(r"`([^`\n]+)`")


def terminal(said: Message) -> str:
    """Return a message as lines for a terminal; a button becomes the line to type."""
    if not said.blocks:
        return _unmarked(said.text)
    return "\n".join(line for block in said.plainer or said.blocks for line in _lines(block) if line.strip())


def _lines(block: Block) -> list[str]:
    match block["type"]:
        case "header" | "section":
            return _unmarked(block["text"]["text"]).splitlines()
        case "context":
            return ["  " + _unmarked(element["text"]) for element in block["elements"]]
        case "actions":
            return [f"  → burnin {element['value']}" for element in block["elements"]]
        case "table":
            return _table([[cell["text"] for cell in row] for row in block["rows"]])
        case "rich_text":
            return ["  | " + line for line in block["elements"][0]["elements"][0]["text"].splitlines()]
        case _:
            return []


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _unmarked(text: str) -> str:
    words = _TICKS.sub(r"\1", _MARKS.sub(r"\1", _CALLED.sub(r"\1", _DATE.sub(r"\1", text))))
    return html.unescape(words)
