"""What somebody is told whose line is wrong: what was likely meant, of what they may run."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.people import Role
from commands.dispatcher import Outcome
from commands.parser import parse, tokens_of
from commands.registry import load_commands
from tests.support.clock import ManualClock
from tests.support.fakes import ListCalendar, World, sessions, world

COMMANDS = load_commands()
WORDS = (
    "--qty",
    "--last",
    "qty=5",
    "?",
    "5",
    "nov",
    "05/11",
    "yesterday",
    "@asha",
    "<@U01|a>",
    "orb",
    "GAP",
    "or",
    "it",
)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("close yesteday", "close yesterday"),
        ("close fridya", "close friday"),
        ("close obr", "close orb"),
        ("check nobody", "check orb"),
        ("report 2026-11-22", "report 2026-11-23"),
        ("audit flaten", "audit flatten"),
        ("audit asha", "audit @asha"),
        ("audit claus", "audit @claus"),
    ],
)
async def test_a_word_that_is_no_trader_may_be_something_else(desk: World, line: str, hint: str) -> None:
    """What was likely meant is offered."""
    outcome = await desk.ask(line)
    assert (outcome.reason, outcome.hint) == ("usage", hint)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("drll", "There is no command 'drll'. Did you mean 'drill'? Only Asha may."),
        ("panic", "There is no command 'panic'. Did you mean 'flatten'? Only Asha may."),
        ("drill --qty x", "Only Asha may."),
        ("flatten nobody", "Only Asha may."),
    ],
)
async def test_what_one_may_not_run_is_not_offered(desk: World, line: str, said: str) -> None:
    """It is told who may instead, whether or not the rest of the line is right."""
    outcome = await desk.ask(line, role=Role.VIEWER, refusal="Only Asha may.")
    assert (outcome.outcome, outcome.message, outcome.choices) == ("refused", said, ())
    assert outcome.hint in ("", "help")


async def test_a_stranger_is_refused_before_anything_is_explained(desk: World) -> None:
    """Who belongs nowhere learns of no command by mistyping one."""
    outcome = await desk.ask("drll", role=Role.NOBODY, refusal="You are not of this workspace.")
    assert (outcome.reason, outcome.message) == ("access", "You are not of this workspace.")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("orb", "status orb"),
        ("drill 50", "drill --qty 50"),
        ("drill orb 50", "drill orb --qty 50"),
        ("drill long", "drill --side long"),
        ("drill banknifty", "drill orb"),
        ("history 5", "history --last 5"),
        ("audit asha today", "audit today @asha"),
        ("check yesterday", "day yesterday"),
        ("close 19/11/26", "history"),
        ("help verify", "help"),
        ("help me with flattening", "help flatten"),
    ],
)
async def test_a_word_at_the_wrong_place_is_put_right(desk: World, line: str, hint: str) -> None:
    """What a word can only have meant is offered as a line to run."""
    outcome = await desk.ask(line)
    assert (outcome.reason, outcome.hint) == ("usage", hint)


@given(st.lists(st.one_of(st.sampled_from([*COMMANDS, *WORDS]), st.text(max_size=5)), max_size=5).map(" ".join))
def test_any_line_of_a_viewer_is_answered_with_what_they_may_run(line: str) -> None:
    """It is never an internal error, and what is offered can be read and is allowed."""
    days = sessions(1)

    async def asked() -> Outcome:
        return await world(ManualClock(days[0].opens), ListCalendar(days), names=("orb", "gap")).ask(
            line, role=Role.VIEWER
        )

    outcome = asyncio.run(asked())
    assert outcome.reason != "internal_error", outcome.message
    assert outcome.outcome == "done" or outcome.message
    for offered in (outcome.hint, *outcome.choices):
        if offered and "[" not in offered:
            assert parse(tokens_of(offered), COMMANDS)[0].role is Role.VIEWER
