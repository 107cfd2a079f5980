"""Judges the blocks of a message or a view as Slack does, so that what passes here is not refused there."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from bot.sandbox.workspace.block_grammar import (
    Problem,
    array,
    by_type,
    flag,
    one_of,
    optional,
    record,
    required,
    string,
)
from bot.sandbox.workspace.block_kinds import SURFACES
from bot.sandbox.workspace.block_texts import plain

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_TEXT = 13_200
MOST_MARKDOWN = 12_000
MOST_DATA_TABLE_TEXT = 10_000
MOST_VIEW_BYTES = 250_000
_METADATA = string(3000, shortest=0)
_NAME = string(255, shortest=0)
_VIEWS = {
    "modal": record(
        {
            "type": required(one_of("modal")),
            "title": required(plain(24)),
            "blocks": required(array(lambda *_: None, 100)),
            "close": optional(plain(24)),
            "submit": optional(plain(24)),
            "private_metadata": optional(_METADATA),
            "callback_id": optional(_NAME),
            "external_id": optional(_NAME),
            "clear_on_close": optional(flag),
            "notify_on_close": optional(flag),
            "submit_disabled": optional(flag),
        }
    ),
    "home": record(
        {
            "type": required(one_of("home")),
            "blocks": required(array(lambda *_: None, 100)),
            "private_metadata": optional(_METADATA),
            "callback_id": optional(_NAME),
            "external_id": optional(_NAME),
        }
    ),
}


def check_message_blocks(blocks: Any, at: str = "/blocks") -> list[Problem]:
    """What Slack would refuse in the blocks of one message; empty when it would take them."""
    return _check(blocks, "message", at)


def check_view(view: Any, at: str = "/view") -> list[Problem]:
    """What Slack would refuse in a modal or a Home tab; empty when it would take it."""
    found: list[Problem] = []
    by_type(_VIEWS)(view, at, found)
    if not isinstance(view, dict) or view.get("type") not in tuple(_VIEWS):
        return found
    blocks = view.get("blocks")
    found += _check(blocks, view["type"], f"{at}/blocks")
    asks = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if view["type"] == "modal" and asks and "submit" not in view:
        found.append(Problem(at, "missing required field: submit, as the view has an input block"))
    return found


def text_length(blocks: Any) -> int:
    """Characters of all the words in `blocks`, which Slack limits to about 13,200 a message."""
    return sum(len(node["text"]) for node in nodes(blocks) if isinstance(node.get("text"), str))


def view_bytes(view: Any) -> int:
    """Size of a view as JSON, which Slack limits to 250 KB."""
    return len(json.dumps(view, ensure_ascii=False).encode())


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, outermost first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def _check(blocks: Any, surface: str, at: str) -> list[Problem]:
    found: list[Problem] = []
    array(by_type(SURFACES[surface]), MOST_BLOCKS[surface], least=0)(blocks, at, found)
    if not found:
        for whole in _WHOLE:
            whole(blocks, at, found)
        if surface != "modal":
            _no_file_input(blocks, at, found)
    return found


def _unique_block_ids(blocks: list[Any], at: str, found: list[Problem]) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name in seen:
            found.append(Problem(f"{at}/{index}/block_id", f"`block_id` must be unique: {name}"))
        seen |= {name} if name else set()


def _unique_action_ids(blocks: list[Any], at: str, found: list[Problem]) -> None:
    for index, block in enumerate(blocks):
        names = [node["action_id"] for node in nodes(block) if "action_id" in node]
        for name in sorted({name for name in names if names.count(name) > 1}):
            found.append(Problem(f"{at}/{index}", f"`action_id` must be unique within its block: {name}"))


def _counts(blocks: list[Any], at: str, found: list[Problem]) -> None:
    kinds = [node.get("type") for node in nodes(blocks)]
    if kinds.count("table") + kinds.count("data_table") > 1:
        found.append(Problem(at, "only_one_table_allowed"))
    if kinds.count("data_visualization") > 2:  # noqa: PLR2004 - Slack's own number
        found.append(Problem(at, "no more than 2 data_visualization blocks allowed"))
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MOST_MARKDOWN:
        found.append(Problem(at, f"markdown blocks must be less than {MOST_MARKDOWN + 1} characters in all"))


def _tables(blocks: list[Any], at: str, found: list[Problem]) -> None:
    for index, block in enumerate(blocks):
        if block["type"] != "data_table":
            continue
        header = block["rows"][0]
        if any(cell["type"] == "rich_text" for cell in header):
            found.append(Problem(f"{at}/{index}/rows/0", "the header row cannot hold rich_text cells"))
        if block.get("row_header_column_index", 0) >= len(header):
            found.append(Problem(f"{at}/{index}/row_header_column_index", "must point at a column"))
        if text_length(block) > MOST_DATA_TABLE_TEXT:
            found.append(Problem(f"{at}/{index}", f"must be at most {MOST_DATA_TABLE_TEXT} characters in all"))


def _charts(blocks: list[Any], at: str, found: list[Problem]) -> None:
    for index, block in enumerate(blocks):
        if block["type"] != "data_visualization" or block["chart"]["type"] == "pie":
            continue
        chart, where = block["chart"], f"{at}/{index}/chart"
        names = [series["name"] for series in chart["series"]]
        if len(set(names)) < len(names):
            found.append(Problem(f"{where}/series", "series names must be unique"))
        wanted = sorted(chart["axis_config"]["categories"])
        for number, series in enumerate(chart["series"]):
            if sorted(point["label"] for point in series["data"]) != wanted:
                found.append(Problem(f"{where}/series/{number}/data", "one data point for each category"))


def _inputs(blocks: list[Any], at: str, found: list[Problem]) -> None:
    for index, block in enumerate(blocks):
        if block["type"] == "container" and block.get("default_collapsed") and not block.get("is_collapsible"):
            found.append(Problem(f"{at}/{index}", "default_collapsed needs is_collapsible"))
        element = block.get("element") or {}
        if element.get("type") == "file_input" and block.get("dispatch_action"):
            found.append(Problem(f"{at}/{index}/dispatch_action", "not allowed with file_input"))


def _no_file_input(blocks: list[Any], at: str, found: list[Problem]) -> None:
    if any(node.get("type") == "file_input" for node in nodes(blocks)):
        found.append(Problem(at, "unsupported type: file_input outside a modal"))


_WHOLE: tuple[Callable[[list[Any], str, list[Problem]], None], ...] = (
    _unique_block_ids,
    _unique_action_ids,
    _counts,
    _tables,
    _charts,
    _inputs,
)
