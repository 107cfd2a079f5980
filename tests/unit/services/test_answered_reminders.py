"""Reminders that people answer: snoozed, taken, done; said again once, and shown as they stand."""

from datetime import datetime, timedelta

import pytest

from bot.daybook import said
from bot.domain.agenda import ReminderTimes
from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import Body, DayClosed, Draft, DrillMeasured, MessageQueued, SessionOpened
from bot.domain.notice import Announcement, Placement, Reminder, ReminderAnswer
from bot.domain.people import BOT, INSIDE, Actor
from bot.domain.standing import DayVoided
from bot.domain.verdict import Verdict
from bot.errors import LedgerBroken
from bot.ports import Posted
from bot.reminded import answer_to, reminders_said
from bot.services.answered_reminders import AnsweredReminders
from bot.services.reminders import Reminders
from commands.dispatcher import Outcome
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, clean_drill
from tests.support.fakes import ASHA, IN_CHANNEL, FakeTimer, ListCalendar, World, sessions, world
from tests.support.void_room import meanwhile

DAYS = sessions(2, seconds=3600.0)
DAY = DAYS[0].date
TIMES = ReminderTimes()
BEN = Actor(kind="slack", id="U02", name="Ben")
KEY = f"reminder:orb:{DAY}"


class Desk:
    """A desk with reminders, and with the follow-up of what people answer to them."""

    def __init__(self, at: datetime) -> None:
        self.room: World = world(ManualClock(at), ListCalendar(DAYS))
        self.timer = FakeTimer()
        self.away = False  # whether nothing can be said
        Reminders(self.room.desk, self.timer, TIMES).start()
        self.restart()

    def restart(self) -> None:
        """Begin the follow-up as a new process does."""
        self.follow_up = AnsweredReminders(self.room.desk, TIMES)

    async def until(self, at: datetime) -> None:
        """Let time pass: say what is due, and follow up on what was answered."""
        await self.room.clock.advance((at - self.room.clock.now()).total_seconds())
        for name, (when, job) in list(self.timer.jobs.items()):
            if when <= at:
                del self.timer.jobs[name]
                await job()
        await self.speak()
        await self.follow_up.look()

    async def speak(self) -> None:
        """Say what is unsaid, as the outbox does."""
        for entry in () if self.away else await self.room.ledger.unsent():
            assert isinstance(entry.body, MessageQueued)
            await self.room.ledger.append(said(entry.body.announcement, Posted("C1", "1"), self.room.clock.now()))

    async def record(self, body: Body, actor: Actor = BOT) -> None:
        """Append what somebody else would, and follow up on it."""
        draft = Draft(at=self.room.clock.now(), body=body, actor=actor, origin=INSIDE, trader="orb", day=DAY)
        await self.room.ledger.append(draft)
        await self.follow_up.look()

    async def ask(self, line: str, actor: Actor = ASHA) -> Outcome:
        """Have somebody type a line."""
        return await self.room.ask(line, actor=actor)

    def drilled(self) -> Draft:
        """Return what is recorded of a drill."""
        body = DrillMeasured(run=clean_drill(DAYS[0], seconds=5))
        return Draft(at=self.room.clock.now(), body=body, actor=ASHA, origin=INSIDE, trader="orb", day=DAY)

    async def taken_before_the_drill(self, actor: Actor) -> None:
        """Record an answer that was drafted while the reminder was not settled."""
        (said,) = await reminders_said(self.room.desk, self.room.trader_desk, DAY)
        answer = ReminderAnswer(actor=actor, answer="taken", at=self.room.clock.now())
        await self.room.ledger.append(*answer_to(said, answer, "orb", IN_CHANNEL))

    @property
    def keys(self) -> list[str]:
        """The keys of the reminders that were said."""
        return [one.key for one in self._queued() if one.placement is not Placement.EDIT]

    def shown(self, about: str = "no_drill_yet") -> list[tuple[str, str]]:
        """Who answered how, as a reminder's message reads now."""
        edits = [one for one in self._queued() if one.edits == f"{KEY}:{about}"]
        notice = edits[-1].notice if edits else None
        return [(str(one.actor), one.answer) for one in notice.answers] if isinstance(notice, Reminder) else []

    def _queued(self) -> list[Announcement]:
        queued = (body.announcement for body in self.room.ledger.of_kind("message_queued"))
        return [one for one in queued if isinstance(one.notice, Reminder)]


async def half_way() -> Desk:
    """A session in which the reminder to drill has just been said."""
    desk = Desk(OPENS + timedelta(minutes=1))
    await desk.until(OPENS + timedelta(minutes=30))
    assert desk.keys == [f"{KEY}:no_drill_yet"]
    return desk


async def closed_soon() -> Desk:
    """A session that is over; nobody has closed the day."""
    desk = Desk(OPENS + timedelta(minutes=1))
    provenance = Provenance(build="b1", policy="p", rules="d")
    await desk.record(SessionOpened(session=DAYS[0], number=1, required=3, provenance=provenance))
    await desk.record(DrillMeasured(run=clean_drill(DAYS[0], seconds=5)))
    await desk.until(DAYS[0].closes + timedelta(seconds=1))
    assert desk.keys == [f"{KEY}:close_due"]
    return desk


async def test_a_snoozed_reminder_is_said_again_once() -> None:
    """Ten minutes later it is said anew, under a key of its own, and names who snoozed it; then it is quiet."""
    desk = await half_way()
    outcome = await desk.ask(f"snooze no_drill_yet orb {DAY}")
    assert (outcome.outcome, outcome.message) == (
        "done", "Asha snoozed it at 09:45 IST; it is said again at 09:55 IST.",
    )  # fmt: skip
    assert desk.shown() == [("Asha", "snoozed")]
    await desk.until(OPENS + timedelta(minutes=39, seconds=50))
    assert len(desk.keys) == 1
    await desk.until(OPENS + timedelta(minutes=41))
    await desk.until(OPENS + timedelta(minutes=45))
    assert desk.keys == [f"{KEY}:no_drill_yet", f"{KEY}:no_drill_yet:again"]
    again = desk.room.ledger.of_kind("message_queued")[-1].announcement
    assert (again.placement, again.notice.again_for, again.notice.answers) == (Placement.THREAD, ASHA, ())


async def test_a_restart_neither_loses_a_snooze_nor_says_it_twice() -> None:
    """What was snoozed is in the ledger; so is what was said again."""
    desk = await half_way()
    await desk.ask("snooze")
    desk.restart()
    await desk.until(OPENS + timedelta(minutes=35))
    desk.restart()
    await desk.until(OPENS + timedelta(minutes=45))
    desk.restart()
    await desk.until(OPENS + timedelta(minutes=50))
    assert desk.keys == [f"{KEY}:no_drill_yet", f"{KEY}:no_drill_yet:again"]


async def test_who_snoozes_in_the_moment_in_which_another_takes_it_is_told_so() -> None:
    """Nothing is promised that will not come, and the message names who has it."""
    desk = await half_way()
    meanwhile(desk.room, "reminder_answered", lambda: desk.ask("take", BEN))
    outcome = await desk.ask("snooze")
    assert (outcome.outcome, outcome.message) == ("refused", "Ben has it since 09:45 IST; it is not said again.")
    assert desk.shown() == [("Ben", "taken")]


async def test_who_takes_it_in_the_moment_in_which_another_snoozes_it_is_shown_beside_them() -> None:
    """Both answers stand, in their order."""
    desk = await half_way()
    meanwhile(desk.room, "reminder_answered", lambda: desk.ask("snooze", BEN))
    assert (await desk.ask("take")).outcome == "done"
    assert desk.shown() == [("Ben", "snoozed"), ("Asha", "taken")]


async def test_what_is_settled_in_the_moment_in_which_it_is_taken_shows_both() -> None:
    """The follow-up looks again at what it did not know of."""
    desk = await half_way()
    await desk.room.ledger.append(desk.drilled())
    meanwhile(desk.room, "reminder_answered", lambda: desk.taken_before_the_drill(BEN))
    await desk.follow_up.look()
    await desk.follow_up.look()
    assert desk.shown() == [("Ben", "taken"), ("Asha", "done")]


async def test_it_may_be_snoozed_again_when_it_is_said_again() -> None:
    """The newest message is the one that is answered."""
    desk = await half_way()
    await desk.ask("snooze")
    assert (await desk.ask("snooze", BEN)).reason == "snoozed"
    await desk.until(OPENS + timedelta(minutes=40))
    assert (await desk.ask("snooze", BEN)).outcome == "done"
    await desk.until(OPENS + timedelta(minutes=50))
    assert desk.keys[-1] == f"{KEY}:no_drill_yet:again:again"


async def test_who_has_it_is_named_and_nobody_is_asked_again() -> None:
    """Taken within the ten minutes, it is not said again; a second person is told who was first."""
    desk = await half_way()
    await desk.ask("snooze")
    outcome = await desk.ask("take", BEN)
    assert outcome.message == "Ben has it since 09:45 IST; it is not said again."
    assert desk.shown() == [("Asha", "snoozed"), ("Ben", "taken")]
    late = await desk.ask("take")
    assert (late.outcome, late.reason, late.message) == ("refused", "taken", outcome.message)
    await desk.until(OPENS + timedelta(minutes=45))
    assert len(desk.keys) == 1


async def test_of_two_who_take_it_at_the_same_moment_the_first_has_it() -> None:
    """The second is told that the first has it; the ledger holds one answer."""
    desk = await half_way()

    def overtaken(draft: Draft) -> None:
        if draft.body.kind == "reminder_answered":
            desk.room.ledger.refuses = lambda _: None
            with pytest.raises(StopIteration):  # it was appended, without a pause
                desk.room.ledger.append(draft.model_copy(update={"actor": ASHA})).send(None)

    desk.room.ledger.refuses = overtaken
    outcome = await desk.ask("take", BEN)
    assert (outcome.outcome, outcome.message) == ("done", "Asha has it since 09:45 IST; it is not said again.")
    assert len(desk.room.ledger.of_kind("reminder_answered")) == 1


async def test_a_drill_ends_it_and_the_reminder_says_whose() -> None:
    """Once it is done, nothing is said again and no button is left."""
    desk = await half_way()
    await desk.ask("snooze")
    await desk.record(DrillMeasured(run=clean_drill(DAYS[0], seconds=5)), BEN)
    await desk.record(DrillMeasured(run=clean_drill(DAYS[0], seconds=9)), ASHA)
    await desk.until(OPENS + timedelta(minutes=50))
    assert desk.shown() == [("Asha", "snoozed"), ("Ben", "done")]
    assert len(desk.keys) == 1
    refused = await desk.ask("take")
    assert refused.reason == "nothing_left"
    assert 'about the reminder "no drill yet" of ' in refused.message


async def test_what_was_done_while_the_bot_was_away_is_shown_when_it_is_back() -> None:
    """The first look of a new process is at every day that may still matter."""
    desk = await closed_soon()
    record = DayRecord(session=DAYS[0], verdict=Verdict.PASS, criteria=())
    closed = Draft(
        at=desk.room.clock.now(), body=DayClosed(record=record), actor=BEN, origin=INSIDE, trader="orb", day=DAY
    )
    await desk.room.ledger.append(closed)
    desk.restart()
    await desk.follow_up.look()
    assert desk.shown("close_due") == [("Ben", "done")]


async def test_a_void_day_asks_for_nothing() -> None:
    """What was said says so, and what is due is not said."""
    desk = await half_way()
    await desk.record(DayVoided(request=1, reason="the exchange was down", asked_by=ASHA), BEN)
    assert desk.shown() == [("Ben", "void")]
    await desk.until(DAYS[0].closes + timedelta(hours=2))
    assert len(desk.keys) == 1


async def test_a_snooze_that_ends_too_late_is_refused() -> None:
    """Ten minutes before the close there is no time to lose; after it nothing is left to do."""
    desk = await half_way()
    await desk.room.clock.advance(21 * 60.0)
    late = await desk.ask("snooze")
    assert (late.reason, late.message, late.hint) == (
        "too_late", "It can be done only until 10:15 IST, so it is not snoozed. Do it, or take it.", "take",
    )  # fmt: skip
    await desk.room.clock.advance(10 * 60.0)
    assert (await desk.ask("snooze")).reason == "nothing_left"


async def test_a_snoozed_close_gives_way_to_the_one_that_is_overdue() -> None:
    """Nobody is told the same thing twice in one minute."""
    desk = await closed_soon()
    await desk.until(DAYS[0].closes + timedelta(minutes=55))
    await desk.ask("snooze")
    await desk.until(DAYS[0].closes + timedelta(hours=2))
    assert desk.keys == [f"{KEY}:close_due", f"{KEY}:close_overdue"]


async def test_a_session_that_opens_soon_cannot_be_snoozed() -> None:
    """It can be taken, until it opens."""
    desk = Desk(OPENS - timedelta(minutes=15))
    await desk.until(OPENS - timedelta(minutes=14))
    assert (await desk.ask("snooze")).reason == "no_snooze"
    assert (await desk.ask("take opens-soon")).outcome == "done"
    assert desk.shown("opens_soon") == [("Asha", "taken")]
    provenance = Provenance(build="b1", policy="p", rules="d")
    await desk.until(OPENS)
    await desk.record(SessionOpened(session=DAYS[0], number=1, required=3, provenance=provenance))
    assert desk.shown("opens_soon") == [("Asha", "taken"), ("burnin", "done")]


async def test_without_a_reminder_there_is_nothing_to_answer() -> None:
    """It says so, and nothing is recorded but the try."""
    desk = Desk(OPENS + timedelta(minutes=1))
    assert (await desk.ask("take")).reason == "no_reminder"
    assert (await desk.ask(f"snooze close_due orb {DAY}")).reason == "no_reminder"


async def test_a_ledger_that_is_away_is_looked_at_again() -> None:
    """What was snoozed is said as soon as it can be."""
    desk = await half_way()
    await desk.ask("snooze")
    await desk.until(OPENS + timedelta(minutes=31))
    await desk.room.clock.advance(10 * 60.0)
    desk.room.ledger.refuses = lambda _: LedgerBroken("The ledger is away; bring it back.")
    with pytest.raises(LedgerBroken):
        await desk.follow_up.look()
    desk.room.ledger.refuses = lambda _: None
    await desk.follow_up.look()
    assert desk.keys == [f"{KEY}:no_drill_yet", f"{KEY}:no_drill_yet:again"]


async def test_what_was_not_said_yet_is_not_edited_yet() -> None:
    """While Slack is away the drill is run; once the reminder stands there, it says so."""
    desk = Desk(OPENS + timedelta(minutes=1))
    desk.away = True
    await desk.until(OPENS + timedelta(minutes=30))
    await desk.record(DrillMeasured(run=clean_drill(DAYS[0], seconds=5)), BEN)
    assert (desk.keys, desk.shown()) == ([f"{KEY}:no_drill_yet"], [])
    desk.away = False
    await desk.until(OPENS + timedelta(minutes=31))
    assert desk.shown() == [("Ben", "done")]
