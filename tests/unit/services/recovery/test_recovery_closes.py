"""A close that was cut off decides nothing, and is asked for again."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.day import DayRecord
from bot.domain.entry import DayClosed, Draft
from bot.domain.verdict import Verdict
from tests.support.clock import ManualClock
from tests.support.cut_off import DAYS, begun, recover, told
from tests.support.fakes import ASHA, IN_CHANNEL, ListCalendar, sessions, world


@pytest.mark.parametrize(
    ("args", "day"),
    [({}, 1), ({"day": "today"}, 1), ({"day": "yesterday"}, 0), ({"day": str(sessions(2)[0].date)}, 0)],
)
async def test_a_close_that_was_cut_off_decides_nothing_and_is_asked_for_again(args: dict[str, Any], day: int) -> None:
    """The day awaits its close; its thread says so to who began, with the line to type."""
    days = sessions(2)
    room = world(ManualClock(days[1].closes + timedelta(seconds=30)), ListCalendar(days))
    await begun(room, "close", args=args)
    await recover(room.desk)
    (announcement,) = told(room)
    asked = f"nothing is decided, {days[day].date} still awaits its close. Please close it again."
    assert announcement.notice.detail.endswith(f"was cut off and is undone: {asked}")
    assert announcement.notice.next_step == f"close orb {days[day].date}"
    assert (announcement.placement, announcement.day) == ("thread", days[day].date)
    assert room.ledger.of_kind("day_closed") == []


async def test_a_close_whose_day_somebody_closed_meanwhile_is_over() -> None:
    """Nobody is asked to close it again."""
    room = world(ManualClock(DAYS[0].closes + timedelta(seconds=30)), ListCalendar(DAYS))
    await begun(room, "close")
    closed = DayClosed(record=DayRecord(session=DAYS[0], verdict=Verdict.FAIL, criteria=()))
    at, day = room.clock.now(), DAYS[0].date
    await room.ledger.append(Draft(at=at, body=closed, actor=ASHA, origin=IN_CHANNEL, trader="orb", day=day))
    await recover(room.desk)
    (announcement,) = told(room)
    assert announcement.notice.detail.endswith(f"is abandoned; {day} was closed in the meantime.")
    assert announcement.notice.next_step == ""


async def test_a_close_of_no_session_is_abandoned_in_the_channel() -> None:
    """The calendar has changed since; there is no thread to tell it in."""
    room = world(ManualClock(DAYS[0].opens - timedelta(hours=1)), ListCalendar(DAYS))
    await begun(room, "close")
    await begun(room, "close", args={"day": "yesterday"})
    await recover(room.desk)
    assert [(said.placement, said.notice.next_step) for said in told(room)] == [("channel", "")] * 2
