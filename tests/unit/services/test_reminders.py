"""Reminders: each at its moment, once, and only where it is needed."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.agenda import ReminderTimes, agenda
from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import DayClosed, Draft, DrillMeasured, SessionOpened
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.verdict import Verdict
from bot.services.reminders import Reminders
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, clean_drill
from tests.support.fakes import FakeTimer, ListCalendar, World, sessions, world

DAYS = sessions(3, seconds=3600.0)
TIMES = ReminderTimes.model_validate({"before_open": "15m", "no_drill_after": 0.5, "close_overdue": "1h"})


class Running:
    """Reminders of a desk, with a timer that fires whatever is due when time is moved."""

    def __init__(self, at: datetime, count: int = 3, policy: Policy | None = None) -> None:
        self.room: World = world(ManualClock(at), ListCalendar(DAYS[:count]), policy=policy)
        self.timer = FakeTimer()
        self.start()

    def start(self) -> None:
        """Start as a new process does."""
        self.timer.jobs.clear()
        Reminders(self.room.desk, self.timer, TIMES).start()

    async def until(self, at: datetime) -> None:
        """Fire what is due up to an instant, in order."""
        while due := sorted((when, name) for name, (when, _) in self.timer.jobs.items() if when <= at):
            when, name = due[0]
            await self.room.clock.advance(max((when - self.room.clock.now()).total_seconds(), 0.0))
            _, job = self.timer.jobs.pop(name)
            await job()
        await self.room.clock.advance((at - self.room.clock.now()).total_seconds())

    async def record(self, body: Any, day: int = 0) -> None:
        """Append what somebody else would."""
        at = self.room.clock.now()
        await self.room.ledger.append(
            Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=DAYS[day].date)
        )

    async def opened(self, day: int = 0) -> None:
        """Record that a session was watched."""
        await self.record(SessionOpened(session=DAYS[day], number=1, required=3, provenance=Provenance()), day)

    @property
    def said(self) -> list[tuple[str, int]]:
        """What was said, with seconds since the first open."""
        return [
            (body.announcement.notice.about.value, round((entry.at - OPENS).total_seconds()))
            for entry in self.room.ledger.chain
            if (body := entry.body).kind == "message_queued"
        ]


async def test_each_is_said_at_its_moment() -> None:
    """Before the open, without a drill half-way, at the close, and an hour later."""
    running = Running(OPENS - timedelta(hours=2))
    await running.until(OPENS)
    await running.opened()
    await running.until(OPENS + timedelta(hours=3))
    assert running.said == [
        ("opens_soon", -900), ("no_drill_yet", 1800), ("close_due", 3600), ("close_overdue", 7200),
    ]  # fmt: skip
    notice = running.room.ledger.of_kind("message_queued")[0].announcement.notice
    assert (notice.number, notice.required) == (1, 3)


async def test_none_is_said_twice_across_restarts() -> None:
    """A new process plans anew; the key of each keeps it from being said again."""
    running = Running(OPENS - timedelta(minutes=10))
    for minutes in (-5, 20, 40, 65, 130):
        await running.until(OPENS + timedelta(minutes=minutes))
        if minutes == 20:
            await running.opened()
        running.start()
    assert [about for about, _ in running.said] == ["opens_soon", "no_drill_yet", "close_due", "close_overdue"]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (-5, ["opens_soon"]),
        (10, []),
        (45, ["no_drill_yet"]),
        (90, ["close_due"]),
        (180, ["close_overdue"]),
    ],
)
async def test_a_late_start_says_what_is_still_worth_saying(minutes: float, expected: list[str]) -> None:
    """What is over is not said; what still helps is said at once."""
    running = Running(OPENS + timedelta(minutes=minutes))
    if minutes > 0:
        await running.opened()
    await running.until(OPENS + timedelta(minutes=minutes, seconds=1))
    assert [about for about, _ in running.said] == expected


async def test_after_a_drill_nobody_is_asked_to_drill() -> None:
    """A drill that was measured is enough."""
    running = Running(OPENS)
    await running.record(DrillMeasured(run=clean_drill(DAYS[0], seconds=5)))
    await running.until(OPENS + timedelta(minutes=59))
    assert running.said == []


async def test_where_the_drill_is_excluded_nobody_is_asked_to_drill() -> None:
    """A day can pass without one there."""
    running = Running(OPENS - timedelta(hours=1), policy=Policy(excluded={"drill": "no injector on this host"}))
    await running.until(OPENS + timedelta(minutes=50))
    assert [about for about, _ in running.said] == ["opens_soon"]


async def test_after_the_close_nobody_is_asked_to_close() -> None:
    """A recorded verdict ends the reminding."""
    running = Running(OPENS + timedelta(minutes=40))
    await running.opened()
    await running.record(DrillMeasured(run=clean_drill(DAYS[0], seconds=5)))
    await running.record(DayClosed(record=DayRecord(session=DAYS[0], verdict=Verdict.PASS, criteria=())))
    await running.until(OPENS + timedelta(hours=5))
    assert [about for about, _ in running.said] == []


async def test_a_session_that_nobody_watched_need_not_be_closed() -> None:
    """Before the burn-in began nothing is due."""
    running = Running(OPENS + timedelta(hours=1, minutes=30))
    await running.until(OPENS + timedelta(hours=5))
    assert running.said == []


async def test_the_next_day_is_counted_on() -> None:
    """Planning goes on from session to session, and the number follows the streak."""
    running = Running(OPENS - timedelta(minutes=20))
    await running.until(OPENS + timedelta(minutes=65))
    await running.record(DayClosed(record=DayRecord(session=DAYS[0], verdict=Verdict.PASS, criteria=())))
    await running.until(DAYS[1].opens - timedelta(minutes=1))
    notice = running.room.ledger.of_kind("message_queued")[-1].announcement.notice
    assert (notice.about, notice.number, notice.session.date) == ("opens_soon", 2, DAYS[1].date)


async def test_a_ledger_that_is_away_is_tried_again() -> None:
    """A reminder that could not be queued comes as soon as it can be, where it is still worth saying."""
    running = Running(OPENS + timedelta(minutes=1))
    running.room.ledger.away = True
    await running.until(OPENS + timedelta(minutes=31))
    running.room.ledger.away = False
    assert running.said == []
    await running.until(OPENS + timedelta(minutes=32))
    assert [about for about, _ in running.said] == ["no_drill_yet"]


async def test_a_reminder_that_is_too_late_is_given_up() -> None:
    """A ledger that stays away until nobody needs it any more is not asked for ever."""
    running = Running(OPENS + timedelta(minutes=1))
    running.room.ledger.away = True
    await running.until(DAYS[0].closes + timedelta(seconds=1))
    running.room.ledger.away = False
    await running.opened()
    await running.until(DAYS[0].closes + timedelta(minutes=1))
    assert [about for about, _ in running.said] == ["close_due"]


async def test_without_a_session_to_come_it_plans_again_later() -> None:
    """A calendar may grow; nothing is due meanwhile."""
    running = Running(OPENS + timedelta(days=30), count=1)
    assert set(running.timer.jobs) == {"orb:plan"}


def test_a_close_is_never_overdue_after_the_next_open() -> None:
    """Then the day has lapsed."""
    due = agenda(DAYS[0], DAYS[0].model_copy(update={
        "opens": DAYS[0].closes + timedelta(minutes=10), "closes": DAYS[0].closes + timedelta(minutes=20),
    }), TIMES)  # fmt: skip
    assert [(each.about.value, each.at, each.until) for each in due][-1] == (
        "close_overdue", DAYS[0].closes + timedelta(minutes=10), DAYS[0].closes + timedelta(minutes=10),
    )  # fmt: skip
