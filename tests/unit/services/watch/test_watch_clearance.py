"""What an open does to the record: a new build revokes the clearance, a day that nobody closed lapses."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import DayClosed, Draft
from bot.domain.metrics import BUILD
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import MetricType, Reading, Series
from bot.domain.standing import ClearanceGranted
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, sessions, world
from tests.support.watched_room import POLICY, SESSION, said, until, watching


def built(build: str) -> Reading:
    """Return an info metric."""
    return Reading(MetricType.GAUGE, (Series(f'{{revision="{build}"}}', 1.0),))


async def grant(room: World, provenance: Provenance) -> None:
    """Grant a clearance as a close would have."""
    body = ClearanceGranted(streak=Streak(passed=3, required=3, cleared=True), provenance=provenance)
    at = room.clock.now()
    await room.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=SESSION.date))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda room: room.trader.readings.update({BUILD: built("b2")}), "the trader's build changed"),
        (lambda room: setattr(room.alerts, "digest", "e"), "the alert rules file changed"),
    ],
)
async def test_a_new_build_or_rules_file_revokes_the_clearance_at_the_open(
    change: Callable[[World], None], why: str
) -> None:
    """Recorded with the open, and announced."""
    room = world(ManualClock(OPENS), ListCalendar((SESSION,)), policy=POLICY, prometheus=True)
    room.trader.readings[BUILD] = built("b1")
    await grant(room, Provenance(build="b1", policy=POLICY.digest, rules="d"))
    change(room)
    async with watching(room):
        await until(room, 5)
    assert room.ledger.of_kind("clearance_revoked")[0].why == why
    assert [notice.why for notice in said(room, "revoked")] == [why]


async def test_the_same_or_an_unknown_build_revokes_nothing() -> None:
    """A trader that does not say what it is at the open is no new build yet."""
    room = world(ManualClock(OPENS), ListCalendar((SESSION,)), policy=POLICY)
    await grant(room, Provenance(build="b1", policy=POLICY.digest, rules=""))
    async with watching(room):
        await until(room, 5)
    assert room.ledger.of_kind("clearance_revoked") == []
    assert len(room.ledger.of_kind("session_opened")) == 1


async def test_a_build_that_only_ready_names_counts_too() -> None:
    """Some traders have no info metric."""
    room = world(ManualClock(OPENS), ListCalendar((SESSION,)), policy=POLICY)
    room.trader.says_ready = {"ready": True, "build": "b2"}
    await grant(room, Provenance(build="b1", policy=POLICY.digest, rules=""))
    async with watching(room):
        await until(room, 5)
    assert room.ledger.of_kind("clearance_revoked")[0].why == "the trader's build changed"


async def test_a_session_that_nobody_closed_lapses_at_the_next_open() -> None:
    """It is INCONCLUSIVE at best, once, before the new session is opened; earlier closes in between hide nothing."""
    days = sessions(3, apart=100.0)
    room = world(ManualClock(OPENS - timedelta(seconds=5)), ListCalendar(days), policy=POLICY)
    async with watching(room):
        await until(room, 190)
        at = room.clock.now()
        record = DayRecord(session=days[1], verdict=Verdict.INCONCLUSIVE, criteria=())
        assert len(room.ledger.of_kind("day_closed")) == 1
        key = f"day_closed:orb:{days[1].date}"
        body = DayClosed(record=record)
        await room.ledger.append(
            Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=days[1].date, key=key)
        )
        await until(room, 275)
    closed = [(body.record.day, body.record.lapsed) for body in room.ledger.of_kind("day_closed")]
    assert closed == [(days[0].date, True), (days[1].date, False)]
    kinds = room.ledger.kinds()
    assert kinds.index("day_closed") < [i for i, kind in enumerate(kinds) if kind == "session_opened"][1]
