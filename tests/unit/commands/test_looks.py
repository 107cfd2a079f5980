"""Commands that only look: check, reconcile's answer, status, day, history, audit and help."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import (
    DayClosed,
    Draft,
    DrillMeasured,
    FlattenMeasured,
    ReconcileMeasured,
    SessionOpened,
    WatchBreached,
)
from bot.domain.evidence import ReconcileCheck, ReconcileRun
from bot.domain.metrics import LEADER, SCAN_TICKS
from bot.domain.people import BOT, INSIDE, Role
from bot.domain.policy import Policy
from bot.domain.results import AuditReport, CheckReport, DayReport, HelpReport, HistoryReport, StatusList
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.errors import TraderUnreachable
from tests.support.clock import ManualClock, settle
from tests.support.evidence import OPENS, clean_drill, clean_flatten, counter, gauge
from tests.support.fake_trader import healthy
from tests.support.fakes import ListCalendar, World, finish, request, world


async def record(desk: World, session: Session, body: Any) -> None:
    """Append what somebody else would."""
    at = desk.clock.now()
    await desk.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date))


def closed(session: Session, verdict: Verdict = Verdict.PASS, build: str = "b1") -> DayClosed:
    """Return a closed day."""
    provenance = Provenance(build=build, policy="p", rules="")
    return DayClosed(record=DayRecord(session=session, verdict=verdict, criteria=(), provenance=provenance))


# --- check


async def test_a_check_takes_two_readings_where_nobody_watches(desk: World) -> None:
    """Ticks must be seen to rise: it reads, waits one interval, and reads again."""

    desk.trader.takes["scrape"] = 0.0
    outcome = await desk.ask("check")
    assert isinstance(outcome.report, CheckReport)
    assert desk.trader.asked.count("scrape") == 2
    assert (outcome.exit_code, outcome.report.verdict) == (3, "INCONCLUSIVE")
    assert outcome.message == "no_increase"
    assert outcome.seconds == pytest.approx(1.0, abs=0.06)


async def test_a_check_compares_with_what_the_watch_read(desk: World) -> None:
    """Where this process watches, a check is one scrape."""
    earlier = Sample(desk.clock.now() - timedelta(seconds=20), {**healthy(), SCAN_TICKS: counter(80.0)})
    desk.desk.recent.put("orb", earlier, timedelta(seconds=60))
    outcome = await desk.ask("check")
    assert (outcome.exit_code, desk.trader.asked.count("scrape")) == (0, 1)


async def test_readings_of_the_last_session_are_too_old_to_compare_with(desk: World) -> None:
    """Ticks since yesterday say nothing about now."""
    earlier = Sample(desk.clock.now() - timedelta(hours=3), {**healthy(), SCAN_TICKS: counter(80.0)})
    desk.desk.recent.put("orb", earlier, timedelta(seconds=60))
    assert (await desk.ask("check")).exit_code == 3


async def test_the_window_keeps_one_reading_that_is_old_enough() -> None:
    """Old samples go as soon as a younger one spans the window; of the others every fifth second's stays."""
    room = world(ManualClock(OPENS), ListCalendar(()))
    for second in range(100):
        room.desk.recent.put("orb", Sample(OPENS + timedelta(seconds=second), {}), timedelta(seconds=60))
    oldest = room.desk.recent.oldest("orb", OPENS)
    assert oldest is not None
    assert oldest.at == OPENS + timedelta(seconds=35)
    younger = room.desk.recent.oldest("orb", OPENS + timedelta(seconds=39))
    assert younger is not None
    assert younger.at == OPENS + timedelta(seconds=40)
    assert room.desk.recent.oldest("gap", OPENS) is None


async def test_a_check_fails_on_a_gauge_off_its_target(desk: World) -> None:
    """Leader 0 is FAIL, whatever else is fine."""
    desk.trader.readings[LEADER] = gauge(0.0)
    outcome = await desk.ask("check")
    assert (outcome.exit_code, outcome.report.verdict) == (1, "FAIL")  # type: ignore[union-attr]


async def test_a_trader_that_is_away_is_one_sentence(desk: World) -> None:
    """Unreachable metrics are exit 5; a `/ready` that is away is shown, and passes nothing."""
    desk.trader.trouble["ready"] = TraderUnreachable("No answer.")
    outcome = await desk.ask("check")
    assert (outcome.exit_code, outcome.report.ready) == (3, {"error": "No answer."})  # type: ignore[union-attr]
    desk.trader.trouble["scrape"] = TraderUnreachable("No answer from the trader.")
    outcome = await desk.ask("check")
    assert (outcome.exit_code, outcome.message) == (5, "No answer from the trader.")


@pytest.mark.parametrize("says", [{"ready": False}, {"status": 503}, {"ready": "yes"}])
async def test_a_trader_that_is_not_ready_passes_no_check(desk: World, says: dict[str, Any]) -> None:
    """Good gauges of a trader that does not say that it is ready are INCONCLUSIVE."""
    desk.trader.says_ready = says
    outcome = await desk.ask("check")
    assert (outcome.exit_code, outcome.report.verdict) == (3, "INCONCLUSIVE")  # type: ignore[union-attr]


# --- reconcile


async def test_a_reconcile_in_session_looks_at_what_has_passed_of_it(desk: World, days: tuple[Session, ...]) -> None:
    """The window ends now, and the result is evidence of the day, told in its thread."""
    outcome = await desk.ask("reconcile")
    (measured,) = desk.ledger.of_kind("reconcile_measured")
    assert (measured.run.opened, measured.run.closed) == (days[0].opens, days[0].opens + timedelta(seconds=30))
    assert desk.ledger.kinds()[1:] == ["reconcile_measured", "message_queued", "command_finished"]
    assert outcome.exit_code == 0


async def test_a_reconcile_afterwards_looks_at_the_whole_session(desk: World, days: tuple[Session, ...]) -> None:
    """After the close it is the session that closed last, or the day that is named."""
    await desk.clock.advance(86_400.0 + 3_600.0)
    await desk.ask("reconcile 2026-11-23")
    (measured,) = desk.ledger.of_kind("reconcile_measured")
    assert (measured.run.opened, measured.run.closed) == (days[0].opens, days[0].closes)


async def test_a_violation_fails_and_shows_its_rows(desk: World) -> None:
    """Each check is told with its rows."""
    check = ReconcileCheck(name="orphans", rows=1, sample=({"id": 7},))
    broken = ReconcileCheck(name="duplicates", rows=None, error="no such table")
    at = desk.clock.now()
    desk.book.run = ReconcileRun(at=at, opened=at, closed=at, orders=3, checks=(check, broken))
    outcome = await desk.ask("reconcile")
    assert outcome.exit_code == 1
    shown = [(c.name, c.rows, c.verdict, c.sample) for c in outcome.report.checks]  # type: ignore[union-attr]
    assert shown == [("orphans", 1, "FAIL", ({"id": 7},)), ("duplicates", None, "INCONCLUSIVE", ())]


async def test_without_a_database_it_says_what_to_set(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """INCONCLUSIVE, with the key of the configuration."""
    outcome = await world(clock, ListCalendar(days), book=False).ask("reconcile")
    assert outcome.exit_code == 3
    assert "set traders[].database" in outcome.message


async def test_a_session_to_come_cannot_be_reconciled(desk: World) -> None:
    """There is nothing to look at yet."""
    outcome = await desk.ask("reconcile 2026-11-24")
    assert (outcome.exit_code, outcome.reason) == (4, "no_session")


# --- which day is meant


@pytest.mark.parametrize("word", ["holiday-x", "26-1-1"])
async def test_a_word_that_is_no_day_is_told_what_a_day_is(desk: World, word: str) -> None:
    """It could only be a trader then; the answer tells both ways to be right."""
    outcome = await desk.ask(f"close {word}")
    assert (outcome.exit_code, outcome.reason) == (2, "usage")
    assert f"No trader is called '{word}'; there is orb. A day is 2026-11-20, 20 Nov, monday, today" in outcome.message


async def test_a_very_long_word_is_not_repeated_whole(desk: World) -> None:
    """What was pasted by mistake does not fill the answer."""
    assert len((await desk.ask("check " + "x" * 2500)).message) < 200


@pytest.mark.parametrize(
    ("at", "word", "shown"),
    [
        ("2026-11-23T03:45:30", "today", "2026-11-23"),  # in session
        ("2026-11-23T10:00:00", "today", "2026-11-23"),  # closed today
        ("2026-11-24T02:00:00", "today", "2026-11-24"),  # opens today
        ("2026-11-28T10:00:00", "today", "2026-11-26"),  # no session today: the last one
        ("2026-11-24T03:45:30", "yesterday", "2026-11-23"),
        ("2026-11-24T10:00:00", "yesterday", "2026-11-23"),
        ("2026-11-25T02:00:00", "yesterday", "2026-11-24"),
        ("2026-11-28T10:00:00", "yesterday", "2026-11-26"),
        ("2026-11-23T03:45:30", "tomorrow", "2026-11-24"),
        ("2026-11-23T02:00:00", "tomorrow", "2026-11-24"),
        ("2026-11-28T10:00:00", "2026-11-24", "2026-11-24"),
        ("2026-11-28T10:00:00", "24 nov", "2026-11-24"),
        ("2026-11-28T10:00:00", "on tuesday", "2026-11-24"),
        ("2026-11-24T03:45:30", "last Monday", "2026-11-23"),
        ("2026-11-23T10:00:00", "", "2026-11-23"),
    ],
)
async def test_today_and_yesterday_are_sessions(days: tuple[Session, ...], at: str, word: str, shown: str) -> None:
    """Today is this date's session, before it opens and after it closed too; yesterday is the session before."""
    room = world(ManualClock(datetime.fromisoformat(f"{at}+00:00")), ListCalendar(days))
    assert str((await room.ask(f"day {word}")).report.date) == shown  # type: ignore[union-attr]


async def test_a_day_without_a_session_is_said(desk: World) -> None:
    """A holiday is no typo, but there is nothing to show."""
    outcome = await desk.ask("day 2026-12-25")
    assert (outcome.exit_code, outcome.hint) == (2, "day 2026-11-23")
    assert outcome.message == (
        "orb has no session on 2026-12-25: a holiday, or beyond its calendar. The last one is 2026-11-23 (Monday)."
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("05/11", "05/11: it could be 2026-11-05 or 2027-05-11; write one of these."),
        ("2026-02-30", "2026-02-30: there is no such day."),
        ("fri 24 nov", "fri 24 nov: 2026-11-24 is a Tuesday; write 2026-11-24, or another day."),
        ("sunday", "orb has no session on sunday (Sun 2026-11-22): a holiday, or beyond its calendar."),
    ],
)
async def test_a_day_that_is_in_doubt_is_not_guessed(desk: World, word: str, said: str) -> None:
    """It is told why, and no day is closed by mistake."""
    outcome = await desk.ask(f"close {word}")
    assert (outcome.exit_code, outcome.reason) == (2, "usage")
    assert said in outcome.message


async def test_a_calendar_without_sessions_is_said() -> None:
    """A desk whose calendar is empty is told where to look; status still answers."""
    room = world(ManualClock(OPENS), ListCalendar(()))
    assert (await room.ask("day")).reason == "no_session"
    assert (await room.ask("reconcile")).reason == "no_session"
    (status,) = (await room.ask("status")).report.traders  # type: ignore[union-attr]
    assert (status.day, status.next_session, status.next_step) == (None, None, "")


# --- day, status, history


async def test_an_open_day_shows_what_was_seen_so_far(desk: World, days: tuple[Session, ...]) -> None:
    """Drill and flatten as the day's judge will see them, breaches that were told, and no verdict."""
    await record(desk, days[0], DrillMeasured(run=clean_drill(days[0], seconds=5)))
    await record(desk, days[0], FlattenMeasured(timing=clean_flatten(days[0], seconds=6)))
    flat = clean_flatten(days[0], seconds=8).model_copy(update={"positions_before": 0})
    await record(desk, days[0], FlattenMeasured(timing=flat))
    for verdict, detail in ((Verdict.INCONCLUSIVE, "no answer"), (Verdict.FAIL, "it reads 0"), (Verdict.FAIL, "again")):
        await record(
            desk, days[0], WatchBreached(criterion=LEADER, verdict=verdict, at=desk.clock.now(), detail=detail)
        )
    report = (await desk.ask("day")).report
    assert isinstance(report, DayReport)
    assert (report.state, report.verdict) == ("open", None)
    shown = {result.id: (result.verdict, result.reason) for result in report.criteria}
    assert shown == {
        "leader": ("FAIL", "breach_seen"),
        "drill": ("PASS", "proven"),
        "flatten": ("PASS", "proven"),
        "reconcile": ("INCONCLUSIVE", "not_run"),
    }
    assert next(result.detail for result in report.criteria if result.id == "leader") == "it reads 0"


async def test_a_reconcile_that_failed_stays_shown(desk: World, days: tuple[Session, ...]) -> None:
    """A later clean run does not hide the violation."""
    bad = ReconcileCheck(name="orphans", rows=1)
    at = desk.clock.now()
    for checks in ((bad,), (bad.model_copy(update={"rows": 0}),)):
        run = ReconcileRun(at=at, opened=at, closed=at, orders=3, checks=checks)
        await record(desk, days[0], ReconcileMeasured(run=run))
    shown = {result.id: result.verdict for result in (await desk.ask("day")).report.criteria}  # type: ignore[union-attr]
    assert shown["reconcile"] == "FAIL"


async def test_status_says_what_to_do_next(desk: World, days: tuple[Session, ...]) -> None:
    """Drill, then nothing, then close where anybody watched, then nothing."""

    async def step() -> str:
        report = (await desk.ask("status")).report
        assert isinstance(report, StatusList)
        return report.traders[0].next_step

    assert await step() == "drill"
    await record(desk, days[0], DrillMeasured(run=clean_drill(days[0], seconds=5)))
    assert await step() == ""
    await desk.clock.advance(60.0)
    assert await step() == ""
    await record(desk, days[0], SessionOpened(session=days[0], number=1, required=3, provenance=Provenance()))
    assert await step() == "close"
    await record(desk, days[0], closed(days[0]))
    assert await step() == ""


async def test_an_excluded_drill_is_not_asked_for(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """Nobody is sent to drill where the policy excludes it."""
    policy = Policy(excluded={"drill": "no injector here"})
    (status,) = (await world(clock, ListCalendar(days), policy=policy).ask("status")).report.traders  # type: ignore[union-attr]
    assert status.next_step == ""


async def test_status_shows_every_trader_or_one(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """Without a name all of them."""
    room = world(clock, ListCalendar(days), names=("orb", "gap"))
    names = [[s.trader for s in (await room.ask(line)).report.traders] for line in ("status", "status gap")]  # type: ignore[union-attr]
    assert names == [["orb", "gap"], ["gap"]]


async def test_history_is_newest_first_each_with_its_streak(desk: World, days: tuple[Session, ...]) -> None:
    """Every day shows the streak as it was then, and the list is cut to what was asked for."""
    for session, verdict in zip(days, (Verdict.PASS, Verdict.FAIL, Verdict.PASS, Verdict.PASS), strict=True):
        await record(desk, session, closed(session, verdict))
    report = (await desk.ask("history --last 3")).report
    assert isinstance(report, HistoryReport)
    assert [(str(day.date)[-2:], day.verdict, day.streak.passed) for day in report.days] == [
        ("26", "PASS", 2), ("25", "PASS", 1), ("24", "FAIL", 0),
    ]  # fmt: skip
    assert report.streak.passed == 2


# --- audit


async def test_the_audit_trail_is_newest_first_without_itself(desk: World) -> None:
    """Who, where, what, how it ended; the asking audit is not among its own rows."""
    await desk.ask("help")
    await desk.ask("drill --qty 0")
    report = (await desk.ask("audit")).report
    assert isinstance(report, AuditReport)
    assert [(row.command, row.outcome, row.actor) for row in report.rows] == [
        ("drill", "refused", "Asha"), ("help", "done", "Asha"),
    ]  # fmt: skip


async def test_the_audit_trail_of_one_trader_among_many(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """As many rows as were asked for, however busy the others were."""
    room = world(clock, ListCalendar(days), names=("orb", "gap"))
    await room.ask("day gap")
    for _ in range(30):
        await room.ask("day orb")
    rows = (await room.ask("audit gap --last 1")).report.rows  # type: ignore[union-attr]
    assert [(row.trader, row.outcome) for row in rows] == [("gap", "done")]


async def test_an_outcome_far_behind_its_intent_is_found(desk: World) -> None:
    """A command that ended long after others began does not show as running."""
    desk.trader.takes["ready"] = 2.0
    task = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    for _ in range(20):
        await desk.dispatcher.run(request("help"))
    await finish(desk.clock, asyncio.wait_for(task, None))
    rows = (await desk.ask("audit --last 21")).report.rows  # type: ignore[union-attr]
    assert (len(rows), rows[-1].command, rows[-1].outcome) == (21, "drill", "done")


async def test_an_empty_audit_trail_is_empty(desk: World) -> None:
    """Nobody did anything yet."""
    assert (await desk.ask("audit")).report.rows == ()  # type: ignore[union-attr]


# --- help


async def test_help_lists_what_one_may_run(desk: World) -> None:
    """A viewer sees the looks; an operator sees everything."""
    viewer, operator = (await desk.ask("help", role=Role.VIEWER)).report, (await desk.ask("help")).report
    assert isinstance(viewer, HelpReport)
    assert isinstance(operator, HelpReport)
    assert {command.role for command in viewer.commands} == {"viewer"}
    assert {"drill", "flatten", "reconcile", "selftest", "close"} <= {command.name for command in operator.commands}


async def test_help_explains_one_command(desk: World) -> None:
    """Its docstring is its help; a typo gets the nearest name."""
    report = (await desk.ask("help DRILL")).report
    assert isinstance(report, HelpReport)
    assert (report.about, report.commands[0].role) == ("drill", "operator")
    assert "flatten" in report.commands[0].text
    assert (await desk.ask("help drll")).hint == "help drill"
    assert (await desk.ask("help zzzzzz")).hint == "help"
