"""What a void day does to the clearance: it falls where too few days are left, and rises only on what is known."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.clearance import revocation, standing_clearance, turn_of
from bot.closing import close_day
from bot.daybook import card_of, standing_streak, streak_of
from bot.domain.entry import WatchBreached
from bot.domain.metrics import BUILD
from bot.domain.people import Role
from bot.domain.sample import MetricType, Reading, Sample, Series
from tests.support.fake_trader import healthy
from tests.support.fakes import ASHA, IN_CHANNEL, ListCalendar
from tests.support.void_room import (
    BEN,
    DAYS,
    POLICY,
    F,
    I,
    P,
    approve,
    ask,
    at_open,
    close,
    closed_on_evidence,
    lived,
    on_day,
    open_day,
    opening,
    room_after,
    said,
    stands,
    void,
)

SIGNING: dict[str, Any] = {"actor": BEN, "role": Role.APPROVER}


async def test_a_day_that_is_left_out_may_clear() -> None:
    """Three days stand in a row once the failed one is void: cleared, announced with the void day named."""
    room = room_after(3)
    await lived(room, P, F, P, P)
    outcome = await void(room, 1)
    assert "that clears it" in outcome.message
    (cleared,) = said(room, "cleared")
    days = (DAYS[0].date, DAYS[2].date, DAYS[3].date)
    assert (cleared.placement, cleared.notice.streak.days, cleared.notice.streak.void) == (
        "channel",
        days,
        (DAYS[1].date,),
    )
    assert (cleared.notice.build, cleared.notice.excluded) == ("b1", POLICY.excluded)
    (granted,) = room.ledger.of_kind("clearance_granted")
    assert (granted.streak.days, granted.provenance.build) == (days, "b1")
    assert await stands(room)


async def test_a_clearance_falls_with_a_day_that_it_rests_on() -> None:
    """Two days are left: it is revoked with the reason, in the same transaction."""
    room = room_after(2)
    await lived(room, P, P, P)
    outcome = await void(room, 1)
    assert outcome.message == f"{DAYS[1].date} is VOID. The streak was 3/3 and is 2/3; the clearance is revoked."
    (revoked,) = said(room, "revoked")
    assert revoked.notice.why == f"{DAYS[1].date} is void, and 2 of 3 days are left"
    assert not await stands(room)


async def test_a_clearance_falls_after_it_was_signed_too() -> None:
    """A signature holds nothing up; the next clearance is not signed."""
    room = room_after(2)
    await lived(room, P, P, P)
    assert (await room.ask("signoff", **SIGNING)).outcome == "done"
    await void(room, 0)
    assert not await stands(room)
    await open_day(room, 3)
    assert await closed_on_evidence(room, 3) is P
    standing = await standing_clearance(room.desk, room.trader_desk)
    assert standing is not None
    assert (standing.signed, standing.streak.days) == (None, tuple(DAYS[day].date for day in (1, 2, 3)))


async def test_a_clearance_that_comes_to_rest_on_other_days_must_be_signed_anew() -> None:
    """A fourth day has passed: three are left, so it stands, on other days than those that were signed for."""
    room = room_after(3)
    await lived(room, P, P, P)
    await close(room, 3, P)
    await room.ask("signoff", **SIGNING)
    outcome = await void(room, 1)
    assert "must be signed off anew" in outcome.message
    assert said(room, "revoked") == []
    standing = await standing_clearance(room.desk, room.trader_desk)
    assert standing is not None
    assert (standing.signed, standing.streak.void) == (None, (DAYS[1].date,))
    old, new = said(room, "cleared")[0].notice, said(room, "cleared")[-1].notice
    assert (await room.ask(f"signoff --clearance {old.number}", **SIGNING)).reason == "superseded"
    assert (await room.ask(f"signoff --clearance {new.number}", **SIGNING)).outcome == "done"


async def test_a_day_that_it_does_not_rest_on_moves_no_clearance() -> None:
    """A later day that proved nothing, or passed on top of three, may be void: the signature stays."""
    room = room_after(4)
    await lived(room, P, P, P)
    await room.ask("signoff", **SIGNING)
    await close(room, 3, I)
    await close(room, 4, P)
    for day in (3, 4):
        await void(room, day)
    standing = await standing_clearance(room.desk, room.trader_desk)
    assert standing is not None
    assert standing.signed is not None
    assert len(said(room, "cleared")) == 2  # granted, and shown with its signature


async def test_a_void_day_that_passes_grants_nothing() -> None:
    """The third day is void before its close: it passes, and two days count."""
    room = room_after(1)
    await lived(room, P, P)
    await at_open(room, 2)
    await void(room, 2)
    assert await closed_on_evidence(room, 2) is P
    assert (await streak_of(room.desk, room.trader_desk)).passed == 2
    assert not await stands(room)
    notice = said(room, "verdict")[0].notice
    assert (notice.report.void.approved_by, notice.report.streak.cleared) == (BEN, False)


async def test_the_close_of_a_void_day_brings_back_no_clearance() -> None:
    """A new build revoked it at the open; the day is void and passes on that build, three days stand before it."""
    room = room_after(2)
    await lived(room, P, P, P)
    await open_day(room, 3, "b2")
    template = (await close_day(room.desk, room.trader_desk, DAYS[3], ASHA, IN_CHANNEL)).drafts[0]
    await room.ledger.append(*revocation(template, "a new build", await turn_of(room.desk, room.trader_desk)))
    await room.clock.advance((DAYS[3].opens - room.clock.now()).total_seconds() + 5)
    await void(room, 3)
    assert not await stands(room)
    assert await closed_on_evidence(room, 3, "b2") is P
    assert not await stands(room)
    await open_day(room, 4, "b2")
    assert await closed_on_evidence(room, 4, "b2") is P
    assert (await streak_of(room.desk, room.trader_desk)).passed == 1
    assert not await stands(room)


@pytest.mark.parametrize("day", [4, 5])
async def test_a_void_day_of_another_build_shows_what_runs_now(day: int) -> None:
    """Whether it is closed or still open: three days have passed on b1, but b2 was seen last, so nothing is granted."""
    room = room_after(3)
    await lived(room, P, F, P, P)
    await close(room, 4, F, "b2") if day == 4 else await open_day(room, 4, "b2")
    await room.clock.advance((DAYS[4].opens - room.clock.now()).total_seconds() + 3600)
    await void(room, 4)
    outcome = await void(room, 1)
    assert "no clearance yet, for the trader's build may have changed after" in outcome.message
    assert not await stands(room)


async def test_after_the_old_build_is_back_the_next_pass_clears() -> None:
    """What was held back comes with a day that proves it."""
    room = room_after(4)
    await lived(room, P, F, P, P)
    await close(room, 4, F, "b2")
    await void(room, 4)
    await void(room, 1)
    assert not await stands(room)
    await open_day(room, 5, "b1")
    assert await closed_on_evidence(room, 5) is P
    assert await stands(room)


async def test_a_build_that_changes_within_the_open_session_is_seen() -> None:
    """Its samples tell, before the session is closed."""
    room = room_after(3)
    await lived(room, P, F, P, P)
    await open_day(room, 4)
    for second, build in ((1, "b1"), (2, "b2")):
        info = Reading(MetricType.GAUGE, (Series(f'{{revision="{build}"}}', 1.0),))
        sample = Sample(DAYS[4].opens + timedelta(seconds=second), {**healthy(), BUILD: info})
        await room.ledger.store_samples("orb", DAYS[4].date, [sample])
    await room.clock.advance((DAYS[4].opens - room.clock.now()).total_seconds() + 5)
    await void(room, 1)
    assert not await stands(room)


async def test_a_policy_that_changed_since_is_seen() -> None:
    """What passed by another policy than that of now clears nothing."""
    other = room_after(3)
    await lived(other, P, F, P, P)
    room = room_after(3, other.ledger, POLICY.model_copy(update={"max_gap": timedelta(seconds=3)}))
    outcome = await void(room, 1)
    assert "the policy may have changed" in outcome.message
    assert not await stands(room)


async def test_a_build_that_nobody_can_name_clears_nothing() -> None:
    """The newest day was neither watched nor does the trader name its build now."""
    room = room_after(4)
    await lived(room, P, F, P, P)
    await close(room, 4, I, "", opened=False)
    outcome = await void(room, 1)
    assert "the trader's build may have changed" in outcome.message
    assert not await stands(room)
    room.trader.says_ready = {"mode": "paper", "build": "b1"}
    assert "no clearance yet" not in (await void(room, 4)).message


async def test_while_a_session_looks_like_fail_nothing_is_granted() -> None:
    """Its close would revoke it; without that breach the same request clears."""
    for breached, cleared in ((True, False), (False, True)):
        room = room_after(3)
        await lived(room, P, F, P, P)
        await open_day(room, 4)
        await room.clock.advance((DAYS[4].opens - room.clock.now()).total_seconds() + 30)
        if breached:
            body = WatchBreached(criterion="leader", verdict=F, at=room.clock.now(), detail="Leader is 0.")
            await on_day(room, DAYS[4], body)
        outcome = await void(room, 1)
        assert ("looks like FAIL so far" in outcome.message) is breached
        assert await stands(room) is cleared


async def test_a_new_build_that_runs_keeps_the_streak_where_its_open_saw_it() -> None:
    """Unless the day of that open is void itself: then it is as if that build had never run."""
    room = room_after(2)
    await lived(room, P, F, P)
    await room.clock.advance((DAYS[3].opens - room.clock.now()).total_seconds() + 5)
    await opening(room, 3, "b2")
    outcome = await void(room, 1)
    assert outcome.message == f"{DAYS[1].date} is VOID. The streak stays at 0/3."
    assert (await card_of(room.desk, room.trader_desk, DAYS[3])).number == 1
    outcome = await void(room, 3)
    assert outcome.message == f"{DAYS[3].date} is VOID. The streak was 0/3 and is 2/3."
    assert (await standing_streak(room.desk, room.trader_desk)).passed == 2


async def test_an_open_day_that_the_calendar_lost_keeps_a_clearance_back() -> None:
    """Nobody can tell how it will end."""
    room = room_after(3)
    await lived(room, P, F, P, P)
    await at_open(room, 4, seconds=30)
    await on_day(
        room, DAYS[4], WatchBreached(criterion="leader", verdict=F, at=room.clock.now(), detail="Leader is 0.")
    )
    others = ListCalendar((*DAYS[:4], *DAYS[5:]))
    room.desk = replace(room.desk, traders={"orb": replace(room.trader_desk, calendar=others)})
    outcome = await void(room, 1)
    assert f"{DAYS[4].date} is not closed, and no session of the calendar any more" in outcome.message
    assert not await stands(room)


async def test_what_was_withheld_or_revoked_is_not_brought_by_another_void_day() -> None:
    """The streak stood at three before, without a clearance: a day more or less out of it grants nothing."""
    room = room_after(5)
    await lived(room, P, F, P, P)
    await close(room, 4, F, "b2")
    await void(room, 4)
    await void(room, 1)
    await close(room, 5, I, "b1")
    assert not await stands(room)
    await void(room, 5)
    assert not await stands(room)


async def test_a_lapsed_void_day_is_recorded_and_holds_nothing() -> None:
    """It is closed by the scheduler like any other, says that it is void, and a change across it is still seen."""
    room = room_after(1)
    await lived(room, P, P)
    await at_open(room, 2, "b2")
    await void(room, 2)
    closing = await close_day(room.desk, room.trader_desk, DAYS[2], ASHA, IN_CHANNEL, lapsed=True)
    await room.ledger.append(*closing.drafts)
    assert closing.report.void is not None
    assert (closing.report.streak.passed, closing.report.verdict) == (2, I)
    await close(room, 3, P, "b2")
    assert (await streak_of(room.desk, room.trader_desk)).passed == 1


async def test_a_request_may_be_answered_after_its_day_was_closed() -> None:
    """Asked for while the session was open: the day that cleared is void, and the clearance falls."""
    room = room_after(1)
    await lived(room, P, P)
    await at_open(room, 2)
    number = await ask(room, 2)
    assert await closed_on_evidence(room, 2) is P
    assert await stands(room)
    assert (await approve(room, number)).outcome == "done"
    assert not await stands(room)
