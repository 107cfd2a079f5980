"""What `status` and the app's Home tell beside today: the last days, what waits for a second person, the clearance."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import Body, DayClosed, Draft, Entry
from bot.domain.people import INSIDE, SignOff
from bot.domain.results import ClearanceMark, StatusList, StatusReport
from bot.domain.session import Session
from bot.domain.standing import ClearanceGranted, ClearanceSigned, DayVoided, VoidRefused, VoidRequested
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict
from tests.support.fakes import ASHA, World


async def record(desk: World, session: Session, body: Body) -> Entry:
    """Append what somebody else would."""
    at = desk.clock.now()
    draft = Draft(at=at, body=body, actor=ASHA, origin=INSIDE, trader="orb", day=session.date)
    return (await desk.ledger.append(draft))[0]


async def status(desk: World) -> StatusReport:
    """Ask where the one trader stands."""
    report = (await desk.ask("status")).report
    assert isinstance(report, StatusList)
    return report.traders[0]


async def test_the_last_days_are_told_and_which_are_void(desk: World, days: tuple[Session, ...]) -> None:
    """Closed days, oldest first; one that was made void says so."""
    for session, verdict in zip(days, (Verdict.FAIL, Verdict.PASS), strict=False):
        await record(desk, session, DayClosed(record=DayRecord(session=session, verdict=verdict, criteria=())))
    await record(desk, days[0], DayVoided(request=1, reason="the exchange was down", asked_by=ASHA))
    lately = [(day.date, day.verdict, day.void) for day in (await status(desk)).lately]
    assert lately == [(days[0].date, "FAIL", True), (days[1].date, "PASS", False)]


async def test_no_more_than_ten_days_are_told(desk: World, days: tuple[Session, ...]) -> None:
    """The last ten, whatever was before."""
    sessions = [
        Session(date=days[0].date + timedelta(days=at), opens=days[0].opens, closes=days[0].closes) for at in range(12)
    ]
    for session in sessions:
        await record(desk, session, DayClosed(record=DayRecord(session=session, verdict=Verdict.PASS, criteria=())))
    assert [day.date for day in (await status(desk)).lately] == [session.date for session in sessions[2:]]


async def test_what_waits_for_a_second_person_is_told(desk: World, days: tuple[Session, ...]) -> None:
    """A request to void a day stands there with its number, until it is answered or too old."""
    for number in (7, 8):
        expires_at = desk.clock.now() + timedelta(minutes=number)
        await record(desk, days[0], VoidRequested(request=number, reason="wrong config", expires_at=expires_at))
    assert [(one.number, one.asked_by) for one in (await status(desk)).void_requests] == [(7, ASHA), (8, ASHA)]
    await record(desk, days[0], VoidRefused(request=8, why="declined"))
    assert [one.number for one in (await status(desk)).void_requests] == [7]
    await desk.clock.advance(7 * 60.0)
    assert (await status(desk)).void_requests == ()


async def test_a_clearance_is_told_and_who_signed_it(desk: World, days: tuple[Session, ...]) -> None:
    """Since when it stands, and by whom it is signed off, once it is."""
    streak = Streak(passed=3, required=3, cleared=True)
    granted = await record(desk, days[0], ClearanceGranted(streak=streak, provenance=Provenance()))
    assert (await status(desk)).clearance == ClearanceMark(since=granted.at)
    signed = await record(desk, days[0], ClearanceSigned(granted=granted.seq))
    assert (await status(desk)).clearance == ClearanceMark(since=granted.at, signed=SignOff(actor=ASHA, at=signed.at))


async def test_a_legal_hold_is_told(desk: World) -> None:
    """As long as it stands, with why; without one nothing is said of it."""
    assert (await status(desk)).legal_hold == ""
    policy = desk.trader_desk.policy.model_copy(update={"legal_hold": "case 17"})
    desk.desk = replace(desk.desk, traders={"orb": replace(desk.trader_desk, policy=policy)})
    assert (await status(desk)).legal_hold == "case 17"
