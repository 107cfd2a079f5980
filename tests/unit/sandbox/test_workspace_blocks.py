"""The validator of blocks: Slack's limits, and agreement with the published schema."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.sandbox.workspace.block_rules import check_message_blocks, check_view, text_length

Block = dict[str, Any]


def plain(text: str = "x") -> Block:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "x") -> Block:
    """A mrkdwn text object."""
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Block:
    """A button."""
    return {"type": "button", "text": plain(), **more}


def actions(*elements: Block, **more: Any) -> Block:
    """An actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def table(rows: int = 1, columns: int = 1, cell: Block | None = None) -> Block:
    """A table of equal cells."""
    return {"type": "table", "rows": [[cell or {"type": "raw_text", "text": "x"}] * columns] * rows}


def options(count: int, text: Block | None = None) -> list[Block]:
    """Options of a menu."""
    return [{"text": text or plain(), "value": str(n)} for n in range(count)]


def chart(**more: Any) -> Block:
    """A line chart with one series."""
    series = [{"name": "s", "data": [{"label": "a", "value": 1.5}]}]
    inner = {"type": "line", "series": series, "axis_config": {"categories": ["a"]}}
    return {"type": "data_visualization", "title": "c", "chart": inner, **more}


RICH = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]},
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "link", "url": "https://a.b"}]},
    ],
}
CONFIRM = {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain()}
IMAGE = {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "a"}

VALID: dict[str, Block] = {
    "section": {"type": "section", "text": mrkdwn("x" * 3000), "fields": [mrkdwn("x" * 2000)] * 10},
    "section accessory": {"type": "section", "text": plain(), "accessory": button(confirm=CONFIRM)},
    "section image": {"type": "section", "text": plain(), "accessory": IMAGE},
    "header": {"type": "header", "text": plain("x" * 150)},
    "context": {"type": "context", "elements": [mrkdwn(), IMAGE] * 5},
    "divider": {"type": "divider", "block_id": "d"},
    "actions": actions(*[button(action_id=str(n), value="v" * 2000, style="danger") for n in range(25)]),
    "select": actions({"type": "static_select", "options": options(100), "placeholder": plain()}),
    "overflow": actions({"type": "overflow", "options": options(5)}),
    "checkboxes": actions({"type": "checkboxes", "options": options(10, mrkdwn())}),
    "workflow": actions(
        {
            "type": "workflow_button",
            "text": plain(),
            "action_id": "w",
            "workflow": {
                "trigger": {
                    "url": "https://a.b",
                    "customizable_input_parameters": [{"name": "n", "value": 1}],
                }
            },
        }
    ),
    "datepicker": actions({"type": "datepicker", "initial_date": "2026-11-23"}),
    "image": IMAGE,
    "image by file": {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"},
    "input": {"type": "input", "label": plain(), "element": {"type": "plain_text_input", "multiline": True}},
    "number": {
        "type": "input",
        "label": plain(),
        "element": {"type": "number_input", "is_decimal_allowed": False},
    },
    "rich text": RICH,
    "markdown": {"type": "markdown", "text": "x" * 12_000},
    "table": table(100, 20),
    "rich cell": table(cell={"type": "rich_text", "elements": []}) | {"column_settings": [None]},
    "data table": {
        "type": "data_table",
        "caption": "c",
        "rows": [[{"type": "raw_text", "text": "h"}], [{"type": "raw_number", "value": 1.5}]],
    },
    "chart": chart(),
    "task card": {"type": "task_card", "task_id": "1", "title": "t", "status": "in_progress", "details": RICH},
    "plan": {"type": "plan", "title": "p", "tasks": [{"task_id": "1", "title": "t", "status": "complete"}]},
    "card": {"type": "card", "title": mrkdwn(), "actions": [button()]},
    "carousel": {"type": "carousel", "elements": [{"type": "card", "body": mrkdwn()}]},
    "container": {"type": "container", "title": plain(), "child_blocks": [{"type": "divider"}]},
}
INVALID: dict[str, Block] = {
    "unknown type": {"type": "banner"},
    "empty section": {"type": "section"},
    "empty text": {"type": "section", "text": mrkdwn("")},
    "long section": {"type": "section", "text": mrkdwn("x" * 3001)},
    "long field": {"type": "section", "fields": [mrkdwn("x" * 2001)]},
    "eleven fields": {"type": "section", "fields": [mrkdwn()] * 11},
    "unknown field": {"type": "section", "text": mrkdwn(), "colour": "red"},
    "mrkdwn header": {"type": "header", "text": mrkdwn()},
    "long header": {"type": "header", "text": plain("x" * 151)},
    "eleven in context": {"type": "context", "elements": [mrkdwn()] * 11},
    "26 buttons": actions(*[button(action_id=str(n)) for n in range(26)]),
    "no buttons": actions(),
    "long button": actions(button(text=plain("x" * 76))),
    "long value": actions(button(value="v" * 2001)),
    "unknown style": actions(button(style="warning")),
    "bare confirm": actions(button(confirm={"title": plain(), "text": mrkdwn()})),
    "long option": actions({"type": "overflow", "options": options(1, plain("x" * 76))}),
    "long option value": actions({"type": "overflow", "options": [{"text": plain(), "value": "v" * 151}]}),
    "six in overflow": actions({"type": "overflow", "options": options(6)}),
    "two option lists": actions({"type": "static_select", "options": options(1), "option_groups": []}),
    "no alt text": {"type": "image", "image_url": "https://a.b/c.png"},
    "long alt text": IMAGE | {"alt_text": "a" * 2001},
    "two image sources": IMAGE | {"slack_file": {"id": "F1"}},
    "bad date": actions({"type": "datepicker", "initial_date": "23.11.2026"}),
    "input in actions": actions({"type": "plain_text_input"}),
    "101 rows": table(101),
    "21 columns": table(1, 21),
    "no rows": {"type": "table", "rows": []},
    "data table without caption": {"type": "data_table", "rows": [[{"type": "raw_text", "text": "h"}]] * 2},
    "bad status": {"type": "task_card", "task_id": "1", "title": "t", "status": "done"},
    "long chart title": chart(title="x" * 51),
    "details as text": {"type": "task_card", "task_id": "1", "title": "t", "details": "x"},
    "nested container": {"type": "container", "title": plain(), "child_blocks": [{"type": "card"}]},
    "long markdown": {"type": "markdown", "text": "x" * 12_001},
}


@pytest.mark.parametrize("name", VALID)
def test_valid_block_passes(name: str) -> None:
    """What Slack takes in a message is taken."""
    assert check_message_blocks([VALID[name]]) == []


@pytest.mark.parametrize("name", INVALID)
def test_invalid_block_is_refused_where_it_is_wrong(name: str) -> None:
    """What Slack refuses is refused, with a pointer into the block."""
    problems = check_message_blocks([INVALID[name]])
    assert problems
    assert all(problem.pointer.startswith("/blocks/0") for problem in problems)


@pytest.mark.parametrize("name", [*VALID, *INVALID])
def test_the_published_schema_agrees(name: str, block_kit: Draft202012Validator) -> None:
    """The verdict on a single block is that of the third-party schema."""
    assert block_kit.is_valid([VALID.get(name) or INVALID[name]]) == (name in VALID)


def test_a_number_in_a_table_is_taken_although_the_schema_lags() -> None:
    """Slack accepts raw_number cells, and a table on Home."""
    numbers = table(cell={"type": "raw_number", "value": 3})
    assert check_message_blocks([numbers]) == []
    assert check_view({"type": "home", "blocks": [numbers]}) == []


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([{"type": "divider"}] * 51, "no more than 50 items"),
        ([{"type": "divider", "block_id": "a"}] * 2, "`block_id` must be unique"),
        ([actions(button(action_id="a"), button(action_id="a"))], "`action_id` must be unique"),
        ([table(), table()], "only_one_table_allowed"),
        ([chart()] * 3, "no more than 2 data_visualization"),
        ([{"type": "markdown", "text": "x" * 7000}] * 2, "12001 characters in all"),
        ([{"type": "alert", "text": mrkdwn()}], "unsupported type: alert"),
        ("[]", "must be an array"),
        ([None], "unsupported type: None"),
    ],
)
def test_a_message_as_a_whole_is_judged(blocks: Any, words: str) -> None:
    """Counts, uniqueness and totals hold over all blocks of a message."""
    assert words in "\n".join(map(str, check_message_blocks(blocks)))


def test_the_same_action_id_in_two_blocks_is_allowed() -> None:
    """Action ids are unique within their block only, as in Slack."""
    assert check_message_blocks([actions(button(action_id="a"))] * 2) == []


@pytest.mark.parametrize("kind", ["plan", "task card", "chart", "container", "table", "card", "markdown"])
def test_blocks_of_messages_are_refused_in_a_modal(kind: str) -> None:
    """Each surface has its own kinds of block."""
    modal = {"type": "modal", "title": plain(), "blocks": [VALID[kind]]}
    assert "unsupported type" in "\n".join(map(str, check_view(modal)))


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ({"type": "modal", "blocks": [VALID["divider"]]}, "missing required field: title"),
        ({"type": "modal", "title": plain("x" * 25), "blocks": [VALID["divider"]]}, "less than 25"),
        ({"type": "modal", "title": plain(), "blocks": [VALID["input"]]}, "submit"),
        ({"type": "home", "blocks": [VALID["divider"]] * 101}, "no more than 100"),
        ({"type": "home", "blocks": [VALID["plan"]]}, "unsupported type: plan"),
        ({"type": "sheet"}, "unsupported type: sheet"),
        ("view", "unsupported type"),
    ],
)
def test_views_are_judged(view: Any, words: str) -> None:
    """Titles, submit buttons, counts and kinds of views follow Slack."""
    assert words in "\n".join(map(str, check_view(view)))


def test_alert_belongs_in_a_modal() -> None:
    """An alert block is taken there and only there."""
    assert check_view({"type": "modal", "title": plain(), "blocks": [{"type": "alert", "text": mrkdwn()}]}) == []


def test_text_length_counts_all_words() -> None:
    """Every text in every block counts, buttons and cells included."""
    assert text_length([VALID["header"], actions(button()), table(2, 3)]) == 150 + 1 + 6


def anything() -> st.SearchStrategy[Any]:
    """JSON that looks a little like blocks."""
    kinds = st.sampled_from(["section", "actions", "button", "modal", "table", "plain_text", "text"])
    keys = st.sampled_from(["type", "text", "blocks", "elements", "element", "rows", "title", "accessory"])
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | kinds
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4))


@given(anything())
def test_nothing_makes_the_validator_stumble(payload: Any) -> None:
    """Whatever JSON an app sends is judged, never a crash."""
    check_message_blocks(payload)
    check_view(payload)
