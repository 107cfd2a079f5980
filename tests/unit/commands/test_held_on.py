"""A role holds on the trader that it was looked up for, whatever trader the line turns out to be about."""

from dataclasses import replace

import pytest

from bot.domain.people import Role
from tests.support.clock import ManualClock
from tests.support.fakes import ListCalendar, finish, request, world


@pytest.mark.parametrize(
    ("held_on", "line", "outcome"),
    [
        ("orb", "selftest orb", "done"),
        ("gap", "selftest orb", "refused"),
        ("", "selftest orb", "refused"),
        (None, "selftest orb", "done"),
        ("gap", "history orb", "done"),
    ],
)
async def test_a_role_holds_on_one_trader(
    clock: ManualClock, days: tuple[object, ...], held_on: str | None, line: str, outcome: str
) -> None:
    """Another trader is refused, and on record; to look is free, and the command line's role holds on all of them."""
    room = world(clock, ListCalendar(days), names=("orb", "gap"))  # type: ignore[arg-type]
    asked = replace(request(line), role=Role.OPERATOR, held_on=held_on)
    ended = await finish(clock, room.dispatcher.run(asked))
    assert ended.outcome == outcome
    assert room.ledger.of_kind("command_finished")[0].outcome == outcome
    if outcome == "refused":
        assert ended.reason == "access"
        assert "Name the trader" in ended.message
