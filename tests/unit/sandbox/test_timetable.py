"""When the sandbox's sessions are, and which fault strikes on which day."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from bot.errors import UsageError
from bot.sandbox.timetable import FAULTS, PlannedFault, Timetable, parse_faults

NOW = datetime(2026, 11, 19, 3, 45, tzinfo=UTC)
THURSDAY = date(2026, 11, 19)


def test_sessions_follow_each_other_on_weekdays() -> None:
    """Three short sessions with room to close each, named by weekdays however fast they pass."""
    table = Timetable()
    sessions = table.sessions(NOW, THURSDAY)
    assert [session.date.isoformat() for session in sessions] == ["2026-11-19", "2026-11-20", "2026-11-23"]
    assert sessions[0].opens == NOW + table.before_first
    assert {session.length for session in sessions} == {table.length}
    assert {late.opens - early.closes for early, late in pairwise(sessions)} == {table.between}


def test_playtime_is_a_fourth_session() -> None:
    """Whoever stays to play has a session that stays open."""
    *_, last = sessions = Timetable(playtime=timedelta(hours=8)).sessions(NOW, THURSDAY)
    assert len(sessions) == 4
    assert last.length == timedelta(hours=8)


def test_a_fault_is_named_with_its_day() -> None:
    """Every fault can be planned for every day, also as a person spells it."""
    assert parse_faults([f"{name}@2" for name in FAULTS]) == tuple(PlannedFault(name, 2) for name in FAULTS)
    assert parse_faults(["Leader flap@1", "slow_flatten@3"]) == (
        PlannedFault("leader-flap", 1),
        PlannedFault("slow-flatten", 3),
    )


@pytest.mark.parametrize(
    ("text", "words"), [("nonsense@2", "there is no fault 'nonsense'"), ("leader-flap@4", "1 to 3")]
)
def test_what_cannot_be_planned_is_refused_in_words(text: str, words: str) -> None:
    """The refusal names the text, and what there is instead."""
    with pytest.raises(UsageError, match=words):
        parse_faults([text])
