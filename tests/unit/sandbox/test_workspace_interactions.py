"""What people do, and what the app's acks make of it, with the app played by the test."""

from typing import Any

import pytest

from bot.sandbox.workspace.delivery import Kind, Retry
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.interactions import Interactions, SlashCommand
from bot.sandbox.workspace.state import SlackError

ASHA, BEN, ROOM = "U0OPERATOR", "U0APPROVER", "C0BURNIN01"


def plain(text: str = "x") -> dict[str, Any]:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def options(*values: str) -> list[dict[str, Any]]:
    """Options by value."""
    return [{"text": plain(value), "value": value} for value in values]


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal."""
    return {"type": "modal", "title": plain("T"), "submit": plain(), "blocks": list(blocks), **more}


class App:
    """Takes payloads as an app would, and answers `ack`."""

    def __init__(self) -> None:
        self.ack: dict[str, Any] = {}
        self.payloads: list[dict[str, Any]] = []

    async def deliver(self, kind: Kind, payload: dict[str, Any], retry: Retry | None = None) -> dict[str, Any]:
        """Record a payload and ack it."""
        self.payloads.append(payload)
        return self.ack


@pytest.fixture
def desk() -> Desk:
    """A desk at a fixed time."""
    return Desk(lambda: 1_000.0)


@pytest.fixture
def app() -> App:
    """An app that acks."""
    return App()


@pytest.fixture
def people(desk: Desk, app: App) -> Interactions:
    """The people of the workspace."""
    return Interactions(desk, app, (SlashCommand("/burnin"),))


async def test_command_payload_is_slacks(people: Interactions, app: App) -> None:
    """A typed command carries its words, who, where, a trigger and a response URL."""
    assert (await people.type_command(ASHA, ROOM, "/burnin drill nifty-orb --qty 25")).ok
    payload = app.payloads[0]
    assert (payload["command"], payload["text"]) == ("/burnin", "drill nifty-orb --qty 25")
    assert (payload["user_id"], payload["channel_id"], payload["channel_name"]) == (ASHA, ROOM, "burn-in")
    assert payload["response_url"]
    assert payload["trigger_id"]


async def test_a_command_is_escaped_as_the_manifest_says(people: Interactions, app: App, desk: Desk) -> None:
    """People and channels come as their ids and markup escaped, or all of it as it was typed."""
    await people.type_command(ASHA, ROOM, "/burnin audit @ben #burn-in @nobody a<b&c x@ben")
    escaped = "audit <@U0APPROVER|ben> <#C0BURNIN01|burn-in> @nobody a&lt;b&amp;c x@ben"
    assert app.payloads[0]["text"] == escaped
    plain = Interactions(desk, app, (SlashCommand("/burnin", should_escape=False),))
    await plain.type_command(ASHA, ROOM, "/burnin audit @ben a<b")
    assert app.payloads[1]["text"] == "audit @ben a<b"


async def test_an_ack_in_channel_is_seen_by_all(people: Interactions, app: App, desk: Desk) -> None:
    """response_type in_channel posts; an ack Slack cannot show fails the command."""
    app.ack = {"text": "All see this.", "response_type": "in_channel"}
    await people.type_command(ASHA, ROOM, "/burnin")
    assert [m["text"] for m in desk.log.main(ROOM)] == ["All see this."]
    app.ack = {"blocks": [{"type": "banner"}]}
    assert (await people.type_command(ASHA, ROOM, "/burnin")).error == "invalid_blocks"


async def test_click_payload_of_a_message_is_complete(people: Interactions, app: App, desk: Desk) -> None:
    """A choice in a message says what was chosen, where, and of which message."""
    select = {"type": "static_select", "action_id": "trader", "options": options("a", "b")}
    blocks = [{"type": "actions", "block_id": "row", "elements": [select]}]
    message = desk.log.post(ROOM, "U0BURNINBOT", {"text": "t", "blocks": blocks})
    assert (await people.click(BEN, ROOM, message["ts"], "trader", "b")).ok
    payload = app.payloads[0]
    assert payload["actions"][0]["selected_option"]["value"] == "b"
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == message["ts"]
    assert (payload["user"]["id"], payload["channel"]["id"]) == (BEN, ROOM)
    with pytest.raises(SlackError, match="option_not_found"):
        await people.click(BEN, ROOM, message["ts"], "trader", "c")


async def test_buttons_with_one_action_id_are_told_apart(people: Interactions, app: App, desk: Desk) -> None:
    """The value says which of several equal buttons was meant; a stranger's ephemeral is out of reach."""
    blocks = [
        {
            "type": "section",
            "block_id": value,
            "text": plain(),
            "accessory": {"type": "button", "action_id": "go", "text": plain(), "value": value},
        }
        for value in ("one", "two")
    ]
    ts = desk.log.post_ephemeral(ROOM, ASHA, {"text": "t", "blocks": blocks})["ts"]
    await people.click(ASHA, ROOM, ts, "go", "two")
    payload = app.payloads[0]
    assert (payload["actions"][0]["block_id"], payload["container"]["is_ephemeral"]) == ("two", True)
    assert "message" not in payload
    with pytest.raises(SlackError, match="message_not_found"):
        await people.click(BEN, ROOM, ts, "go", "two")


async def test_a_modal_carries_what_was_typed_chosen_and_preset(people: Interactions, app: App, desk: Desk) -> None:
    """Values arrive in Slack's shape, presets where nothing was given, None where it may be empty."""
    elements = {
        "words": {"type": "plain_text_input", "action_id": "a"},
        "day": {"type": "datepicker", "action_id": "a", "initial_date": "2026-11-23"},
        "boxes": {"type": "checkboxes", "action_id": "a", "options": options("x", "y")},
        "note": {"type": "plain_text_input", "action_id": "a"},
    }
    blocks = [
        {"type": "input", "block_id": name, "label": plain(), "element": element, "optional": name == "note"}
        for name, element in elements.items()
    ]
    view = desk.views.open(ASHA, modal(*blocks))
    given = {"words": {"a": {"type": "plain_text_input", "value": "hi"}}, "boxes": {"a": ["y"]}}
    assert (await people.submit_view(ASHA, view["id"], given)).ok
    state = app.payloads[0]["view"]["state"]["values"]
    assert state["words"]["a"] == {"type": "plain_text_input", "value": "hi"}
    assert state["day"]["a"]["selected_date"] == "2026-11-23"
    assert [o["value"] for o in state["boxes"]["a"]["selected_options"]] == ["y"]
    assert state["note"]["a"]["value"] is None


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ({"type": "plain_text_input", "initial_value": ""}, "required"),
        ({"type": "plain_text_input", "min_length": 3, "initial_value": "ab"}, "at least 3 characters"),
        ({"type": "plain_text_input", "max_length": 3, "initial_value": "abcd"}, "no more than 3 characters"),
        ({"type": "plain_text_input", "initial_value": "x" * 3001}, "no more than 3000 characters"),
        ({"type": "number_input", "is_decimal_allowed": False, "initial_value": "many"}, "a number"),
        ({"type": "number_input", "is_decimal_allowed": True, "initial_value": "NaN"}, "a whole number"),
        ({"type": "number_input", "is_decimal_allowed": False, "initial_value": "1.5"}, "a whole number"),
        ({"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "initial_value": "0"}, "at least 1"),
        ({"type": "number_input", "is_decimal_allowed": False, "max_value": "9", "initial_value": "10"}, "at most 9"),
    ],
)
async def test_what_slack_does_not_take_never_reaches_the_app(
    people: Interactions, app: App, desk: Desk, element: dict[str, Any], said: str
) -> None:
    """It is said at its field, and the modal stays."""
    asks = {"type": "input", "block_id": "b", "label": plain(), "element": {**element, "action_id": "a"}}
    view = desk.views.open(ASHA, modal(asks))
    outcome = await people.submit_view(ASHA, view["id"], {})
    assert said in outcome.errors["b"]
    assert app.payloads == []
    assert desk.views.views(ASHA)


async def test_a_number_comes_as_words(people: Interactions, app: App, desk: Desk) -> None:
    """Slack sends digits, whatever kind of field they were typed into."""
    element = {"type": "number_input", "is_decimal_allowed": False, "action_id": "a", "max_value": "50"}
    view = desk.views.open(ASHA, modal({"type": "input", "block_id": "b", "label": plain(), "element": element}))
    assert (await people.submit_view(ASHA, view["id"], {"b": {"a": 50}})).ok
    assert app.payloads[0]["view"]["state"]["values"]["b"]["a"] == {"type": "number_input", "value": "50"}


@pytest.mark.parametrize(
    "ack",
    [
        {"response_action": "errors"},
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors", "errors": {"elsewhere": "x"}},
        {"response_action": "errors", "errors": {"b": ""}},
        {"response_action": "shut"},
    ],
)
async def test_a_receipt_that_slack_cannot_read_leaves_the_modal_open(
    people: Interactions, app: App, desk: Desk, ack: dict[str, Any]
) -> None:
    """Errors belong to a field that is there; who handed it in is told that it failed."""
    element = {"type": "plain_text_input", "action_id": "a"}
    view = desk.views.open(ASHA, modal({"type": "input", "block_id": "b", "label": plain(), "element": element}))
    app.ack = ack
    outcome = await people.submit_view(ASHA, view["id"], {"b": {"a": "x"}})
    assert (outcome.ok, outcome.error) == (False, "invalid_response_action")
    assert desk.views.views(ASHA)


async def test_response_actions_update_push_and_clear(people: Interactions, app: App, desk: Desk) -> None:
    """The ack of a submission changes the stack of views as it says."""
    view = desk.views.open(ASHA, modal({"type": "divider"}))
    app.ack = {"response_action": "update", "view": modal({"type": "header", "text": plain("new")})}
    await people.submit_view(ASHA, view["id"], {})
    assert desk.views.views(ASHA)[0]["blocks"][0]["type"] == "header"
    app.ack = {"response_action": "push", "view": modal({"type": "divider"})}
    await people.submit_view(ASHA, view["id"], {})
    assert len(desk.views.views(ASHA)) == 2
    app.ack = {"response_action": "update", "view": {"type": "modal"}}
    top = desk.views.views(ASHA)[-1]["id"]
    assert (await people.submit_view(ASHA, top, {})).error == "invalid_arguments"
    app.ack = {"response_action": "clear"}
    await people.submit_view(ASHA, top, {})
    assert desk.views.views(ASHA) == []


async def test_closing_is_told_only_where_it_was_asked_for(people: Interactions, app: App, desk: Desk) -> None:
    """view_closed is sent for notify_on_close; nobody closes another person's view."""
    quiet = desk.views.open(ASHA, modal({"type": "divider"}))
    with pytest.raises(SlackError, match="not_found"):
        await people.close_view(BEN, quiet["id"])
    await people.close_view(ASHA, quiet["id"])
    assert app.payloads == []
    loud = desk.views.open(ASHA, modal({"type": "divider"}, notify_on_close=True))
    await people.close_view(ASHA, loud["id"])
    assert app.payloads[0]["type"] == "view_closed"


async def test_a_click_on_home_comes_from_a_view(people: Interactions, app: App, desk: Desk) -> None:
    """A button on Home sends its view and no message."""
    go = {"type": "button", "action_id": "go", "text": plain()}
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [go]}]}
    view = desk.views.publish_home(ASHA, home)
    await people.click_in_view(ASHA, view["id"], "go")
    payload = app.payloads[0]
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert "response_url" not in payload


async def test_who_is_not_in_the_channel_cannot_act_there(people: Interactions, desk: Desk) -> None:
    """Only members type in a channel."""
    desk.directory.change_channel(ROOM, members=(ASHA, "U0BURNINBOT"))
    with pytest.raises(SlackError, match="channel_not_found"):
        await people.type_command(BEN, ROOM, "/burnin check")
