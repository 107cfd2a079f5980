"""What the drill refuses before anything is injected."""

from typing import Any

import pytest

from bot.domain.metrics import LEADER
from bot.errors import DatabaseUnreachable, LedgerBroken, TraderUnreachable
from tests.support.drilling import drill
from tests.support.evidence import gauge
from tests.support.fake_trader import LIVE
from tests.support.fakes import World


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("drill --qty 0", "drill: --qty 0: it must be a quantity, a whole number above zero."),
        ("drill --qty many", "drill: --qty many: "),
        ("drill --side UP", "drill: --side UP: it must be LONG or SHORT."),
        ("drill --symbol=--all", "drill: --symbol --all: it must be an instrument, as in NIFTY."),
        ("drill --symbol", "drill: --symbol needs a value: an instrument, as in NIFTY."),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(desk: World, line: str, said: str) -> None:
    """The option is named, and nothing is asked of the trader."""
    outcome = await drill(desk, line)
    assert (outcome.exit_code, outcome.outcome) == (2, "refused")
    assert outcome.message.startswith(said)
    assert desk.trader.asked == []


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("not_paper", {"mode": LIVE}),
        ("not_ready", {"says_ready": {"ready": False, "status": "warming"}}),
        ("not_ready", {"says_ready": {"status": 503}}),
        ("not_leader", {"readings": {LEADER: gauge(0.0)}}),
        ("not_leader", {"readings": {}}),
        ("not_leader", {"readings": {LEADER: gauge(1.0, 1.0)}}),
        ("not_flat", {"held": 2}),
    ],
)
async def test_preflight_refuses_before_anything_is_injected(desk: World, reason: str, change: dict[str, Any]) -> None:
    """A trader that is not on paper, ready, leader and flat gets no plan."""
    for name, value in change.items():
        setattr(desk.trader, name, value)
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (4, reason)
    assert desk.runner.ran == []
    assert desk.ledger.kinds() == ["command_started", "command_finished"]
    assert "flatten" not in desk.trader.asked


async def test_a_status_in_words_is_no_refusal(desk: World) -> None:
    """`{"status": "ok"}` is how many say that they are ready."""
    desk.trader.says_ready = {"status": "ok"}
    assert (await drill(desk)).exit_code == 0


async def test_without_a_script_there_is_no_drill(desk: World) -> None:
    """A desk that configured no injector is told which command is missing."""
    del desk.runner.scripts["inject_plan"]
    outcome = await drill(desk)
    assert (outcome.reason, outcome.exit_code) == ("no_script", 4)
    assert "set traders[].commands.inject_plan" in outcome.message
    assert desk.trader.asked == []


@pytest.mark.parametrize("method", ["paper_mode", "ready", "scrape", "positions"])
async def test_a_trader_that_is_away_gets_no_plan(desk: World, method: str) -> None:
    """Where preflight gets no answer, the drill ends there, in words."""
    desk.trader.trouble[method] = TraderUnreachable("The trader did not answer.")
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.message) == (5, "The trader did not answer.")
    assert desk.runner.ran == []


async def test_a_database_that_is_away_stops_the_drill_before_the_injection(desk: World) -> None:
    """Rows could not be told apart later, so nothing is injected."""
    desk.book.trouble = DatabaseUnreachable("The database is down.")
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.message) == (5, "The database is down.")
    assert desk.runner.ran == []


async def test_a_plan_that_cannot_be_recorded_is_not_injected(desk: World) -> None:
    """Without the record of what is about to happen it does not happen."""
    desk.ledger.refuses = lambda draft: LedgerBroken("Disk full.") if draft.body.kind == "plan_injecting" else None
    outcome = await drill(desk)
    assert (outcome.exit_code, outcome.reason) == (3, "not_injected")
    assert desk.runner.ran == []
    assert "flatten" not in desk.trader.asked
