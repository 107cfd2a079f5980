"""`report`: of which days a report is asked for, where it is put, and when there is nothing to report on."""

from datetime import timedelta

import pytest

from bot.domain.notice import Placement
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict
from bot.reporting import burn_in
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, session_of
from tests.support.fakes import ASHA, ListCalendar, World, sessions, world
from tests.support.lived_day import announced, live, stand_after

SESSION = session_of(120.0)
DAY = SESSION.date


@pytest.fixture
def desk() -> World:
    """A desk before its session."""
    return world(ManualClock(OPENS), ListCalendar((SESSION,)), prometheus=True)


async def test_a_closed_day_is_reported_by_itself(desk: World) -> None:
    """Its report is queued for the day's thread behind the picture, in the close's own transaction."""
    await live(desk, SESSION)
    await desk.ask("close")
    queued = [body.announcement for body in desk.ledger.of_kind("message_queued")]
    assert [each.notice.kind for each in queued][-2:] == ["session_picture", "report_file"]
    told = queued[-1]
    assert (told.key, told.day, told.placement) == (f"report:orb:{DAY}", DAY, Placement.THREAD)
    assert (told.notice.days, told.notice.verdict, told.notice.void) == ((DAY,), Verdict.PASS, False)


async def test_a_report_is_asked_for(desk: World) -> None:
    """It says who asked, comes into the thread as often as it is asked for, and names the verdict there is."""
    await live(desk, SESSION)
    await desk.ask("close")
    outcomes = [await desk.ask(line) for line in ("report", f"report {DAY}")]
    assert [(each.outcome, each.report.days, each.report.whole) for each in outcomes] == [("done", (DAY,), False)] * 2
    _, *asked = announced(desk, "report_file")
    assert [(each.notice.actor, each.notice.verdict, each.day) for each in asked] == [(ASHA, Verdict.PASS, DAY)] * 2
    assert len({each.key for each in asked}) == 2


async def test_an_open_day_can_be_reported(desk: World) -> None:
    """Without a verdict, for there is none yet."""
    await live(desk, SESSION, ended=False)
    outcome = await desk.ask("report today")
    assert outcome.outcome == "done"
    (told,) = announced(desk, "report_file")
    assert (told.notice.verdict, told.notice.days) == (None, (DAY,))


@pytest.mark.parametrize("words", ["burn-in", "burnin", "burn in", "all", "the burn-in", "orb burn-in"])
async def test_the_whole_burn_in_comes_into_the_channel(desk: World, words: str) -> None:
    """However it is written."""
    await live(desk, SESSION)
    await desk.ask("close")
    outcome = await desk.ask(f"report {words}")
    assert (outcome.report.days, outcome.report.whole) == ((DAY,), True)
    told = announced(desk, "report_file")[-1]
    assert (told.day, told.placement, told.notice.days) == (None, Placement.CHANNEL, (DAY,))


async def test_where_there_is_nothing_to_report_on_it_says_so(desk: World) -> None:
    """Before the first session, where nobody watched, and no burn-in before a day is closed."""
    assert "no burn-in" in (await desk.ask("report burn-in")).message
    await stand_after(desk, SESSION)
    assert (await desk.ask("report")).reason == "never_watched"
    early = world(ManualClock(OPENS - timedelta(hours=1)), ListCalendar((SESSION,)))
    assert "has not opened yet" in (await early.ask("report")).message
    assert "calendar" in (await world(ManualClock(OPENS), ListCalendar(())).ask("report")).message
    assert announced(desk, "report_file") == []


def test_the_days_of_a_burn_in() -> None:
    """From the first that counts to the newest closed one; before any counts, the newest that a burn-in takes."""
    days = [session.date for session in sessions(6)]
    counting = Streak(passed=2, required=3, cleared=False, days=(days[1], days[3]))
    assert burn_in(counting, reversed(days)) == tuple(days[1:])
    none = Streak(passed=0, required=3, cleared=False)
    assert burn_in(none, days) == tuple(days[3:])
    assert burn_in(none, days[:1]) == tuple(days[:1])
    assert burn_in(none, []) == ()
