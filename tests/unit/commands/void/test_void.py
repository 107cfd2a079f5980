"""Asking for a day to be void: which days, why, and once at a time. Nothing changes until another person approves."""

import asyncio
from datetime import timedelta

import pytest

from bot.daybook import streak_of
from bot.domain.people import Role
from bot.domain.results import VoidReport
from tests.support.clock import ManualClock
from tests.support.fakes import ListCalendar, World, finish, request, world
from tests.support.void_room import BEN, DAYS, POLICY, WHY, F, P, ask, close, lived, open_day, room_after, said, void


@pytest.fixture
def room() -> World:
    """A desk after its third day."""
    return room_after(2)


async def test_a_request_is_recorded_and_asked_for_with_its_end(room: World) -> None:
    """Who, which day, why and until when; the question stands in the day's thread and in the channel."""
    await lived(room, P, F, P)
    outcome = await room.ask(f"void {DAYS[1].date} {WHY}")
    (asked,), (announcement,) = room.ledger.of_kind("void_requested"), said(room, "void_asked")
    now, number = room.clock.now(), room.ledger.of_kind("command_finished")[0].started
    assert (asked.request, asked.reason, asked.expires_at) == (
        number,
        "the exchange was down",
        now + timedelta(hours=4),
    )
    assert (announcement.placement, announcement.day) == ("broadcast", DAYS[1].date)
    notice = announcement.notice
    assert (notice.request, str(notice.asked_by), notice.reason) == (number, "Asha", "the exchange was down")
    assert isinstance(outcome.report, VoidReport)
    assert (outcome.exit_code, outcome.report.state, outcome.report.decided_by) == (0, "asked", None)
    assert (outcome.report.expires_at, outcome.report.request) == (asked.expires_at, number)


async def test_nothing_changes_before_it_is_approved(room: World) -> None:
    """The day counts as it did."""
    await lived(room, P, F, P)
    await ask(room, 1)
    assert (await streak_of(room.desk, room.trader_desk)).passed == 1
    assert room.ledger.of_kind("day_voided") == []


@pytest.mark.parametrize("reason", ["", "--reason ''", "--reason '  '"])
async def test_it_needs_a_reason(room: World, reason: str) -> None:
    """What stands on every report must be said; the hint shows how, and is no line to run as it stands."""
    await lived(room, P)
    outcome = await room.ask(f"void {DAYS[0].date} {reason}")
    assert (outcome.exit_code, room.ledger.of_kind("void_requested")) == (2, [])
    assert "[" in outcome.hint


async def test_without_a_day_it_is_the_open_session_or_the_last(room: World) -> None:
    """The same day that `day` shows."""
    await lived(room, P, F, P)
    assert (await room.ask(f"void {WHY}")).outcome == "done"
    await room.clock.advance((DAYS[3].opens - room.clock.now()).total_seconds() + 5)
    await open_day(room, 3)
    assert (await room.ask(f"void {WHY}")).outcome == "done"
    days = [entry.day for entry in room.ledger.chain if entry.body.kind == "void_requested"]
    assert days == [DAYS[2].date, DAYS[3].date]


@pytest.mark.parametrize("after_close", [30.0, 90.0])
async def test_a_day_that_is_not_closed_may_be_void(after_close: float) -> None:
    """Open, or awaiting its close."""
    room = world(ManualClock(DAYS[0].opens + timedelta(seconds=after_close)), ListCalendar(DAYS), policy=POLICY)
    await open_day(room, 0)
    outcome = await void(room, 0)
    assert outcome.message == f"{DAYS[0].date} is VOID. The streak stays at 0/3."


async def test_a_day_to_come_cannot_be_void(room: World) -> None:
    """It has not begun."""
    await lived(room, P, F, P)
    outcome = await room.ask(f"void {DAYS[5].date} {WHY}")
    assert (outcome.exit_code, outcome.reason) == (4, "not_begun")


async def test_before_the_first_session_no_day_can_be_void() -> None:
    """Also where none is named."""
    room = world(ManualClock(DAYS[0].opens - timedelta(hours=1)), ListCalendar(DAYS))
    assert (await room.ask(f"void {WHY}")).reason == "not_begun"


async def test_a_day_before_the_burn_in_cannot_be_void(room: World) -> None:
    """Nobody watched it, so it is no day of this burn-in."""
    await close(room, 2, P)
    outcome = await room.ask(f"void {DAYS[0].date} {WHY}")
    assert (outcome.exit_code, outcome.reason) == (4, "never_watched")


async def test_a_day_is_asked_for_once_at_a_time(room: World) -> None:
    """While a request is open, who asks again is told of it; another day may be asked for beside it."""
    await lived(room, P, F, P)
    number = await ask(room, 1)
    outcome = await room.ask(f"void {DAYS[1].date} --reason again", actor=BEN)
    assert (outcome.exit_code, outcome.reason) == (4, "asked_already")
    assert f"request {number}" in outcome.message
    await ask(room, 2)


async def test_of_two_who_ask_in_the_same_moment_one_is_told_of_the_other(room: World) -> None:
    """Both see no request; the ledger takes the first."""
    await lived(room, P, F, P)
    asked = [request(f"void {DAYS[1].date} {WHY}", actor=actor) for actor in (room_asha(), BEN)]
    outcomes = await asyncio.gather(*[finish(room.clock, room.dispatcher.run(each)) for each in asked])
    assert sorted(outcome.reason for outcome in outcomes) == ["", "asked_already"]
    assert len(room.ledger.of_kind("void_requested")) == len(said(room, "void_asked")) == 1


async def test_after_an_expired_request_it_may_be_asked_for_again(room: World) -> None:
    """Also before anybody recorded that it expired."""
    await lived(room, P, F, P)
    first = await ask(room, 1)
    await room.clock.advance(4 * 3600)
    assert await ask(room, 1) > first


async def test_a_void_day_stays_void(room: World) -> None:
    """It is not asked for a second time."""
    await lived(room, P, F, P)
    await void(room, 1)
    outcome = await room.ask(f"void {DAYS[1].date} {WHY}")
    assert (outcome.exit_code, outcome.reason) == (4, "already_void")
    assert outcome.message == f"{DAYS[1].date} is void already, approved by Ben: the exchange was down"


async def test_who_may_only_look_may_not_ask(room: World) -> None:
    """It takes an operator."""
    await lived(room, P)
    assert (await room.ask(f"void {DAYS[0].date} {WHY}", role=Role.VIEWER)).reason == "role"


def room_asha() -> object:
    """Return the one who asks where nobody is named."""
    return request("help").actor
