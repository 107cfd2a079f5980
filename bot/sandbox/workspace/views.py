"""The `views.*` methods, and `blocks.validate`."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.workspace.block_grammar import Problem
from bot.sandbox.workspace.block_rules import MOST_VIEW_BYTES, check_message_blocks, check_view, view_bytes
from bot.sandbox.workspace.call import Call, Method, invalid_arguments
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.message_content import missing_files
from bot.sandbox.workspace.state import Json, SlackError


def open_view(call: Call) -> Json:
    """views.open."""
    user = call.desk.triggers.check(call.needed("trigger_id"))
    view = _view(call, "modal")
    opened = call.desk.views.open(user, view)
    call.desk.triggers.spend(call.text("trigger_id"))
    return {"view": call.desk.views.shown(opened)}


def push(call: Call) -> Json:
    """views.push."""
    user = call.desk.triggers.check(call.needed("trigger_id"))
    pushed = call.desk.views.push(user, _view(call, "modal"))
    call.desk.triggers.spend(call.text("trigger_id"))
    return {"view": call.desk.views.shown(pushed)}


def update(call: Call) -> Json:
    """views.update."""
    current = call.desk.views.find(view_id=call.text("view_id"), external_id=call.text("external_id"))
    view = _view(call, current["type"])
    updated = call.desk.views.update(current, view, call.text("hash"))
    return {"view": call.desk.views.shown(updated)}


def publish(call: Call) -> Json:
    """views.publish."""
    user = call.desk.directory.person(call.needed("user_id"))
    home = call.desk.views.publish_home(user.id, _view(call, "home"), call.text("hash"))
    return {"view": call.desk.views.shown(home)}


def validate(call: Call) -> Json:
    """blocks.validate: exactly one of `blocks`, `message` and `view`."""
    given = [name for name in ("blocks", "message", "view") if call.arguments.get(name) is not None]
    if len(given) != 1:
        raise invalid_arguments(["[ERROR] provide exactly one of blocks, message, view"])
    name, payload = given[0], call.json(given[0])
    if problems := _problems(name, payload):
        errors = [
            {"pointer": problem.pointer, "code": "failed_constraint", "message": problem.message}
            for problem in problems
        ]
        raise SlackError(f"invalid_{name}", errors=errors)
    return {}


def refuse_bad_view(desk: Desk, view: Any, kind: str) -> None:
    """Refuse a view that Slack would not show.

    Raises:
        SlackError: `invalid_arguments` with what is wrong where, or `view_too_large`.
    """
    problems = check_view(view) or missing_files(desk, view, "/view")
    if not problems and view["type"] != kind:
        problems = [Problem("/view/type", f"must be a {kind}")]
    if problems:
        raise invalid_arguments([str(problem) for problem in problems])
    if view_bytes(view) > MOST_VIEW_BYTES:
        raise SlackError("view_too_large")


def _view(call: Call, kind: str) -> Json:
    view = call.json("view")
    refuse_bad_view(call.desk, view, kind)
    checked: Json = view
    return checked


def _problems(name: str, payload: Any) -> list[Problem]:
    if name == "view":
        return check_view(payload, "")
    if name == "blocks":
        return check_message_blocks(payload, "")
    if not isinstance(payload, dict):
        return [Problem("", "must be an object")]
    return check_message_blocks(payload.get("blocks", []))


METHODS: Mapping[str, Method] = {
    "views.open": Method(open_view, tier=4),
    "views.push": Method(push, tier=4),
    "views.update": Method(update, tier=4),
    "views.publish": Method(publish, tier=4),
    "blocks.validate": Method(validate),
}
