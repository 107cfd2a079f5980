"""Approving and declining: another person, in time, once; the day then stands as void wherever it is shown."""

import asyncio
from typing import Any

import pytest

from bot.daybook import card_of, report_of, streak_of
from bot.domain.people import Actor, Role
from bot.domain.policy import InconclusiveDays
from bot.domain.results import HistoryReport, StatusList, VoidReport
from bot.errors import LedgerBroken
from tests.support.fakes import ASHA, World, finish, request
from tests.support.void_room import BEN, DAYS, POLICY, F, I, P, approve, ask, at_terminal, lived, room_after, said, void

CARA = Actor(kind="slack", id="U03", name="Cara")


@pytest.fixture
async def room() -> World:
    """A desk after a day that passed, one that failed and one that passed."""
    found = room_after(2)
    await lived(found, P, F, P)
    return found


async def test_a_void_day_neither_counts_nor_resets(room: World) -> None:
    """With the failed day void, the two that passed stand in a row."""
    outcome = await void(room, 1)
    counted = await streak_of(room.desk, room.trader_desk)
    assert (counted.passed, counted.days, counted.void) == (2, (DAYS[0].date, DAYS[2].date), (DAYS[1].date,))
    assert outcome.message == f"{DAYS[1].date} is VOID. The streak was 1/3 and is 2/3."
    assert isinstance(outcome.report, VoidReport)
    assert (outcome.exit_code, outcome.report.state, outcome.report.decided_by) == (0, "approved", BEN)
    assert outcome.report.streak.passed == 2


async def test_a_passed_day_that_is_void_does_not_count(room: World) -> None:
    """Whatever it proved."""
    await void(room, 2)
    counted = await streak_of(room.desk, room.trader_desk)
    assert (counted.passed, counted.why) == (0, f"{DAYS[1].date} failed")


async def test_who_approved_what_stands_on_record(room: World) -> None:
    """The entry is the approver's, on the day, with who asked and why, in one transaction with what is said."""
    number = await ask(room, 1)
    await approve(room, number)
    (entry,) = [entry for entry in room.ledger.chain if entry.body.kind == "day_voided"]
    body: Any = entry.body
    assert (entry.actor, entry.day, entry.key) == (BEN, DAYS[1].date, f"void:{number}")
    assert (body.request, body.reason, body.asked_by) == (number, "the exchange was down", ASHA)
    kinds = room.ledger.kinds()[entry.seq - 1 :]
    assert kinds == ["day_voided", "message_queued", "message_queued", "streak_counted", "command_finished"]


async def test_the_question_gives_way_to_the_answer_which_is_told(room: World) -> None:
    """In its place, and broadcast."""
    number = await ask(room, 1)
    await approve(room, number)
    (question,) = said(room, "void_asked")
    edit, told = said(room, "void_decided")
    assert (edit.placement, edit.edits, told.placement) == ("edit", question.key, "broadcast")
    assert edit.notice == told.notice
    assert (edit.notice.decision, edit.notice.decided_by, edit.notice.streak_note) == (
        "approved",
        BEN,
        "The streak was 1/3 and is 2/3",
    )


async def test_a_void_day_says_so_wherever_it_is_shown(room: World) -> None:
    """On its report and card, in the history and beside the streak; nothing is to be done on it."""
    await void(room, 1)
    trader = room.trader_desk
    report = await report_of(room.desk, trader, DAYS[1])
    assert report.void is not None
    assert (report.void.approved_by, report.void.asked_by, report.verdict) == (BEN, ASHA, F)
    card = await card_of(room.desk, trader, DAYS[1])
    assert (card.number, card.next_step, card.report.void) == (2, "", report.void)
    later = await report_of(room.desk, trader, DAYS[2])
    assert (later.void, later.streak_note) == (None, f"void: {DAYS[1].date}")
    history = (await room.ask("history")).report
    assert isinstance(history, HistoryReport)
    assert [day.void is not None for day in history.days] == [False, True, False]
    statuses = (await room.ask("status")).report
    assert isinstance(statuses, StatusList)
    day = statuses.traders[0].day
    assert day is not None
    assert (day.streak.passed, day.streak_note) == (2, f"void: {DAYS[1].date}")


async def test_a_shown_void_day_proves_nothing_to_a_script(room: World) -> None:
    """The exit code is that of INCONCLUSIVE, whatever its verdict is."""
    assert [(await room.ask(f"day {DAYS[day].date}")).exit_code for day in (1, 2)] == [1, 0]
    await void(room, 1)
    await void(room, 2)
    assert [(await room.ask(f"day {DAYS[day].date}")).exit_code for day in (1, 2)] == [3, 3]


async def test_who_asked_cannot_approve(room: World) -> None:
    """Two people must want it; the refusal names the way out, and another may still approve."""
    number = await ask(room, 1)
    outcome = await approve(room, number, by=ASHA)
    assert (outcome.exit_code, outcome.reason) == (4, "own_request")
    renamed = ASHA.model_copy(update={"name": "Somebody else"})
    assert (await approve(room, number, by=renamed)).reason == "own_request"
    assert room.ledger.of_kind("day_voided") == []
    assert (await approve(room, number)).outcome == "done"


@pytest.mark.parametrize("asked_at_terminal", [True, False])
async def test_across_surfaces_nobody_can_tell_who_it_is(room: World, asked_at_terminal: bool) -> None:
    """Asha in Slack may be ben of the command line: it takes two of the same kind."""
    here, there = ({}, at_terminal("ben")) if not asked_at_terminal else (at_terminal("asha"), {"actor": BEN})
    number = await ask(room, 1, **here)
    outcome = await room.ask(f"approve {number}", role=Role.APPROVER, **there)
    assert (outcome.exit_code, outcome.reason) == (4, "other_surface")
    assert ("on the command line" if asked_at_terminal else "in Slack") in outcome.message
    assert room.ledger.of_kind("day_voided") == []


async def test_two_users_of_the_command_line_are_two_people(room: World) -> None:
    """So that a day may be void while Slack is down; the same user on another host is the same person."""
    number = await ask(room, 1, **at_terminal("asha"))
    again = await room.ask(f"approve {number}", role=Role.APPROVER, **at_terminal("asha"))
    assert again.reason == "own_request"
    assert (await room.ask(f"approve {number}", role=Role.APPROVER, **at_terminal("ben"))).outcome == "done"


@pytest.mark.parametrize("command", ["approve", "decline"])
async def test_an_operator_may_not_answer_for_others(room: World, command: str) -> None:
    """It takes an approver."""
    number = await ask(room, 1)
    assert (await room.ask(f"{command} {number}", actor=BEN)).reason == "role"


async def test_who_may_not_decline_is_told_who_may(room: World) -> None:
    """An approver, whom the front knows, or the one who asked."""

    async def why_not(role: Role) -> str:
        return f"These may, with the role {role}: Cara."

    refused = await room.ask(f"decline {await ask(room, 1)}", actor=BEN, why_not=why_not)
    assert refused.message == "These may, with the role approver: Cara. Asha, who asked for it, may withdraw it."


async def test_the_first_answer_is_the_only_one(room: World) -> None:
    """A second approver is told of the first, also where they decline."""
    number = await ask(room, 1)
    await approve(room, number)
    for line in (f"approve {number}", f"decline {number}"):
        outcome = await room.ask(line, actor=CARA, role=Role.APPROVER)
        assert (outcome.exit_code, outcome.reason) == (4, "answered")
        assert f"Request {number} to void {DAYS[1].date} was approved by Ben at " in outcome.message


@pytest.mark.parametrize("lines", [("approve", "approve"), ("approve", "decline"), ("decline", "approve")])
async def test_two_who_answer_in_the_same_moment(room: World, lines: tuple[str, str]) -> None:
    """Both find the request open: the ledger takes one answer, and the other is refused and told of it."""
    number = await ask(room, 1)
    asked = [
        request(f"{line} {number}", actor=actor, role=Role.APPROVER)
        for line, actor in zip(lines, (BEN, CARA), strict=True)
    ]
    outcomes = await asyncio.gather(*[finish(room.clock, room.dispatcher.run(each)) for each in asked])
    assert sorted(outcome.reason for outcome in outcomes) == ["", "answered"]
    answers = [*room.ledger.of_kind("day_voided"), *room.ledger.of_kind("void_refused")]
    assert len(answers) == 1
    assert len(said(room, "void_decided")) == 2
    finished = room.ledger.of_kind("command_finished")[-2:]
    assert sorted(body.outcome for body in finished) == ["done", "refused"]


async def test_a_request_outlives_a_restart(room: World) -> None:
    """Its state is the ledger: another process over the same ledger approves it."""
    number = await ask(room, 1)
    later = room_after(2, room.ledger)
    assert (await approve(later, number)).outcome == "done"
    assert (await streak_of(room.desk, room.trader_desk)).passed == 2


async def test_an_expired_request_cannot_be_approved(room: World) -> None:
    """At the instant at which it expires, recorded as expired or not."""
    number = await ask(room, 1)
    await room.clock.advance(4 * 3600)
    outcome = await approve(room, number)
    assert (outcome.exit_code, outcome.reason) == (4, "expired")
    assert room.ledger.of_kind("day_voided") == []


async def test_a_second_before_it_expires_it_can(room: World) -> None:
    """The time is a limit, and no more."""
    number = await ask(room, 1)
    await room.clock.advance(4 * 3600 - 1)
    assert (await approve(room, number)).outcome == "done"


async def test_who_names_no_request_is_told_which_are_open(room: World) -> None:
    """With the one open request as the next line; an unknown number is refused with the same list."""
    none = await room.ask("approve", actor=BEN, role=Role.APPROVER)
    assert (none.exit_code, none.reason, none.hint) == (4, "no_request", "status")
    number = await ask(room, 1)
    outcome = await room.ask("approve", actor=BEN, role=Role.APPROVER)
    assert (outcome.exit_code, outcome.hint) == (2, f"approve {number} orb")
    assert f"{number} (void {DAYS[1].date}, asked by Asha: the exchange was down)" in outcome.message
    unknown = await approve(room, 4711)
    assert (unknown.exit_code, unknown.reason) == (4, "no_request")
    assert f"Open: {number}" in unknown.message


async def test_a_declined_day_counts_as_it_did(room: World) -> None:
    """The question says who declined; it is told in the thread, and the day may be asked for again."""
    number = await ask(room, 1)
    outcome = await room.ask(f"decline {number}", actor=BEN, role=Role.APPROVER)
    assert outcome.message == f"Request {number} to void {DAYS[1].date} is declined; the day counts as it did."
    edit, told = said(room, "void_decided")
    assert (edit.notice.decision, edit.notice.decided_by, told.placement) == ("declined", BEN, "thread")
    assert (await streak_of(room.desk, room.trader_desk)).passed == 1
    assert (await approve(room, number)).reason == "answered"
    assert await ask(room, 1) > number


async def test_who_asked_may_withdraw(room: World) -> None:
    """An operator too, from wherever they asked."""
    number = await ask(room, 1)
    outcome = await room.ask(f"decline {number}")
    assert "withdrawn" in outcome.message
    assert room.ledger.of_kind("void_refused")[0].why == "declined"


async def test_what_cannot_be_recorded_is_not_void(room: World) -> None:
    """The approver is told, and may try again."""
    number = await ask(room, 1)
    room.ledger.refuses = lambda draft: LedgerBroken("Full.") if draft.body.kind == "day_voided" else None
    assert (await approve(room, number)).exit_code == 5
    assert (await streak_of(room.desk, room.trader_desk)).passed == 1
    room.ledger.refuses = lambda draft: None
    assert (await approve(room, number)).outcome == "done"


async def test_a_request_is_about_its_own_trader(room: World) -> None:
    """Who may approve for one trader approves nothing of another's by its number."""
    number = await ask(room, 1)
    other = await room.ask(f"approve {number} gap", actor=BEN, role=Role.APPROVER)
    assert other.outcome == "refused"
    assert room.ledger.of_kind("day_voided") == []


async def test_an_inconclusive_day_that_resets_does_so_no_more() -> None:
    """Under a policy that resets, a void day does not."""
    room = room_after(2, policy=POLICY.model_copy(update={"inconclusive": InconclusiveDays.RESET}))
    await lived(room, P, I, P)
    assert (await streak_of(room.desk, room.trader_desk)).passed == 1
    await void(room, 1)
    assert (await streak_of(room.desk, room.trader_desk)).passed == 2
