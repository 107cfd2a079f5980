"""Slack's rules for what one can press, choose or fill in, and in which block each may stand."""

from collections.abc import Mapping

from bot.sandbox.workspace.block_grammar import (
    Field,
    Rule,
    array,
    by_type,
    flag,
    number,
    one_of,
    optional,
    record,
    required,
    string,
    typed,
)
from bot.sandbox.workspace.block_texts import (
    ACTION_ID,
    ANY,
    CHOICE,
    CONFIRM,
    IMAGE,
    MENU_OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    RICH_TEXT,
    URL,
    plain,
)

STYLE = optional(one_of("primary", "danger"))
DATE = string(10, pattern="[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
CLOCK = string(5, pattern="([01][0-9]|2[0-3]):[0-5][0-9]")
DECIMAL = string(ANY, pattern=r"-?[0-9]+(\.[0-9]+)?")
USER = string(50, pattern="[UW][A-Z0-9]+")
CHANNEL = string(50, pattern="[CG][A-Z0-9]+")
CONVERSATION = string(255)

_OPTIONS: Mapping[str, Field] = {
    "options": optional(array(MENU_OPTION, 100)),
    "option_groups": optional(array(OPTION_GROUP, 100)),
}
_MANY: Mapping[str, Field] = {"max_selected_items": optional(number(1))}
_FILTER = record(
    {
        "include": optional(array(one_of("im", "mpim", "private", "public"), 4)),
        "exclude_external_shared_channels": optional(flag),
        "exclude_bot_users": optional(flag),
    },
    any_of=("include", "exclude_external_shared_channels", "exclude_bot_users"),
)
_DISPATCH = record({"trigger_actions_on": required(array(one_of("on_enter_pressed", "on_character_entered"), 2))})


def _element(kind: str, exactly_one: tuple[str, ...] = (), /, **fields: Field) -> Rule:
    """A chosen or filled-in element, with what all of these share."""
    shared: dict[str, Field] = {"action_id": optional(ACTION_ID), "focus_on_load": optional(flag)}
    return record({**typed(kind), **shared, **fields}, exactly_one=exactly_one)


def _menu(kind: str, exactly_one: tuple[str, ...] = (), /, **fields: Field) -> Rule:
    shared: dict[str, Field] = {"confirm": optional(CONFIRM), "placeholder": optional(plain(150))}
    return _element(kind, exactly_one, **shared, **fields)


def _typed_in(kind: str, **fields: Field) -> Rule:
    shared: dict[str, Field] = {
        "initial_value": optional(string(ANY, shortest=0)),
        "placeholder": optional(plain(150)),
        "dispatch_action_config": optional(_DISPATCH),
    }
    return _element(kind, **{**shared, **fields})


BUTTON = record(
    typed(
        "button",
        text=required(plain(75)),
        action_id=optional(ACTION_ID),
        url=optional(URL),
        value=optional(string(2000)),
        style=STYLE,
        confirm=optional(CONFIRM),
        accessibility_label=optional(string(75)),
    )
)
_PARAMETER = record({"name": required(string(ANY)), "value": required(lambda *_: None)})
_TRIGGER = record({"url": required(URL), "customizable_input_parameters": optional(array(_PARAMETER, ANY, least=0))})
WORKFLOW_BUTTON = record(
    typed(
        "workflow_button",
        text=required(plain(75)),
        action_id=required(ACTION_ID),
        workflow=required(record({"trigger": optional(_TRIGGER)})),
        style=STYLE,
        accessibility_label=optional(string(75)),
    )
)
_FEEDBACK = record(
    {
        "text": required(plain(75)),
        "value": required(string(2000)),
        "accessibility_label": optional(string(75)),
    }
)
CONTEXT_ACTION = by_type(
    {
        "feedback_buttons": record(
            typed(
                "feedback_buttons",
                action_id=optional(ACTION_ID),
                positive_button=required(_FEEDBACK),
                negative_button=required(_FEEDBACK),
            )
        ),
        "icon_button": record(
            typed(
                "icon_button",
                icon=required(one_of("trash")),
                text=required(plain(75)),
                action_id=optional(ACTION_ID),
                value=optional(string(2000)),
                confirm=optional(CONFIRM),
                accessibility_label=optional(string(75)),
                visible_to_user_ids=optional(array(USER, ANY, least=0)),
            )
        ),
    }
)

_ONE_LIST = ("options", "option_groups")
MENUS: Mapping[str, Rule] = {
    "static_select": _menu("static_select", _ONE_LIST, initial_option=optional(MENU_OPTION), **_OPTIONS),
    "external_select": _menu(
        "external_select", initial_option=optional(MENU_OPTION), min_query_length=optional(number(0))
    ),
    "users_select": _menu("users_select", initial_user=optional(USER)),
    "conversations_select": _menu(
        "conversations_select",
        initial_conversation=optional(CONVERSATION),
        default_to_current_conversation=optional(flag),
        response_url_enabled=optional(flag),
        filter=optional(_FILTER),
    ),
    "channels_select": _menu("channels_select", initial_channel=optional(CHANNEL), response_url_enabled=optional(flag)),
    "multi_static_select": _menu(
        "multi_static_select",
        _ONE_LIST,
        initial_options=optional(array(MENU_OPTION, 100)),
        **_OPTIONS,
        **_MANY,
    ),
    "multi_external_select": _menu(
        "multi_external_select",
        initial_options=optional(array(MENU_OPTION, 100)),
        min_query_length=optional(number(0)),
        **_MANY,
    ),
    "multi_users_select": _menu("multi_users_select", initial_users=optional(array(USER, ANY)), **_MANY),
    "multi_conversations_select": _menu(
        "multi_conversations_select",
        initial_conversations=optional(array(CONVERSATION, ANY)),
        default_to_current_conversation=optional(flag),
        filter=optional(_FILTER),
        **_MANY,
    ),
    "multi_channels_select": _menu("multi_channels_select", initial_channels=optional(array(CHANNEL, ANY)), **_MANY),
}
_CONFIRM: Mapping[str, Field] = {"confirm": optional(CONFIRM)}
CHOICES: Mapping[str, Rule] = {
    "checkboxes": _element(
        "checkboxes",
        options=required(array(CHOICE, 10)),
        initial_options=optional(array(CHOICE, 10)),
        **_CONFIRM,
    ),
    "radio_buttons": _element(
        "radio_buttons", options=required(array(CHOICE, 10)), initial_option=optional(CHOICE), **_CONFIRM
    ),
    "datepicker": _menu("datepicker", initial_date=optional(DATE)),
    "timepicker": _menu("timepicker", initial_time=optional(CLOCK), timezone=optional(string(ANY))),
}
DATETIME = _element("datetimepicker", initial_date_time=optional(number(0, 9_999_999_999)), **_CONFIRM)
OVERFLOW = record(
    typed(
        "overflow",
        options=required(array(OVERFLOW_OPTION, 5)),
        action_id=optional(ACTION_ID),
        confirm=optional(CONFIRM),
    )
)
TYPED_IN: Mapping[str, Rule] = {
    "plain_text_input": _typed_in(
        "plain_text_input",
        multiline=optional(flag),
        min_length=optional(number(0, 3000)),
        max_length=optional(number(1, 3000)),
    ),
    "email_text_input": _typed_in("email_text_input"),
    "url_text_input": _typed_in("url_text_input"),
    "number_input": _typed_in(
        "number_input",
        is_decimal_allowed=required(flag),
        initial_value=optional(DECIMAL),
        min_value=optional(DECIMAL),
        max_value=optional(DECIMAL),
    ),
    "rich_text_input": _typed_in("rich_text_input", action_id=required(ACTION_ID), initial_value=optional(RICH_TEXT)),
}
FILE_INPUT = record(
    typed(
        "file_input",
        action_id=optional(ACTION_ID),
        filetypes=optional(array(string(ANY), ANY)),
        max_files=optional(number(1, 10)),
    )
)

_PRESSED: Mapping[str, Rule] = {
    "button": BUTTON,
    "workflow_button": WORKFLOW_BUTTON,
    "overflow": OVERFLOW,
}
ACTION_ELEMENT = by_type({**_PRESSED, **MENUS, **CHOICES, "datetimepicker": DATETIME})
ACCESSORY = by_type({**_PRESSED, **MENUS, **CHOICES, "image": IMAGE})
INPUT_ELEMENT = by_type({**MENUS, **CHOICES, **TYPED_IN, "datetimepicker": DATETIME, "file_input": FILE_INPUT})
