"""Judges what an app wants to say (text, blocks, metadata), and makes of it what is stored."""

import json
from typing import Any

from bot.sandbox.workspace.block_grammar import Problem
from bot.sandbox.workspace.block_rules import MOST_TEXT, check_message_blocks, nodes, text_length
from bot.sandbox.workspace.call import Call
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.state import Json, SlackError
from bot.sandbox.workspace.view_stack import with_ids

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
MOST_METADATA_BYTES = 16_000


def content_of(call: Call, *, longest: int = LONGEST_POST) -> Json:
    """The text, blocks and metadata of a call; what was not sent is not in the result.

    Raises:
        SlackError: `msg_too_long`, `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long`,
            `invalid_metadata_format` or `metadata_too_large`.
    """
    content: Json = {}
    if call.arguments.get("text") is not None:
        content["text"] = call.text("text")
        if len(content["text"]) > longest:
            raise SlackError("msg_too_long")
    blocks = call.json("blocks", "invalid_blocks_format")
    if blocks is not None:
        refuse_bad_blocks(call.desk, blocks)
        content["blocks"] = with_ids(blocks)
    metadata = call.json("metadata", "invalid_metadata_format")
    if metadata is not None:
        content["metadata"] = _checked_metadata(metadata)
    return content


def refuse_empty(content: Json) -> None:
    """Refuse a message that says nothing.

    Raises:
        SlackError: `no_text`.
    """
    if not content.get("text") and not content.get("blocks") and not content.get("files"):
        raise SlackError("no_text")


def refuse_bad_blocks(desk: Desk, blocks: Any) -> None:
    """Refuse blocks that Slack would not take in a message.

    Raises:
        SlackError: `invalid_blocks` with what is wrong where, or `msg_blocks_too_long`.
    """
    if problems := check_message_blocks(blocks) or missing_files(desk, blocks, "/blocks"):
        messages = [str(problem) for problem in problems]
        raise SlackError("invalid_blocks", errors=messages, response_metadata={"messages": messages})
    if text_length(blocks) > MOST_TEXT:
        raise SlackError("msg_blocks_too_long")


def missing_files(desk: Desk, blocks: Any, at: str) -> list[Problem]:
    """The `slack_file` references that point at no completed file."""
    found = []
    for reference in (node["slack_file"] for node in nodes(blocks) if "slack_file" in node):
        try:
            desk.files.get(reference.get("id") or reference["url"].split("/files/")[-1].split("/")[0])
        except SlackError:
            found.append(Problem(at, "invalid slack file"))
    return found


def _checked_metadata(metadata: Any) -> Json:
    if (
        not isinstance(metadata, dict)
        or not isinstance(metadata.get("event_type"), str)
        or not isinstance(metadata.get("event_payload"), dict)
    ):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata)) > MOST_METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return metadata
