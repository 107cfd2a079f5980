"""A trader's days as they stand in the ledger."""

from datetime import timedelta
from typing import Any

import pytest

from bot.daybook import card_of, next_step, record_of, report_of, root_key, say, streak_note, streak_of
from bot.domain.criteria import CriterionResult
from bot.domain.day import DayRecord, DayState, Provenance
from bot.domain.entry import DayClosed, Draft, DrillMeasured, ScriptRan, SessionOpened
from bot.domain.notice import Placement, Revoked
from bot.domain.people import BOT, INSIDE
from bot.domain.standing import ClearanceGranted, ClearanceRevoked, DayVoided, StreakCounted
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, clean_drill
from tests.support.fake_trader import script
from tests.support.fakes import ListCalendar, World, sessions, world

DAYS = sessions(4)


@pytest.fixture
def room() -> World:
    """A desk half a minute into its first session."""
    return world(ManualClock(OPENS + timedelta(seconds=30)), ListCalendar(DAYS))


async def record(room: World, day: int, body: Any) -> None:
    """Append to a day."""
    at = room.clock.now()
    await room.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=DAYS[day].date))


async def close(
    room: World, day: int, verdict: Verdict = Verdict.PASS, *, lapsed: bool = False, build: str = ""
) -> None:
    """Close a day."""
    body = DayRecord(session=DAYS[day], verdict=verdict, criteria=(), lapsed=lapsed, provenance=Provenance(build=build))
    await record(room, day, DayClosed(record=body))


async def report(room: World, day: int = 0) -> Any:
    """Return a day as it stands."""
    return await report_of(room.desk, room.trader_desk, DAYS[day])


async def test_a_day_goes_from_scheduled_to_closed(room: World) -> None:
    """Each state follows from the calendar, the clock and the record."""
    assert ((await report(room, 1)).state, (await report(room)).state) == ("scheduled", "open")
    await room.clock.advance(31.0)
    assert (await report(room)).state == "awaiting_close"
    await close(room, 0)
    assert ((await report(room)).state, (await report(room)).verdict) == ("closed", "PASS")


async def test_a_closed_day_shows_the_streak_as_it_was_then(room: World) -> None:
    """Later days change nothing on it; its head is the entry that closed it."""
    await close(room, 0)
    head = await room.ledger.head()
    for day in (1, 2):
        await close(room, day)
    assert [(await report(room, day)).streak.passed for day in range(4)] == [1, 2, 3, 3]
    assert (await report(room)).head == head.hash


async def test_the_card_says_which_day_it_was(room: World) -> None:
    """A passed day its place in the streak, any other the place that it would have had."""

    async def number(day: int) -> int:
        return (await card_of(room.desk, room.trader_desk, DAYS[day])).number

    assert await number(0) == 1
    await close(room, 0)
    await close(room, 1, Verdict.FAIL)
    await close(room, 2)
    assert [await number(day) for day in range(4)] == [1, 2, 1, 2]


async def test_a_build_that_changed_counts_from_one(room: World) -> None:
    """A PASS day of a new build is day 1 of its own streak."""
    await close(room, 0, build="b1")
    await close(room, 1, build="b2")
    assert (await card_of(room.desk, room.trader_desk, DAYS[1])).number == 1


async def test_a_lapsed_day_says_so(room: World) -> None:
    """Nobody closed it."""
    await close(room, 0, Verdict.INCONCLUSIVE, lapsed=True)
    assert (await report(room)).streak_note == "nobody closed this day before the next session opened"


async def test_scripts_of_the_day_are_in_its_report(room: World) -> None:
    """As they ran."""
    await record(room, 0, ScriptRan(run=script("report", 2)))
    assert [run.exit_code for run in (await report(room)).scripts] == [2]


async def test_the_record_of_a_day(room: World) -> None:
    """None until it is closed."""
    assert await record_of(room.desk, room.trader_desk, DAYS[0].date) is None
    await close(room, 0)
    found = await record_of(room.desk, room.trader_desk, DAYS[0].date)
    assert found is not None
    assert found.day == DAYS[0].date
    assert (await streak_of(room.desk, room.trader_desk, until=DAYS[0].date)).passed == 1


async def test_what_to_do_next(room: World) -> None:
    """Drill until one has decided the day, then close."""
    assert next_step(await report(room)) == "drill"
    unread = clean_drill(DAYS[0], seconds=3).model_copy(update={"parent_rows": None})
    await record(room, 0, DrillMeasured(run=unread))
    assert next_step(await report(room)) == "drill"
    failed = clean_drill(DAYS[0], seconds=5).model_copy(update={"parent_rows": 0})
    await record(room, 0, DrillMeasured(run=failed))
    assert next_step(await report(room)) == ""
    assert next_step(await report(room, 1)) == ""


async def test_nothing_is_to_be_done_about_a_day_from_before_the_burn_in(room: World) -> None:
    """Nobody watched it, and a close would refuse it; once somebody has watched one before it, it awaits its close."""
    room.clock.step_wall(DAYS[1].closes.timestamp() + 60.0 - room.clock.now().timestamp())
    found = await report(room, 1)
    assert (found.state, found.before_burn_in, next_step(found)) == (DayState.AWAITING_CLOSE, True, "")
    opened = SessionOpened(session=DAYS[0], number=1, required=3, provenance=Provenance())
    await record(room, 0, opened)
    found = await report(room, 1)
    assert (found.before_burn_in, next_step(found)) == (False, "close")


def test_a_message_is_queued_under_its_key() -> None:
    """The key of the entry makes sure that it is said once."""
    draft = say(Revoked(why="w"), key=root_key("orb", DAYS[0].date), trader="orb", at=OPENS, day=DAYS[0].date)
    assert draft.key == "message:root:orb:2026-11-23"
    assert draft.body.announcement.placement is Placement.THREAD  # type: ignore[union-attr]


def test_beside_a_streak_stands_what_set_it_back_and_its_void_days() -> None:
    """Of many void days the last are named."""
    days = tuple(OPENS.date() + timedelta(days=number) for number in range(8))
    counted = Streak(passed=0, required=3, cleared=False, why="2026-11-20 failed", void=days[:2])
    assert streak_note(counted) == "2026-11-20 failed; void: 2026-11-23, 2026-11-24"
    assert streak_note(counted, "nobody closed it") == "nobody closed it; void: 2026-11-23, 2026-11-24"
    many = Streak(passed=3, required=3, cleared=True, void=days)
    assert streak_note(many).startswith("void: 3 earlier days, 2026-11-26, ")
    assert streak_note(Streak(passed=0, required=3, cleared=False)) == ""


async def test_a_reconcile_before_the_first_order_is_to_do_again(room: World) -> None:
    """Every close reconciles anew: the day does not look lost until then; what could not be asked does."""
    for reason, is_to_do in (("no_orders", True), ("database_error", False)):
        early = CriterionResult(id="reconcile", verdict=Verdict.INCONCLUSIVE, reason=reason, detail="")
        assert (await report(room)).is_to_do(early) is is_to_do
    await close(room, 0)
    assert not (await report(room)).is_to_do(early.model_copy(update={"reason": "no_orders"}))


async def test_nothing_is_asked_for_on_a_void_day(room: World) -> None:
    """Neither a drill while it is open nor the close after it, though both may be run; its number is what it was."""
    body = DayVoided(request=1, reason="an outage", asked_by=BOT)
    await record(room, 0, body)
    found = await report(room)
    assert (found.void.reason, next_step(found)) == ("an outage", "")
    assert not any(found.is_to_do(result) for result in found.criteria)
    await room.clock.advance(31.0)
    assert next_step(await report(room)) == ""
    await close(room, 0)
    card = await card_of(room.desk, room.trader_desk, DAYS[0])
    assert (card.number, card.report.streak.passed, card.report.verdict) == (1, 0, "PASS")


async def test_an_open_day_shows_the_streak_as_it_was_counted_last(room: World) -> None:
    """What was seen to run at the open may have ended it: the card must not call the trader cleared any more."""
    for day in range(3):
        await close(room, day, build="b1")
    ended = Streak(passed=0, required=3, cleared=False, why="the trader's build changed")
    await record(room, 3, StreakCounted(streak=ended))
    shown = await report(room, 3)
    assert (shown.streak.passed, shown.streak.cleared) == (0, False)
    assert "build changed" in shown.streak_note
    assert (await card_of(room.desk, room.trader_desk, DAYS[3])).number == 1


async def test_nothing_is_called_cleared_without_a_clearance(room: World) -> None:
    """Enough good days alone clear nobody: a clearance may have been withheld, or be revoked."""
    for day in range(3):
        await close(room, day)
    assert [(await report(room, day)).streak.cleared for day in (2, 3)] == [False, False]
    counted = Streak(passed=3, required=3, cleared=True, days=tuple(session.date for session in DAYS[:3]))
    await record(room, 2, ClearanceGranted(streak=counted, provenance=Provenance()))
    assert [(await report(room, day)).streak.cleared for day in (2, 3)] == [True, True]
    await record(room, 3, ClearanceRevoked(why="a test"))
    assert [(await report(room, day)).streak.cleared for day in (2, 3)] == [True, False]
