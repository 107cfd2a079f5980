"""What a day is judged on and burnt in with, where something changed between its open and its close."""

import pytest

from bot.closing import close_day
from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import DayClosed, SessionOpened
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.session import Session
from tests.support.clock import ManualClock
from tests.support.drafts import draft
from tests.support.evidence import clean_samples
from tests.support.fakes import ListCalendar, World, sessions, world

(SESSION,) = sessions(1)
POLICY = Policy()


@pytest.fixture
def desk() -> World:
    """A desk a second after its one session."""
    return world(ManualClock(SESSION.closes), ListCalendar((SESSION,)), policy=POLICY)


async def closed(desk: World, session: Session, build: str = "", *, lapsed: bool = False) -> DayRecord:
    """Return the record of a day that opened with this build, closed as that session."""
    provenance = Provenance(build=build, policy=POLICY.digest)
    opened = SessionOpened(session=SESSION, number=1, required=3, provenance=provenance)
    await desk.ledger.append(draft(opened, trader="orb", day=SESSION.date))
    await desk.ledger.store_samples("orb", SESSION.date, clean_samples(SESSION, POLICY))
    closing = await close_day(desk.desk, desk.trader_desk, session, BOT, INSIDE, lapsed=lapsed)
    body = closing.drafts[0].body
    assert isinstance(body, DayClosed)
    return body.record


async def test_a_calendar_that_changed_since_the_open_cuts_nothing_off(desk: World) -> None:
    """What was seen after the earlier close is judged as well, or whoever moves it would choose the verdict."""
    half = SESSION.model_copy(update={"closes": SESSION.opens + SESSION.length / 2})
    assert (await closed(desk, half)).session == SESSION


async def test_a_session_that_became_longer_is_judged_in_full(desk: World) -> None:
    """The part that nobody watched is a hole."""
    longer = SESSION.model_copy(update={"closes": SESSION.closes + SESSION.length})
    record = await closed(desk, longer)
    assert (record.session, record.criteria[0].reason) == (longer, "edge_uncovered")


@pytest.mark.parametrize(
    ("opened", "told", "build"),
    [("a", "a", "a"), ("a", "b", "a then b"), ("", "b", "b"), ("a", "", "a"), ("", "", "")],
)
async def test_a_build_that_only_ready_names_is_asked_for_at_both_ends(
    desk: World, opened: str, told: str, build: str
) -> None:
    """A trader that was deployed in mid-session was burnt in with two builds."""
    desk.trader.says_ready = {"ready": True, "build": told}
    assert (await closed(desk, SESSION, opened)).provenance.build == build


async def test_what_ready_says_when_a_day_lapses_is_about_another_day(desk: World) -> None:
    """The build of the open stands."""
    desk.trader.says_ready = {"ready": True, "build": "b"}
    assert (await closed(desk, SESSION, "a", lapsed=True)).provenance.build == "a"
