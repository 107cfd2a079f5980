"""What moves a streak in one moment with something else: one is recorded, the other counts anew.

Each test has the other thing happen between the counting and the recording, where a clearance would rest on the past.
"""

from bot.daybook import streak_of
from bot.domain.entry import Draft
from bot.domain.people import Role
from bot.domain.standing import VoidRequested
from bot.services.lapse import lapse_forgotten
from tests.support.fakes import ASHA, IN_CHANNEL, World
from tests.support.void_room import (
    BEN,
    DAYS,
    F,
    P,
    approve,
    ask,
    at_open,
    close,
    lived,
    meanwhile,
    open_day,
    opening,
    proven,
    room_after,
    said,
    stands,
)


def times(room: World, kind: str) -> int:
    """Return how often something is on record."""
    return len(room.ledger.of_kind(kind))


async def test_a_close_does_not_clear_on_a_day_that_became_void() -> None:
    """The third day passes; while its close is recorded, the second becomes void: two days count."""
    room = room_after(1)
    await lived(room, P, P)
    await at_open(room, 2)
    await proven(room, 2)
    number = await ask(room, 1)
    meanwhile(room, "day_closed", lambda: approve(room, number))
    outcome = await room.ask(f"close {DAYS[2].date}")
    assert (outcome.outcome, outcome.exit_code) == ("done", 0)
    assert outcome.message == f"{DAYS[2].date} is PASS: 2 of 3 days."
    assert (times(room, "day_closed"), times(room, "day_voided"), said(room, "cleared")) == (3, 1, [])
    assert not await stands(room)


async def test_a_close_does_not_clear_on_its_own_day_where_that_became_void() -> None:
    """The day itself becomes void while its close is recorded: it is recorded, as void."""
    room = room_after(1)
    await lived(room, P, P)
    await at_open(room, 2)
    await proven(room, 2)
    number = await ask(room, 2)
    meanwhile(room, "day_closed", lambda: approve(room, number))
    outcome = await room.ask(f"close {DAYS[2].date}")
    assert (outcome.exit_code, outcome.message) == (
        3,
        f"{DAYS[2].date} is VOID, whatever it proved (PASS): the exchange was down",
    )
    assert said(room, "verdict")[-1].notice.report.void is not None
    assert not await stands(room)


async def test_an_approval_does_not_clear_where_a_day_failed_meanwhile() -> None:
    """Three days would stand, but the newest one is just closed as FAIL."""
    room = room_after(3)
    await lived(room, P, F, P, P)
    await at_open(room, 4)
    await proven(room, 4, leader=0.0)
    number = await ask(room, 1)

    async def fails() -> None:
        assert (await room.ask(f"close {DAYS[4].date}")).exit_code == 1

    meanwhile(room, "day_voided", fails)
    outcome = await approve(room, number)
    assert (outcome.outcome, outcome.message) == ("done", f"{DAYS[1].date} is VOID. The streak stays at 0/3.")
    assert (times(room, "day_voided"), said(room, "cleared")) == (1, [])
    assert not await stands(room)


async def test_a_day_becomes_void_once() -> None:
    """Hosts whose clocks differ may let two requests for it in: the second has nothing left to do."""
    room = room_after(2)
    await lived(room, P, F, P)
    first, second = await ask(room, 1), 9001
    body = VoidRequested(request=second, reason="again", expires_at=DAYS[3].opens)
    asked = Draft(at=room.clock.now(), body=body, actor=BEN, origin=IN_CHANNEL, trader="orb", day=DAYS[1].date)
    await room.ledger.append(asked)
    meanwhile(room, "day_voided", lambda: approve(room, second, by=ASHA))
    outcome = await approve(room, first)
    words = f"{DAYS[1].date} is void already, approved by Asha: again"
    assert (outcome.outcome, outcome.reason, outcome.message) == ("refused", "already_void", words)
    assert times(room, "day_voided") == 1


async def test_two_approvals_in_one_moment_leave_no_clearance_that_neither_would() -> None:
    """Four days stand: without one of two it holds, without both of them it must not."""
    room = room_after(3)
    await lived(room, P, P, P)
    await close(room, 3, P)
    first, second = [await ask(room, day) for day in (0, 1)]
    meanwhile(room, "day_voided", lambda: approve(room, second))
    assert (await approve(room, first)).outcome == "done"
    assert (await streak_of(room.desk, room.trader_desk)).passed == 2
    assert not await stands(room)
    (revoked,) = said(room, "revoked")
    assert "2 of 3 days are left" in revoked.notice.why


async def test_an_approval_does_not_clear_where_a_new_build_opened_meanwhile() -> None:
    """The open found no clearance to revoke; the approval must not grant one behind it."""
    room = room_after(3)
    await lived(room, P, F, P, P)
    await room.clock.advance((DAYS[4].opens - room.clock.now()).total_seconds() + 1)
    number = await ask(room, 1)
    meanwhile(room, "day_voided", lambda: opening(room, 4, "b2"))
    outcome = await approve(room, number)
    assert "no clearance yet" in outcome.message
    assert not await stands(room)


async def test_an_open_revokes_what_was_granted_meanwhile() -> None:
    """The other way round: the approval clears while the open of a new build is recorded."""
    room = room_after(3)
    await lived(room, P, F, P, P)
    await room.clock.advance((DAYS[4].opens - room.clock.now()).total_seconds() + 1)
    number = await ask(room, 1)
    meanwhile(room, "session_opened", lambda: approve(room, number))
    await opening(room, 4, "b2")
    assert [len(said(room, kind)) for kind in ("cleared", "revoked")] == [1, 1]
    assert (times(room, "session_opened"), await stands(room)) == (5, False)


async def test_a_lapse_counts_anew_where_a_day_became_void_meanwhile() -> None:
    """It is recorded all the same, once."""
    room = room_after(2)
    await lived(room, P, P)
    await open_day(room, 2)
    await room.clock.advance((DAYS[3].opens - room.clock.now()).total_seconds())
    number = await ask(room, 1)
    meanwhile(room, "day_closed", lambda: approve(room, number))
    await lapse_forgotten(room.desk, room.trader_desk, DAYS[3])
    assert times(room, "day_closed") == 3
    assert said(room, "verdict")[-1].notice.report.streak.passed == 1
    assert room.ledger.of_kind("command_finished")[-1].reason == ""


async def test_nobody_signs_off_what_falls_in_the_same_moment() -> None:
    """The signature comes too late, and is refused."""
    room = room_after(2)
    await lived(room, P, P, P)
    number = await ask(room, 1)
    meanwhile(room, "clearance_signed", lambda: approve(room, number))
    outcome = await room.ask("signoff", actor=BEN, role=Role.APPROVER)
    assert (outcome.exit_code, outcome.reason) == (4, "not_cleared")
    assert (times(room, "clearance_signed"), said(room, "signed_off")) == (0, [])


async def test_a_close_that_somebody_else_did_meanwhile_stands() -> None:
    """Both the day and the turn are taken: theirs is told, and nothing is recorded twice."""
    room = room_after(1)
    await lived(room, P, P)
    await at_open(room, 2)
    await proven(room, 2)
    meanwhile(room, "day_closed", lambda: close(room, 2, F, opened=False))
    outcome = await room.ask(f"close {DAYS[2].date}")
    assert (outcome.exit_code, outcome.reason) == (1, "already_closed")
    assert (times(room, "day_closed"), said(room, "cleared")) == (3, [])
