"""A channel with one of everything that the bot may send, for the tests of the page."""

import struct
import zlib
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Workspace

ASHA, ROOM = "U0OPERATOR", "C0BURNIN01"


def plain(text: str) -> dict[str, Any]:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def rich(text: str) -> dict[str, Any]:
    """A rich text of one line."""
    line = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [line]}


def png(width: int = 900, height: int = 300) -> bytes:
    """A picture: a plain colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x1b\x6e\x8f" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _task(name: str, status: str, **more: Any) -> dict[str, Any]:
    return {"type": "task_card", "task_id": name, "title": name, "status": status, **more}


PLAN = {
    "type": "plan",
    "title": "Drill paper-orb",
    "tasks": [
        _task("preflight · 0.01 s", "complete", details=rich("on paper, ready, leader, flat")),
        _task("inject plan · 0.08 s", "error", output=rich("exit 1: no such strategy")),
        _task("rows in database", "in_progress"),
        _task("flatten", "pending"),
    ],
}
TABLE = {
    "type": "table",
    "rows": [
        [{"type": "raw_text", "text": word} for word in ("Gauge", "Value", "Verdict")],
        [{"type": "raw_text", "text": word} for word in ("leader", "1", "PASS")],
    ],
}
BUTTON = {"type": "button", "action_id": "go", "text": plain("Run the drill"), "style": "primary", "value": "drill"}
DANGER = {
    **BUTTON,
    "action_id": "flatten",
    "text": plain("Flatten…"),
    "style": "danger",
    "confirm": {"title": plain("Flatten?"), "text": plain("All of it."), "confirm": plain("Yes"), "deny": plain("No")},
}
MODAL = {
    "type": "modal",
    "callback_id": "flatten",
    "title": plain("Flatten paper-orb"),
    "submit": plain("Flatten"),
    "close": plain("Cancel"),
    "blocks": [
        {"type": "alert", "level": "warning", "text": plain("This closes every position now.")},
        {
            "type": "input",
            "block_id": "name",
            "label": plain("Type the trader's name"),
            "hint": plain("paper-orb"),
            "element": {"type": "plain_text_input", "action_id": "typed"},
        },
    ],
}
HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Burn-in")},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*paper-orb* · Streak 2/3"}},
        TABLE,
    ],
}


async def fill(w: Workspace) -> str:
    """Post one of everything and return the ts of the root whose thread holds the files."""
    slack = AsyncWebClient(token=w.bot_token, base_url=w.api_url)
    blocks = [
        {"type": "header", "text": plain("Day 2 of 3 · paper-orb")},
        {"type": "section", "text": {"type": "mrkdwn", "text": "✅ PASS *leader* held for `1 h`\n> and nothing else"}},
        {"type": "actions", "block_id": "do", "elements": [BUTTON, DANGER]},
    ]
    root = (await slack.chat_postMessage(channel=ROOM, text="Day 2 of 3: PASS so far", blocks=blocks))["ts"]
    plan = (await slack.chat_postMessage(channel=ROOM, text="drill: running", blocks=[PLAN], thread_ts=root))["ts"]
    await slack.chat_update(channel=ROOM, ts=plan, text="drill: failed", blocks=[PLAN])
    upload = {"channel": ROOM, "thread_ts": root}
    await slack.files_upload_v2(
        **upload, filename="session.png", content=png(), title="The session", alt_txt="PASS, one drill"
    )
    await slack.files_upload_v2(**upload, filename="rows.csv", content="id,status\n1,OK\n", title="All rows")
    hostile = "<!channel> *bold* مرحبا بالعالم <b>no markup</b>"
    await slack.chat_postMessage(channel=ROOM, text=hostile.replace("<", "&lt;").replace(">", "&gt;"))
    await slack.chat_postMessage(channel=ROOM, text="PASS · check", blocks=[TABLE])
    await slack.chat_postMessage(channel=ROOM, text="PASS: 2 of 3 days", thread_ts=root, reply_broadcast=True)
    await slack.chat_postEphemeral(channel=ROOM, user=ASHA, text="You may run `/burnin check`.")
    await slack.views_publish(user_id=ASHA, view=HOME)
    return str(root)
