"""Slack's rules for each kind of block, and which kinds a message, a modal and a Home tab may hold."""

from collections.abc import Mapping

from bot.sandbox.workspace.block_elements import ACCESSORY, ACTION_ELEMENT, BUTTON, CONTEXT_ACTION, INPUT_ELEMENT
from bot.sandbox.workspace.block_grammar import (
    Field,
    Problem,
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
    ANY,
    BLOCK_ID,
    IMAGE,
    IMAGE_SOURCE,
    RICH_TEXT,
    RICH_TEXT_PART,
    URL,
    plain,
    text,
)


def _block(kind: str, any_of: tuple[str, ...] = (), exactly_one: tuple[str, ...] = (), /, **fields: Field) -> Rule:
    return record({**typed(kind), "block_id": optional(BLOCK_ID), **fields}, any_of=any_of, exactly_one=exactly_one)


_RICH_CELL = record(typed("rich_text", elements=required(array(RICH_TEXT_PART, ANY, least=0))))


def _cell(shortest: int) -> Rule:
    return by_type(
        {
            "raw_text": record(typed("raw_text", text=required(string(ANY, shortest=shortest)))),
            "raw_number": record(typed("raw_number", value=required(number(whole=False)), text=optional(string(ANY)))),
            "rich_text": _RICH_CELL,
        }
    )


_ALIGNMENT = record({"align": optional(one_of("left", "center", "right")), "is_wrapped": optional(flag)})


def _column(value: object, at: str, found: list[Problem]) -> None:
    if value is not None:
        _ALIGNMENT(value, at, found)


_LABEL = string(20)
_SERIES = record(
    {
        "name": required(_LABEL),
        "data": required(array(record({"label": required(_LABEL), "value": required(number(whole=False))}), 20)),
    }
)
_AXES = record(
    {
        "categories": required(array(_LABEL, 20, least=0)),
        "x_label": optional(string(50, shortest=0)),
        "y_label": optional(string(50, shortest=0)),
    }
)
_SEGMENT = record({"label": required(_LABEL), "value": required(number(1e-12, whole=False))})
_CHART = by_type(
    {
        **{
            kind: record(typed(kind, series=required(array(_SERIES, 6)), axis_config=required(_AXES)))
            for kind in ("line", "bar", "area")
        },
        "pie": record(typed("pie", segments=required(array(_SEGMENT, 6)))),
    }
)

_SOURCE = record(typed("url", url=required(URL), text=required(string(ANY))))
_TASK: Mapping[str, Field] = {
    "task_id": required(string(ANY)),
    "title": required(string(ANY)),
    "details": optional(RICH_TEXT),
    "output": optional(RICH_TEXT),
    "sources": optional(array(_SOURCE, ANY, least=0)),
    "status": optional(one_of("pending", "in_progress", "complete", "error")),
}
_PLAN_TASK = record({"type": optional(one_of("task_card")), "block_id": optional(BLOCK_ID), **_TASK})


def _plan_title(value: object, at: str, found: list[Problem]) -> None:
    rule = string(ANY) if isinstance(value, str) else plain()
    rule(value, at, found)


CARD = _block(
    "card",
    ("hero_image", "title", "actions", "body"),
    hero_image=optional(IMAGE),
    icon=optional(IMAGE),
    title=optional(text(150)),
    subtitle=optional(text(150)),
    body=optional(text(200)),
    actions=optional(array(BUTTON, 2)),
)

EVERYWHERE: Mapping[str, Rule] = {
    "actions": _block("actions", elements=required(array(ACTION_ELEMENT, 25))),
    "context": _block(
        "context",
        elements=required(
            array(
                by_type({"image": IMAGE, **{kind: text() for kind in ("plain_text", "mrkdwn")}}),
                10,
            )
        ),
    ),
    "divider": _block("divider"),
    "header": _block("header", text=required(plain(150)), level=optional(number(1, 4))),
    "image": _block(
        "image",
        (),
        ("image_url", "slack_file"),
        alt_text=required(string(2000)),
        title=optional(plain(2000)),
        **IMAGE_SOURCE,
    ),
    "input": _block(
        "input",
        label=required(plain(2000)),
        element=required(INPUT_ELEMENT),
        hint=optional(plain(2000)),
        optional=optional(flag),
        dispatch_action=optional(flag),
    ),
    "rich_text": RICH_TEXT,
    "section": _block(
        "section",
        ("text", "fields"),
        text=optional(text()),
        fields=optional(array(text(2000), 10)),
        accessory=optional(ACCESSORY),
        expand=optional(flag),
    ),
    "video": _block(
        "video",
        alt_text=required(string(ANY)),
        title=required(plain(199)),
        thumbnail_url=required(URL),
        video_url=required(string(3000, pattern=r"https://\S+")),
        author_name=optional(string(49, shortest=0)),
        description=optional(plain(199)),
        provider_icon_url=optional(URL),
        provider_name=optional(string(ANY)),
        title_url=optional(string(3000, pattern=r"https://\S+")),
    ),
}
MESSAGE_AND_HOME: Mapping[str, Rule] = {
    "card": CARD,
    "carousel": _block("carousel", elements=required(array(CARD, 10))),
    "table": _block(
        "table",
        rows=required(array(array(_cell(0), 20), 100)),
        column_settings=optional(array(_column, 20, least=0)),
    ),
    "data_table": _block(
        "data_table",
        caption=required(string(ANY)),
        rows=required(array(array(_cell(1), 20), 101, least=2)),
        page_size=optional(number(1, 100)),
        row_header_column_index=optional(number(0, 19)),
    ),
}
_CONTAINED = {**EVERYWHERE, "table": MESSAGE_AND_HOME["table"]}
MESSAGE_ONLY: Mapping[str, Rule] = {
    "container": _block(
        "container",
        ("title", "rich_text_title"),
        title=optional(plain(150)),
        rich_text_title=optional(RICH_TEXT),
        subtitle=optional(text(150)),
        icon=optional(IMAGE),
        width=optional(one_of("narrow", "standard", "wide", "full")),
        is_collapsible=optional(flag),
        default_collapsed=optional(flag),
        has_header_divider=optional(flag),
        child_blocks=required(array(by_type(_CONTAINED), 10)),
    ),
    "context_actions": _block("context_actions", elements=required(array(CONTEXT_ACTION, 5))),
    "data_visualization": _block("data_visualization", title=required(string(50)), chart=required(_CHART)),
    "markdown": _block("markdown", text=required(string(12_000))),
    "plan": _block("plan", title=required(_plan_title), tasks=optional(array(_PLAN_TASK, ANY, least=0))),
    "task_card": _block("task_card", **_TASK),
}
MODAL_ONLY: Mapping[str, Rule] = {
    "alert": _block(
        "alert",
        text=required(text()),
        level=optional(one_of("default", "info", "warning", "error", "success")),
    )
}

SURFACES: Mapping[str, Mapping[str, Rule]] = {
    "message": {**EVERYWHERE, **MESSAGE_AND_HOME, **MESSAGE_ONLY},
    "modal": {**EVERYWHERE, **MODAL_ONLY},
    "home": {**EVERYWHERE, **MESSAGE_AND_HOME},
}
