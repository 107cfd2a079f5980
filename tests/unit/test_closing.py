"""From stored evidence to a drafted record: verdict, provenance, clearance and words."""

from datetime import timedelta
from typing import Any

import pytest

from bot.clearance import standing_clearance
from bot.closing import close_day
from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import DayClosed, Draft, SessionOpened
from bot.domain.metrics import BUILD
from bot.domain.people import BOT, INSIDE, SCHEDULER
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Sample, Series
from bot.domain.session import Session
from bot.domain.standing import ClearanceGranted
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict
from bot.errors import TraderUnreachable
from tests.support.clock import ManualClock
from tests.support.fake_trader import healthy
from tests.support.fakes import ListCalendar, World, sessions, world

DAYS = sessions(4)
POLICY = Policy()


@pytest.fixture
def room() -> World:
    """A desk just after the fourth session."""
    return world(ManualClock(DAYS[3].closes + timedelta(minutes=1)), ListCalendar(DAYS), policy=POLICY)


async def append(room: World, day: int, body: Any) -> None:
    """Append to a day."""
    at = DAYS[day].opens
    await room.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=DAYS[day].date))


async def passed(room: World, *days: int, provenance: Provenance | None = None) -> None:
    """Record days that passed."""
    for day in days:
        used = provenance or Provenance(policy=POLICY.digest)
        body = DayRecord(session=DAYS[day], verdict=Verdict.PASS, criteria=(), provenance=used)
        await append(room, day, DayClosed(record=body))


async def closing(room: World, day: int = 3, session: Session | None = None, *, lapsed: bool = False) -> Any:
    """Close a day; return the record as it is drafted."""
    return await close_day(room.desk, room.trader_desk, session or DAYS[day], SCHEDULER, INSIDE, lapsed=lapsed)


def record_in(closed: Any) -> DayRecord:
    """Return the record of a closing."""
    found: DayRecord = closed.drafts[0].body.record
    return found


async def test_nothing_is_appended_yet(room: World) -> None:
    """Record and words are drafts, keyed by the day, so that they can only be recorded once."""
    closed = await closing(room)
    assert room.ledger.chain == []
    assert [draft.key for draft in closed.drafts] == [
        "day_closed:orb:2026-11-26", "message:verdict:orb:2026-11-26", "streak:orb:0",
        "message:report:orb:2026-11-26",
    ]  # fmt: skip
    assert (record_in(closed).verdict, closed.report.verdict) == ("INCONCLUSIVE", "INCONCLUSIVE")


async def test_a_day_that_nobody_saw_is_no_change_of_build(room: World) -> None:
    """Neither watched nor closed by anybody: it is recorded without a provenance, and the streak is held."""
    await passed(room, 0, 1)
    closed = await closing(room, lapsed=True)
    assert record_in(closed).provenance == Provenance()
    assert closed.report.streak.passed == 2


async def test_every_build_of_the_session_is_named(room: World) -> None:
    """A deploy in the session makes it a day of neither build."""
    for second, build in ((1, "b1"), (2, "b2"), (3, "b2")):
        info = Reading(MetricType.GAUGE, (Series(f'{{revision="{build}"}}', 1.0),))
        sample = Sample(DAYS[3].opens + timedelta(seconds=second), {**healthy(), BUILD: info})
        await room.ledger.store_samples("orb", DAYS[3].date, [sample])
    await room.ledger.seal_samples(DAYS[3].closes, "orb", DAYS[3].date)
    assert record_in(await closing(room)).provenance.build == "b1 then b2"


@pytest.mark.parametrize(
    ("opened", "ready", "expected"),
    [
        (None, {"version": "1.2"}, "1.2"),
        ("1.2", {"version": "1.2"}, "1.2"),
        ("1.1", {"version": "1.2"}, "1.1 then 1.2"),
        ("1.1", None, "1.1"),
        (None, None, ""),
    ],
)
async def test_the_build_that_ready_names(room: World, opened: str | None, ready: Any, expected: str) -> None:
    """Where the metrics name none: as at the open, as now, or both where they differ."""
    if opened is not None:
        provenance = Provenance(build=opened, policy=POLICY.digest)
        await append(room, 3, SessionOpened(session=DAYS[3], number=1, required=3, provenance=provenance))
    if ready is None:
        room.trader.trouble["ready"] = TraderUnreachable("Away.")
    else:
        room.trader.says_ready = ready
    assert record_in(await closing(room)).provenance.build == expected


async def test_a_policy_that_changed_in_the_session_is_named_twice(room: World) -> None:
    """What the day was opened with and what it is judged by."""
    await append(room, 3, SessionOpened(session=DAYS[3], number=1, required=3, provenance=Provenance(policy="old")))
    assert record_in(await closing(room)).provenance.policy == f"old then {POLICY.digest}"


async def test_a_session_that_was_cut_short_afterwards_is_judged_in_full(room: World) -> None:
    """A calendar edited after the open takes nothing off the day."""
    await append(room, 3, SessionOpened(session=DAYS[3], number=1, required=3, provenance=Provenance()))
    shorter = DAYS[3].model_copy(update={"closes": DAYS[3].opens + timedelta(seconds=5)})
    assert record_in(await closing(room, session=shorter)).session.closes == DAYS[3].closes


async def test_a_clearance_that_no_longer_holds_is_revoked(room: World) -> None:
    """With the reason that the streak gives."""
    await passed(room, 0, 1, 2, provenance=Provenance(policy="old"))
    grant = ClearanceGranted(streak=Streak(passed=3, required=3, cleared=True), provenance=Provenance(policy="old"))
    await append(room, 2, grant)
    standing = await standing_clearance(room.desk, room.trader_desk)
    assert standing is not None
    assert (standing.streak, standing.provenance) == (grant.streak, grant.provenance)
    closed = await closing(room)
    assert [draft.body.kind for draft in closed.drafts] == [
        "day_closed", "message_queued", "clearance_revoked", "message_queued", "streak_counted",
        "message_queued",
    ]  # fmt: skip
    assert closed.drafts[2].body.why == "the policy changed before 2026-11-26"


async def test_a_day_that_proves_nothing_grants_nothing(room: World) -> None:
    """Three days stand in a row, but this one is not what clears."""
    await passed(room, 0, 1, 2)
    closed = await closing(room)
    assert closed.report.streak.cleared
    assert [draft.body.kind for draft in closed.drafts] == [
        "day_closed", "message_queued", "streak_counted", "message_queued",
    ]  # fmt: skip
