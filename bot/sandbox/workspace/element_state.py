"""What an element holds when it is pressed, chosen or filled in, in the shape Slack sends it."""

from decimal import Decimal, InvalidOperation
from typing import Any

from bot.sandbox.workspace.state import Json, SlackError
from bot.sandbox.workspace.view_stack import elements

MISSING = "Please complete this required field."
MOST_TYPED = 3000  # characters of a text field that says nothing else
_OPTION = {"static_select", "radio_buttons", "overflow", "external_select"}
_OPTIONS = {"checkboxes", "multi_static_select", "multi_external_select"}
_HOLDS = {
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    **dict.fromkeys(_OPTION, ("selected_option", "initial_option")),
    **dict.fromkeys(_OPTIONS, ("selected_options", "initial_options")),
}


def find_element(
    blocks: list[Json], action_id: str, *, block_id: str | None = None, value: Any = None
) -> tuple[Json, Json]:
    """The block and the element a person means; `block_id` and `value` tell equal action ids apart.

    Raises:
        SlackError: `element_not_found`.
    """
    found = [
        (block, element)
        for block in blocks
        for element in elements(block)
        if element.get("action_id") == action_id and block_id in {None, "", block["block_id"]}
    ]
    exact = [(b, e) for b, e in found if value is not None and e.get("value") == value]
    if not found:
        raise SlackError("element_not_found")
    return (exact or found)[0]


def action_of(block: Json, element: Json, given: Any, action_ts: str) -> Json:
    """One entry of `actions` in a block_actions payload."""
    action: Json = {"type": element["type"], "action_id": element["action_id"]}
    action |= {"block_id": block["block_id"], "action_ts": action_ts}
    if element["type"] not in _HOLDS and "text" in element:
        kept = {key: element[key] for key in ("text", "value", "style", "confirm") if key in element}
        return action | kept
    return action | held(element, given)


def held(element: Json, given: Any) -> Json:
    """The value of an element: what was given, else what it started with.

    `given` is Slack's own shape (`{"type": …, "selected_option": …}`), or just the value a person chose.
    """
    kind = element["type"]
    name, initial = _HOLDS.get(kind, ("value", "initial_value"))
    if isinstance(given, dict) and (name in given or "type" in given):
        value = given.get(name)
    elif given is None:
        value = element.get(initial)
    elif kind in _OPTION:
        value = _option(element, given)
    elif kind in _OPTIONS:
        value = [_option(element, one) for one in given]
    else:
        value = str(given) if kind == "number_input" else given
    return {"type": kind, name: value or ([] if kind in _OPTIONS else None)}


def fault_of(block: Json, state: Json) -> str:
    """What Slack itself finds wrong with an input, before the app hears of it; empty where it takes it."""
    element = block["element"]
    holds = state[element["action_id"]]
    if is_empty(holds):
        return "" if block.get("optional") else MISSING
    text = holds.get("value")
    if element["type"] == "plain_text_input":
        return _length_fault(element, str(text))
    return _number_fault(element, str(text)) if element["type"] == "number_input" else ""


def _length_fault(element: Json, text: str) -> str:
    least, most = element.get("min_length", 0), element.get("max_length", MOST_TYPED)
    if len(text) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter no more than {most} characters." if len(text) > most else ""


def _number_fault(element: Json, text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return "Please enter a number."
    if not number.is_finite() or (not element["is_decimal_allowed"] and number != number.to_integral_value()):
        return "Please enter a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < Decimal(least):
        return f"Please enter a number of at least {least}."
    return f"Please enter a number of at most {most}." if most is not None and number > Decimal(most) else ""


def is_empty(state: Json) -> bool:
    """Whether a state holds nothing."""
    return not any(value for key, value in state.items() if key != "type")


def _option(element: Json, given: Any) -> Json:
    if isinstance(given, dict):
        return given
    groups = element.get("option_groups", [])
    options: list[Json] = [*element.get("options", []), *(o for g in groups for o in g["options"])]
    for option in options:
        if option["value"] == given:
            return option
    raise SlackError("option_not_found")
