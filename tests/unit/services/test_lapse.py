"""Days that nobody closed end as INCONCLUSIVE at the next open, and never as PASS."""

from typing import Any

import pytest

from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import (
    DayClosed,
    Draft,
    DrillMeasured,
    FlattenMeasured,
    ReconcileMeasured,
    SelfTested,
    SessionOpened,
)
from bot.domain.metrics import LEADER
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.services.lapse import lapse_forgotten
from tests.support.clock import ManualClock
from tests.support.evidence import (
    clean_drill,
    clean_flatten,
    clean_reconcile,
    clean_samples,
    clean_self_test,
    gauge,
    with_reading,
)
from tests.support.fakes import ListCalendar, World, sessions, world

DAYS = sessions(40)
POLICY = Policy(excluded={"alerts": "no Prometheus on this host"})


@pytest.fixture
def room() -> World:
    """A desk at the open of the fifth day."""
    return world(ManualClock(DAYS[4].opens), ListCalendar(DAYS), policy=POLICY)


async def record(room: World, session: Session, body: Any, key: str | None = None) -> None:
    """Append what somebody else would."""
    at = session.opens
    await room.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date, key=key))


async def opened(room: World, session: Session) -> None:
    """Record that a session was watched."""
    provenance = Provenance(policy=POLICY.digest)
    await record(room, session, SessionOpened(session=session, number=1, required=3, provenance=provenance))


def closed(room: World) -> list[tuple[Session, Verdict, bool]]:
    """Return the closed days."""
    records = [body.record for body in room.ledger.of_kind("day_closed")]
    return [(each.session, each.verdict, each.lapsed) for each in records]


async def test_every_forgotten_day_since_the_burn_in_began_lapses_oldest_first(room: World) -> None:
    """Also one before a day that somebody closed, and those in which the bot was away."""
    await opened(room, DAYS[1])
    body = DayClosed(record=DayRecord(session=DAYS[2], verdict=Verdict.PASS, criteria=()))
    await record(room, DAYS[2], body, key=f"day_closed:orb:{DAYS[2].date}")
    await lapse_forgotten(room.desk, room.trader_desk, DAYS[4])
    assert closed(room)[1:] == [(DAYS[1], "INCONCLUSIVE", True), (DAYS[3], "INCONCLUSIVE", True)]
    await lapse_forgotten(room.desk, room.trader_desk, DAYS[4])
    assert len(closed(room)) == 3


async def test_before_the_first_session_nothing_lapses(room: World) -> None:
    """A burn-in that has not begun owes nothing."""
    await lapse_forgotten(room.desk, room.trader_desk, DAYS[4])
    assert room.ledger.chain == []


@pytest.mark.parametrize(("leader", "verdict"), [(1.0, "INCONCLUSIVE"), (0.0, "FAIL")])
async def test_a_lapsed_day_never_passes(room: World, leader: float, verdict: str) -> None:
    """Perfect evidence is INCONCLUSIVE, proven trouble is FAIL; its samples are sealed before they are judged."""
    samples = clean_samples(DAYS[3], POLICY)
    samples[20] = with_reading(samples[20], LEADER, gauge(leader))
    await room.ledger.store_samples("orb", DAYS[3].date, samples)
    await opened(room, DAYS[3])
    await record(room, DAYS[3], DrillMeasured(run=clean_drill(DAYS[3], seconds=20)))
    await record(room, DAYS[3], FlattenMeasured(timing=clean_flatten(DAYS[3], seconds=25)))
    await record(room, DAYS[3], ReconcileMeasured(run=clean_reconcile(DAYS[3])))
    await record(room, DAYS[3], SelfTested(run=clean_self_test()))
    await lapse_forgotten(room.desk, room.trader_desk, DAYS[4])
    assert closed(room) == [(DAYS[3], verdict, True)]
    kinds = room.ledger.kinds()
    assert kinds.index("samples_sealed") < kinds.index("day_closed")
    (intent,), (outcome,) = room.ledger.of_kind("command_started"), room.ledger.of_kind("command_finished")
    assert (intent.command, intent.args, intent.raw) == ("lapse", {"day": str(DAYS[3].date)}, f"lapse {DAYS[3].date}")
    assert (outcome.outcome, outcome.verdict) == ("done", verdict)
    said = room.ledger.of_kind("message_queued")[0].announcement
    assert (str(said.notice.actor), said.placement) == ("scheduler", "broadcast")


async def test_a_close_in_the_same_moment_stands(room: World) -> None:
    """Somebody closes the day while it lapses: theirs is the record."""
    await opened(room, DAYS[3])

    async def meanwhile() -> None:
        body = DayClosed(record=DayRecord(session=DAYS[3], verdict=Verdict.FAIL, criteria=()))
        await record(room, DAYS[3], body, key=f"day_closed:orb:{DAYS[3].date}")

    real = room.ledger.samples

    async def samples(*arguments: Any, **options: Any) -> Any:
        await meanwhile()
        return await real(*arguments, **options)

    room.ledger.samples = samples  # type: ignore[method-assign]
    await lapse_forgotten(room.desk, room.trader_desk, DAYS[4])
    assert closed(room) == [(DAYS[3], "FAIL", False)]
    assert room.ledger.of_kind("command_finished")[0].reason == "already_recorded"


async def test_a_long_absence_is_looked_back_over_for_thirty_sessions() -> None:
    """The look back is bounded."""
    room = world(ManualClock(DAYS[39].opens), ListCalendar(DAYS), policy=POLICY)
    await opened(room, DAYS[0])
    await lapse_forgotten(room.desk, room.trader_desk, DAYS[39])
    assert [session.date for session, _, _ in closed(room)] == [session.date for session in DAYS[9:39]]
