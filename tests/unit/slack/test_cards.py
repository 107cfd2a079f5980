"""Every card in every state: valid for Slack, within its limits, outcome in its text, nothing from outside obeyed."""

import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.domain.criteria import CriterionResult
from bot.domain.day import DayState
from bot.domain.judge import Reason
from bot.domain.notice import CommandProgress
from bot.domain.people import Actor
from bot.domain.results import CheckReport, GaugeReading
from bot.domain.verdict import Verdict
from bot.sandbox.workspace.block_rules import check_message_blocks, check_view, text_length
from bot.slack.cards import Message, plain_text, render, render_report, terminal
from bot.slack.cards.criteria import lines_of
from tests.support.cards import samples
from tests.support.slack_samples import AT, NOTICES, TRADER, day

GOLDENS = Path(__file__).parent / "goldens"
EVERYTHING, VIEWS = samples()
GOLDEN = [name for name in (*EVERYTHING, *VIEWS) if "hostile" not in name and "long" not in name]
NEW_KINDS = ("plan", "task_card", "data_table", "data_visualization", "card", "carousel", "container", "alert")
WRITES = os.environ.get("BURNIN_GOLDENS") == "write"


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_message_is_valid_block_kit(name: str, block_kit: Draft202012Validator) -> None:
    """Slack's published schema takes the blocks of every message, and the plainer ones too."""
    for blocks in _forms(EVERYTHING[name]):
        assert [error.message for error in block_kit.iter_errors(blocks)] == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_message_keeps_slacks_own_rules(name: str) -> None:
    """The rules beyond the schema hold too: one table, unique ids, all words together under the limit."""
    for blocks in _forms(EVERYTHING[name]):
        assert check_message_blocks(blocks) == []
        assert text_length(blocks) <= 13_200
    assert 0 < len(EVERYTHING[name].text) <= 4000


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_message_has_one_primary_button_and_captions(name: str) -> None:
    """One thing to do stands out, a table stands under words in bold, and every picture has words for it."""
    blocks = list(EVERYTHING[name].blocks)
    assert sum(button.get("style") == "primary" for button in _buttons(blocks)) <= 1
    for before, block in pairwise(blocks):
        if block["type"] == "table":
            assert before["type"] == "section"
            assert before["text"]["text"].startswith("*")
    assert all(block["alt_text"] for block in blocks if block["type"] == "image")
    assert not blocks or blocks[0]["type"] != "table"


@pytest.mark.parametrize("name", EVERYTHING)
def test_new_kinds_of_blocks_have_a_plainer_form(name: str) -> None:
    """A workspace that refuses plans is told the same in sections."""
    said = EVERYTHING[name]
    assert any(block["type"] in NEW_KINDS for block in said.blocks) == bool(said.plainer)
    assert not any(block["type"] in NEW_KINDS for block in said.plainer)


@pytest.mark.parametrize("name", EVERYTHING)
def test_nothing_from_outside_is_obeyed(name: str) -> None:
    """No message mentions anybody but whom it is meant for, or links, whatever a trader, a script or a name says."""
    shown = _shown(EVERYTHING[name])
    if name == "bot_returned_to":
        assert shown.count("<@U0OPERATOR>") == 2  # in the text and in the blocks
        shown = shown.replace("<@U0OPERATOR>", "")
    for forbidden in ("<!channel", "<@U0", "<https:"):
        assert forbidden not in shown


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_valid(name: str, block_kit: Draft202012Validator) -> None:
    """Slack's published schema and its rules beyond it take every modal and every Home."""
    view = VIEWS[name]
    assert [error.message for error in block_kit.iter_errors(view["blocks"])] == []
    assert check_view(view) == []


@pytest.mark.parametrize("name", GOLDEN)
def test_a_card_reads_as_its_golden_file(name: str) -> None:
    """A card or view changes only together with its golden file (`BURNIN_GOLDENS=write` writes them anew)."""
    shown = VIEWS[name] if name in VIEWS else EVERYTHING[name].to_json()
    kept = {part: value for part, value in shown.items() if part != "plainer" or value}
    text = json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
    golden = GOLDENS / f"{name}.json"
    if WRITES:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_every_golden_file_is_of_a_card() -> None:
    """A golden file goes with its card."""
    left_over = [golden for golden in GOLDENS.glob("*.json") if golden.stem not in GOLDEN]
    for golden in left_over if WRITES else ():
        golden.unlink()
    assert WRITES or left_over == []


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("verdict_pass", "PASS"),
        ("verdict_fail", "FAIL"),
        ("verdict_inconclusive", "INCONCLUSIVE"),
        ("cleared", "CLEARED"),
        ("revoked", "REVOKED"),
        ("drill_failed", "FAIL"),
        ("reconcile_dirty", "FAIL"),
        ("day_open_failing", "FAIL so far"),
        ("day_live_failing", "FAIL so far"),
        ("day_live", "Good so far"),
        ("day_void", "VOID"),
        ("verdict_void", "VOID"),
        ("answer_check_fail", "FAIL"),
        ("script_hung", "failed"),
    ],
)
def test_the_text_alone_says_the_outcome(name: str, outcome: str) -> None:
    """A notification, which shows no blocks, tells how it ended, and of which trader."""
    assert outcome in EVERYTHING[name].text
    assert TRADER in EVERYTHING[name].text


def test_a_verdict_tells_reasons_first_and_what_was_excluded() -> None:
    """What did not pass stands above what did, and excluded criteria are said."""
    failed = terminal(EVERYTHING["verdict_fail"])
    assert failed.index("FAIL Leader") < failed.index("INCONCLUSIVE Alerts") < failed.index("PASS OCO drill")
    assert "10 of 11 criteria; alerts excluded: no Prometheus on this host" in terminal(
        EVERYTHING["verdict_inconclusive"]
    )


def test_one_hole_is_told_once_for_all_that_it_kept_from_passing() -> None:
    """Criteria that one and the same thing kept from passing share a line; those that passed keep their own."""
    blind = [
        CriterionResult(id=name, verdict=Verdict.INCONCLUSIVE, reason="gap", detail="Nothing was sampled for 9 s.")
        for name in ("leader", "scan_ticks")
    ]
    held = [CriterionResult(id=n, verdict=Verdict.PASS, reason="proven", detail="Held.") for n in ("drill", "flatten")]
    assert lines_of(day(DayState.CLOSED, Verdict.INCONCLUSIVE, (*blind, *held))) == [
        "🟡 INCONCLUSIVE *Leader, Scan ticks*: Nothing was sampled for 9 s.",
        "✅ PASS OCO drill: Held.",
        "✅ PASS Flatten: Held.",
    ]


def test_the_terminal_reads_the_same_words() -> None:
    """On a terminal there is no markup, local time is spelled out, and a button is a line to type."""
    said = plain_text(NOTICES["reminder_no_drill_yet"], TRADER)
    assert "15:30 IST" in said
    assert "→ burnin drill nifty-orb" in said
    assert not set("<*`") & set(said)


def test_a_table_on_the_terminal_has_its_columns() -> None:
    """A table becomes aligned columns."""
    lines = terminal(EVERYTHING["answer_check_fail"]).splitlines()
    header = next(line for line in lines if "Gauge " in line)
    assert header.split() == ["Gauge", "Verdict", "Value", "Target", "Why"]


def test_what_a_check_only_shows_is_not_taken_for_held() -> None:
    """A spike that the thread has just told stands beside a PASS of one reading: the row says that it judges none."""
    retried = GaugeReading(
        name="retries.token_refresh",
        metric="trader_retries_total",
        value=11.0,
        target="no spike",
        verdict=Verdict.PASS,
        reason=Reason.INFORMATIONAL,
    )
    shown = render_report(CheckReport(trader=TRADER, at=AT, verdict=Verdict.PASS, readings=(retried,)))
    assert "only a whole session can be judged" in terminal(shown)


@pytest.mark.parametrize("name", ["flatten_confirm", "flatten_confirm_unknown"])
def test_flatten_asks_before_it_flattens(name: str) -> None:
    """The button is marked as dangerous and Slack asks once more."""
    (button,) = EVERYTHING[name].blocks[-1]["elements"]
    assert button["style"] == "danger"
    assert button["confirm"]["confirm"]["text"] == "Flatten"


def test_a_message_without_name_is_by_id() -> None:
    """A person without a name is shown by id, never called."""
    nameless = Actor(kind="slack", id="U1")
    said = render(CommandProgress(actor=nameless, command="drill", steps=()), TRADER)
    assert "slack:U1" in said.text


def _shown(said: Message) -> str:
    return json.dumps(_texts([said.text, list(said.blocks), list(said.plainer)]), ensure_ascii=False)


def _forms(said: Message) -> list[list[dict[str, Any]]]:
    return [list(said.blocks), *([list(said.plainer)] if said.plainer else [])]


def _buttons(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [block.get("elements", []) for block in blocks if block["type"] == "actions"]
    beside = [block["accessory"] for block in blocks if block.get("accessory")]
    return [*(one for row in rows for one in row if one["type"] == "button"), *beside]


def _texts(value: Any) -> Any:
    """All that Slack shows; the value of a button is not shown."""
    if isinstance(value, dict):
        return [_texts(inner) for key, inner in value.items() if key != "value"]
    return [_texts(inner) for inner in value] if isinstance(value, list) else value
