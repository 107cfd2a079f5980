"""Turns messages into plain lines for a terminal: who, when, the words, tables, buttons in [brackets]."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from bot.sandbox.workspace.state import Json
from bot.sandbox.workspace.view_stack import elements

_INDENT = "    "
_TIMES = {"{time}": "%H:%M %Z", "{time_secs}": "%H:%M:%S %Z"}


def render(message: Json, names: Mapping[str, str] | None = None, zone: tzinfo | None = None) -> str:
    """The lines of one message as the workspace shows it; thread replies are indented, ephemerals say whose they are.

    `names` maps ids of people and groups to names. `zone` is the reader's; without one the times are in UTC, and dates
    read as the app wrote them for those who cannot show them.
    """
    names = names or {}
    at = datetime.fromtimestamp(float(message["ts"]), zone or UTC).strftime("%H:%M:%S")
    head = f"{at} {message['username']}"
    if message.get("ephemeral"):
        head += f" (only visible to {message['visible_to_name']})"
    if message.get("edited"):
        head += " (edited)"
    if message.get("reply_broadcast"):
        head += " (replied to a thread, shown in the channel too)"
    blocks = message.get("blocks") or []
    body = [line for block in blocks for line in block_lines(block)] or message.get("text", "").split("\n")
    body += [f"[file: {file['title']}]" for file in message.get("files", [])]
    lines = [head, *(f"  {plain(line, names, zone)}".rstrip() for line in body)]
    indent = _INDENT if message.get("thread_ts", message["ts"]) != message["ts"] else ""
    return "\n".join(indent + line for line in lines)


def plain(text: str, names: Mapping[str, str] | None = None, zone: tzinfo | None = None) -> str:
    """Slack's mrkdwn as a terminal shows it: names for ids, words for links and dates, no stars.

    A date is shown in the reader's `zone`, where that is known and the form is a time of day.
    """
    known = names or {}

    def replace(found: re.Match[str]) -> str:
        target, _, label = found.group(1).partition("|")
        if target.startswith(("@", "!subteam^")):
            name = target.removeprefix("@").removeprefix("!subteam^")
            return f"@{known.get(name, label or name)}"
        if target.startswith("!date^") and zone is not None:
            return _time(target, label, zone)
        return f"#{known.get(target[1:], target[1:])}" if target.startswith("#") else label or target.lstrip("!")

    text = re.sub(r"<([^<>]+)>", replace, text)
    text = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"\1", text)
    return html.unescape(text)


def _time(target: str, label: str, zone: tzinfo) -> str:
    _, seconds, form = target.split("^")[:3]
    pattern = _TIMES.get(form)
    return datetime.fromtimestamp(int(seconds), zone).strftime(pattern).strip() if pattern else label


def block_lines(block: Json) -> list[str]:
    """The lines of one block, still in mrkdwn."""
    draw = _DRAW.get(block["type"])
    lines = draw(block) if draw else []
    buttons = [_button(element) for element in elements(block)] if block["type"] not in _OWN_BUTTONS else []
    return [*lines, "  ".join(buttons)] if buttons else lines


def _button(element: Json) -> str:
    label = element.get("text") or element.get("placeholder") or {"text": element["type"]}
    return f"[{label['text']}]"


def _words(value: Any) -> list[str]:
    text = value.get("text", "") if isinstance(value, dict) else value or ""
    return text.split("\n") if text else []


def _section(block: Json) -> list[str]:
    fields = [" ".join(_words(field)) for field in block.get("fields", [])]
    return [*_words(block.get("text")), *fields]


def _header(block: Json) -> list[str]:
    text = block["text"]["text"]
    return [text, "=" * len(text)]


def _context(block: Json) -> list[str]:
    parts = [e["text"] if "text" in e else f"[image: {e['alt_text']}]" for e in block["elements"]]
    return [" | ".join(parts)]


def _table(block: Json) -> list[str]:
    rows = [[_cell(cell) for cell in row] for row in block["rows"]]
    columns = max(len(row) for row in rows)
    rows = [row + [""] * (columns - len(row)) for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(columns)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "  ".join("-" * width for width in widths)
    return [*_words(block.get("caption")), lines[0], rule, *lines[1:]]


def _cell(cell: Json) -> str:
    if cell["type"] == "rich_text":
        return " ".join(_rich(cell))
    return str(cell.get("text", cell.get("value", "")))


def _rich(block: Json) -> list[str]:
    lines: list[str] = []
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            lines += [f"- {_leaves(item)}" for item in part["elements"]]
        else:
            lines += _leaves(part).split("\n")
    return lines


def _leaves(part: Json) -> str:
    return "".join(_leaf(leaf) for leaf in part["elements"])


def _leaf(leaf: Json) -> str:
    kind = leaf["type"]
    if kind == "user":
        return f"<@{leaf['user_id']}>"
    if kind == "emoji":
        return f":{leaf['name']}:"
    return str(leaf.get("text") or leaf.get("fallback") or leaf.get("url") or leaf.get("range") or "")


def _task(task: Json) -> list[str]:
    status = str(task.get("status", "pending")).replace("_", " ")
    details = [f"  {line}" for key in ("details", "output") if key in task for line in _rich(task[key])]
    return [f"({status}) {task['title']}", *details]


def _plan(block: Json) -> list[str]:
    return [*_words(block["title"]), *(line for task in block.get("tasks", []) for line in _task(task))]


def _card(block: Json) -> list[str]:
    return [line for key in ("title", "subtitle", "body") for line in _words(block.get(key))]


def _container(block: Json) -> list[str]:
    inner = [line for child in block["child_blocks"] for line in block_lines(child)]
    return [*_words(block.get("title")), *(f"  {line}" for line in inner)]


def _chart(block: Json) -> list[str]:
    chart = block["chart"]
    series = chart.get("series", [{"name": block["title"], "data": chart.get("segments", [])}])
    points = [f"  {s['name']}: " + ", ".join(f"{p['label']} {p['value']}" for p in s["data"]) for s in series]
    return [f"[chart: {block['title']}]", *points]


_OWN_BUTTONS = {"container", "carousel"}
_DRAW: Mapping[str, Callable[[Json], list[str]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "divider": lambda _: ["-" * 40],
    "image": lambda block: [f"[image: {block['alt_text']}]"],
    "markdown": lambda block: _words(block["text"]),
    "alert": lambda block: _words(block["text"]),
    "rich_text": _rich,
    "table": _table,
    "data_table": _table,
    "task_card": _task,
    "plan": _plan,
    "card": _card,
    "carousel": lambda block: [line for card in block["elements"] for line in block_lines(card)],
    "container": _container,
    "data_visualization": _chart,
    "input": lambda block: _words(block["label"]),
}
