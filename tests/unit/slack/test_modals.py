"""Modals: what is filled in becomes exactly one line, and every button that opens one has its form."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.slack.modals import FORMS, HandedIn, handed_in
from commands.parser import faults_of, parse, tokens_of
from commands.registry import load_commands
from tests.support.cards import samples

COMMANDS = load_commands()
MESSAGES, VIEWS = samples()
# Typed dashes and quotes are read as plain ones, in a form as anywhere else.
PLAIN = st.characters(exclude_categories=["Cs"], exclude_characters="\u2014\u2013\u201c\u201d\u2018\u2019")


def handed(command: str, **values: str) -> HandedIn:
    """Hand in a command's form as Slack sends it."""
    state = {name: {name: {"type": "plain_text_input", "value": value or None}} for name, value in values.items()}
    kept = '{"channel": "C1", "trader": "nifty-orb"}'
    fields = [{"type": "input", "block_id": name} for name in values]
    view = {"callback_id": f"form:{command}", "private_metadata": kept, "blocks": fields, "state": {"values": state}}
    return handed_in(view, COMMANDS)


@given(st.text(PLAIN), st.text(PLAIN), st.integers(-5, 10**8))
def test_a_plan_is_read_back_as_it_was_filled_in(symbol: str, strategy: str, qty: int) -> None:
    """Whatever is typed into a field stays in it; what the command does not take is told at its field."""
    values = {"symbol": symbol.strip(), "side": "SHORT", "qty": str(qty), "strategy": strategy.strip()}
    read = handed("drill", **values)
    assert read.faults == faults_of(COMMANDS["drill"], values)
    if read.faults:
        assert not read.line
        return
    command, options = parse(tokens_of(read.line), COMMANDS)
    assert (command.name, options.trader) == ("drill", "nifty-orb")
    assert {name: str(getattr(options, name)) for name in values} == values


@given(st.text(PLAIN))
def test_a_reason_is_read_back_as_it_was_given(reason: str) -> None:
    """Quotes, dashes, options and lines of it stay words of the reason."""
    assume(reason.strip() and len(reason) <= 500)
    read = handed("void", day="2026-11-20", reason=reason)
    command, options = parse(tokens_of(read.line), COMMANDS)
    assert (command.name, options.trader) == ("void", "nifty-orb")
    assert (getattr(options, "reason", ""), str(getattr(options, "day", ""))) == (reason.strip(), "2026-11-20")


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_void_without_a_reason_is_not_asked_for(reason: str) -> None:
    """Whoever approves it has to know why."""
    assert list(handed("void", day="2026-11-20", reason=reason).faults) == ["reason"]


def test_a_day_that_is_none_is_told_at_its_field() -> None:
    """And a reason that is too long at its own."""
    assert sorted(handed("void", day="soon", reason="x" * 501).faults) == ["day", "reason"]


@given(st.text())
def test_only_the_name_flattens(typed: str) -> None:
    """Its case and the space around it are forgiven, nothing else."""
    right = typed.strip().casefold() == "nifty-orb"
    assert handed("flatten", typed=typed) == (
        HandedIn(line="flatten nifty-orb", channel="C1")
        if right
        else HandedIn(faults=handed("flatten", typed="").faults)
    )


@pytest.mark.parametrize(
    ("command", "values"),
    [
        ("drill", {"symbol": "NIFTY", "side": "LONG", "qty": "5"}),
        ("drill", {"symbol": "NIFTY", "side": "LONG", "qty": "5", "plan": "ORB"}),
        ("void", {"reason": "an outage"}),
        ("flatten", {"name": "nifty-orb"}),
    ],
)
def test_a_form_of_another_version_says_so_at_a_field_of_its_own(command: str, values: dict[str, str]) -> None:
    """What it does not ask for is not made up, and Slack shows no error without words."""
    read = handed(command, **values)
    assert not read.line
    assert read.faults == {next(iter(values)): "This form is of another version of the bot. Close it and open it anew."}


def test_every_button_that_opens_a_form_has_one() -> None:
    """A button without a listener would only show an error."""
    shown = [block for said in MESSAGES.values() for block in said.blocks]
    shown += [block for view in VIEWS.values() for block in view["blocks"]]
    opened = {action.split(":")[1] for action in _actions(shown) if action.startswith("open:")}
    assert opened
    assert opened <= FORMS.keys()
    assert FORMS.keys() <= COMMANDS.keys()


def _actions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from [value["action_id"]] if "action_id" in value else []
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _actions(inner)
