"""Commands that only look at the record: reconcile's answer, status, day and history."""

from datetime import timedelta
from typing import Any

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
from bot.domain.metrics import LEADER
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.results import DayReport, HistoryReport, StatusList
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from tests.support.clock import ManualClock
from tests.support.evidence import clean_drill, clean_flatten
from tests.support.fakes import ListCalendar, World, world


async def record(desk: World, session: Session, body: Any) -> None:
    """Append what somebody else would."""
    at = desk.clock.now()
    await desk.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date))


def closed(session: Session, verdict: Verdict = Verdict.PASS, build: str = "b1") -> DayClosed:
    """Return a closed day."""
    provenance = Provenance(build=build, policy="p", rules="")
    return DayClosed(record=DayRecord(session=session, verdict=verdict, criteria=(), provenance=provenance))


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
