"""Block Kit constructors that own Slack's limits: whatever words a card is given, Slack takes the result."""

import re
from collections.abc import Sequence
from typing import Any
from unicodedata import bidirectional

Block = dict[str, Any]

MOST_BLOCKS = 50
MOST_TEXT = 12_500  # all words of a message together; Slack refuses near 13,200
MOST_SECTION = 3000
MOST_CELL = 300
MOST_ROWS = 100
MOST_BUTTONS = 25
MOST_TASKS = 25

ONCE = "once"  # block id of buttons that give way once pressed
AGAIN = "again"  # block id of buttons that stay

_MENTION = re.compile(r"<(?=[!@#a-z])")
_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")  # one within a word is no markup
# What would be markup of Slack's, as characters that look alike.
_PLAIN = str.maketrans({"*": "\u2217", "`": "\u02cb", "~": "\u223c"})
# Characters that turn the direction of what follows them.
_UNTURNED = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_ISOLATED = "\u2068{}\u2069"  # words from right to left keep to themselves


def clip(text: str, limit: int) -> str:
    """Return the text, cut with an ellipsis where it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def escape(text: str, limit: int = 600) -> str:
    """Return words from outside as mrkdwn that has no markup, mentions nobody and becomes no link; clipped first."""
    plain = _UNDERSCORE.sub("ˍ", undirected(clip(" ".join(text.split()), limit)).translate(_PLAIN))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def undirected(text: str) -> str:
    """Return words from outside that cannot turn the direction of words beside them."""
    kept = text.translate(_UNTURNED)
    return _ISOLATED.format(kept) if any(bidirectional(char) in ("R", "AL") for char in kept) else kept


def literal(text: str, limit: int) -> str:
    """Return words for a place that Slack shows as they stand; a mention is broken up even so."""
    return clip(_MENTION.sub("<\u200b", text.translate(_UNTURNED)), limit) or " "


def mrkdwn(text: str, limit: int = MOST_SECTION) -> Block:
    """A text in Slack's own markup, whose outside words are escaped already; nothing else in it becomes a link."""
    return {"type": "mrkdwn", "text": clip(text, limit) or " ", "verbatim": True}


def plain(text: str, limit: int) -> Block:
    """A text without markup."""
    return {"type": "plain_text", "text": literal(text, limit), "emoji": True}


def header(text: str) -> Block:
    """A headline, at most 150 characters."""
    return {"type": "header", "text": plain(text, 150)}


def section(text: str, accessory: Block | None = None) -> Block:
    """A paragraph, at most 3,000 characters, with at most one element beside it."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return block | {"accessory": accessory} if accessory else block


def lines(texts: Sequence[str]) -> list[Block]:
    """One line after the other, in as few paragraphs as Slack's limit allows."""
    paragraphs: list[str] = []
    for text in texts:
        line = clip(text, MOST_SECTION)
        if paragraphs and len(paragraphs[-1]) + len(line) < MOST_SECTION:
            paragraphs[-1] += f"\n{line}"
        else:
            paragraphs.append(line)
    return [section(paragraph) for paragraph in paragraphs]


def context(*texts: str) -> Block:
    """Small print, at most ten pieces."""
    return {"type": "context", "elements": [mrkdwn(text, 2000) for text in texts[:10]]}


def code(text: str, limit: int = 2000) -> Block:
    """Lines as a program wrote them; of too many, the last."""
    kept = text if len(text) <= limit else "…" + text[-limit:]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": literal(kept, 3000)}]}],
    }


def divider() -> Block:
    """A line between paragraphs."""
    return {"type": "divider"}


def button(label: str, action_id: str, value: str, *, style: str | None = None, confirm: Block | None = None) -> Block:
    """A button; `value` is a reference that is never trusted, `style` is `primary` or `danger`."""
    block: Block = {
        "type": "button",
        "text": plain(label, 75),
        "action_id": clip(action_id, 255),
        "value": clip(value, 2000) or " ",
    }
    return block | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def confirm(title: str, text: str, yes: str, no: str, *, danger: bool = True) -> Block:
    """What Slack asks before it sends a click."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": "danger" if danger else "primary",
    }


def actions(*buttons: Block, block_id: str = AGAIN) -> Block:
    """A row of buttons, whose action ids differ; `block_id` tells whether they give way once pressed."""
    return {"type": "actions", "block_id": block_id, "elements": list(buttons[:MOST_BUTTONS])}


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> Block:
    """A table with its header row; of too many rows the first. `right` are the columns aligned to the right."""
    body = [list(row) for row in rows[: MOST_ROWS - 1]]
    settings = [{"align": "right" if at in right else "left", "is_wrapped": True} for at in range(len(columns))]
    cells = [[_cell(text) for text in row] for row in [list(columns), *body]]
    return {"type": "table", "rows": cells, "column_settings": settings}


def captioned(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    most: int = MOST_ROWS - 1,
    rest: str = "the command line shows all of them",
) -> list[Block]:
    """A table under its caption (plain words); of more than `most` rows the first, and where the `rest` is."""
    blocks = [section(f"*{escape(caption, 150)}*"), table(columns, rows[:most], right=right)]
    left = len(rows) - min(most, MOST_ROWS - 1)
    return [*blocks, context(f"… and {left} more; {rest}")] if left > 0 else blocks


def rich_text(text: str, limit: int = 600) -> Block:
    """Plain words where Slack wants rich text; nothing in them is markup."""
    words = {"type": "text", "text": literal(" ".join(text.split()), limit)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [words]}]}


def plan(title: str, tasks: Sequence[Block]) -> Block:
    """A plan of task cards."""
    return {"type": "plan", "title": literal(title, 150), "tasks": list(tasks[:MOST_TASKS])}


def task_card(task_id: str, title: str, status: str, output: str = "") -> Block:
    """One task of a plan; `status` is `pending`, `in_progress`, `complete` or `error`."""
    card: Block = {"type": "task_card", "task_id": task_id, "title": literal(title, 120), "status": status}
    return card | {"output": rich_text(output, 250)} if output.strip() else card


def _cell(text: str) -> Block:
    return {"type": "raw_text", "text": literal(" ".join(text.split()), MOST_CELL)}


def fit(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return as many blocks from the start as one message takes; what was left out is said at the end."""
    kept: list[Block] = []
    words = 0
    for block in blocks:
        words += words_in(block)
        if words > MOST_TEXT or len(kept) == MOST_BLOCKS - 1:
            return (*kept, context("… there is more than a message takes; the command line shows all of it."))
        kept.append(block)
    return tuple(kept)


def words_in(value: Any) -> int:
    """Return how many characters of text stand in a block."""
    if isinstance(value, dict):
        own = sum(len(value[key]) for key in ("text", "title") if isinstance(value.get(key), str))
        return own + sum(words_in(inner) for inner in value.values())
    return sum(words_in(inner) for inner in value) if isinstance(value, list) else 0
