"""When a day is not closed: too early, never watched, still measured, or not provable any more."""

from datetime import timedelta

import pytest

from bot.domain.entry import (
    CommandFinished,
    CommandStarted,
    Draft,
)
from bot.domain.people import BOT, INSIDE
from bot.domain.session import Session
from bot.errors import LedgerBroken
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ASHA, IN_CHANNEL, ListCalendar, World, world
from tests.support.lived_day import live


@pytest.mark.parametrize(("at", "left"), [(30, "30 s"), (60, "1 s")])
async def test_before_the_end_it_is_refused_with_the_time_left(desk: World, at: int, left: str) -> None:
    """The closing instant belongs to the session; nothing runs before it has passed."""
    await desk.clock.advance(at - 30)
    outcome = await desk.ask("close")
    assert (outcome.exit_code, outcome.reason) == (4, "session_not_ended")
    assert outcome.message == (
        f"The session of 2026-11-23 is still open: it ends at 09:16:00 IST, {left} to go. Close it then. "
        "Until then it needs a drill that passes."
    )
    assert outcome.hint == "drill"  # nobody has drilled yet, and that can be done now
    assert desk.runner.ran == []


async def test_a_session_to_come_cannot_be_closed(desk: World) -> None:
    """A named day that has not opened yet is refused with the time until its end."""
    outcome = await desk.ask("close 2026-11-24")
    assert outcome.message == (
        "The session of 2026-11-24 has not opened yet: it opens Tue 24 Nov 09:15:00 IST, in 1 d 0 h. "
        "Close it once it has ended, at 09:16:00 IST."
    )
    assert outcome.hint == "status"


async def test_at_night_the_day_that_waits_is_offered(desk: World, days: tuple[Session, ...]) -> None:
    """After midnight today is the day to come; the one that ended is named, and offered."""
    await live(desk, days[0])
    await desk.clock.advance(18 * 3600.0)
    outcome = await desk.ask("close today")
    assert "The one of 2026-11-23 waits for its close." in outcome.message
    assert outcome.hint == "close 2026-11-23"


async def test_without_a_session_there_is_nothing_to_close(days: tuple[Session, ...]) -> None:
    """Before the first session of the calendar, close says so."""
    room = world(ManualClock(OPENS - timedelta(days=1)), ListCalendar(days))
    outcome = await room.ask("close")
    assert (outcome.exit_code, outcome.reason) == (4, "no_session")


async def test_a_day_before_the_burn_in_is_not_closed(desk: World, days: tuple[Session, ...]) -> None:
    """What nobody watched before the first watched session is refused, and stands on no record."""
    await live(desk, days[1])
    for line in (f"close {days[0].date}", "close yesterday"):
        outcome = await desk.ask(line)
        assert (outcome.exit_code, outcome.reason) == (4, "never_watched")
    assert desk.ledger.of_kind("day_closed") == []


async def test_nothing_is_judged_on_a_ledger_that_does_not_verify(desk: World, days: tuple[Session, ...]) -> None:
    """An entry that was changed behind the program's back: exit 5 names it, and no verdict is recorded."""
    await live(desk, days[0])
    first = desk.ledger.chain[0]
    desk.ledger.chain[0] = first.model_copy(update={"trader": "another"})
    outcome = await desk.ask("close")
    assert outcome.exit_code == 5
    assert "does not verify at entry 1" in outcome.message
    desk.ledger.chain[0] = first
    assert desk.ledger.of_kind("day_closed") == []


@pytest.mark.parametrize("command", ["drill", "flatten"])
async def test_a_close_waits_for_what_is_still_measured(desk: World, days: tuple[Session, ...], command: str) -> None:
    """A drill or flatten that began in the session may yet fail it, so the close is refused and names who runs it."""
    await live(desk, days[0])
    at = days[0].closes - timedelta(seconds=1)
    body = CommandStarted(command=command, expires_at=at + timedelta(minutes=15))
    (running,) = await desk.ledger.append(Draft(at=at, body=body, actor=ASHA, origin=IN_CHANNEL, trader="orb"))
    outcome = await desk.ask("close")
    assert (outcome.exit_code, outcome.reason) == (4, "still_measuring")
    assert f"Asha's {command}" in outcome.message
    ended = CommandFinished(started=running.seq, command=command, outcome="done")
    await desk.ledger.append(Draft(at=desk.clock.now(), body=ended, actor=ASHA, origin=IN_CHANNEL, trader="orb"))
    assert (await desk.ask("close")).outcome == "done"


async def test_a_close_does_not_wait_for_the_bot_to_clear_away(desk: World, days: tuple[Session, ...]) -> None:
    """What the bot flattens after a drill measures nothing, and may take as long as the trader is away."""
    await live(desk, days[0])
    at = days[0].closes - timedelta(seconds=1)
    body = CommandStarted(command="flatten", args={"of": 1}, expires_at=at + timedelta(minutes=15))
    await desk.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb"))
    assert (await desk.ask("close")).outcome == "done"


async def test_trouble_with_the_ledger_leaves_the_day_open(desk: World, days: tuple[Session, ...]) -> None:
    """Evidence that cannot be stored is not judged; the next close may succeed."""
    await live(desk, days[0])
    desk.ledger.refuses = lambda draft: LedgerBroken("Full.") if draft.body.kind == "reconcile_measured" else None
    assert (await desk.ask("close")).exit_code == 5
    assert desk.ledger.of_kind("day_closed") == []
    desk.ledger.refuses = lambda draft: None
    assert (await desk.ask("close")).exit_code == 0


async def test_a_day_whose_samples_are_retired_is_not_closed(desk: World, days: tuple[Session, ...]) -> None:
    """Nothing could be proven of it any more, whatever Prometheus still has."""
    await live(desk, days[0])
    await desk.ledger.retire_samples(desk.clock.now(), "orb", days[0].date)
    outcome = await desk.ask("close")
    assert (outcome.outcome, outcome.reason) == ("refused", "samples_retired")
    assert "older than policy.samples_kept and deleted" in outcome.message
