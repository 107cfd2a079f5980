"""Closing a day: once, on stored evidence, with everything on record."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.closing import close_day
from bot.domain.entry import (
    SessionEnded,
)
from bot.domain.evidence import AlertHistory, FiringAlert, ReconcileCheck, ReconcileRun
from bot.domain.notice import ScriptDone
from bot.domain.people import BOT, INSIDE
from bot.domain.results import DayReport
from bot.domain.sample import Reading
from bot.domain.session import Session
from bot.domain.steps import Step
from bot.domain.verdict import Verdict
from tests.support.clock import ManualClock, settle
from tests.support.fake_trader import script
from tests.support.fakes import ASHA, ListCalendar, World, finish, request, world
from tests.support.lived_day import POLICY, announced, live, record, stand_after


async def test_a_clean_day_passes_and_everything_is_on_record(desk: World, days: tuple[Session, ...]) -> None:
    """Scripts, reconcile and alerts are recorded before the verdict; the verdict comes with its words and its end."""
    await live(desk, days[0])
    seen: list[tuple[Step, ...]] = []

    async def watch(steps: tuple[Step, ...]) -> None:
        seen.append(steps)

    outcome = await desk.ask("close", progress=watch)
    assert isinstance(outcome.report, DayReport)
    assert (outcome.exit_code, outcome.report.verdict, len(outcome.report.criteria)) == (0, "PASS", 11)
    assert outcome.message == "2026-11-23 is PASS: 1 of 3 days."
    assert [name for name, _ in desk.runner.ran] == ["report", "hygiene"]
    assert desk.runner.ran[0][1] == {"date": "2026-11-23", "trader": "orb"}
    begun = desk.ledger.kinds().index("command_started")
    assert desk.ledger.kinds()[begun:] == [
        "command_started", "samples_sealed", "script_ran", "message_queued", "reconcile_measured", "script_ran",
        "message_queued", "alerts_measured", "self_tested", "day_closed", "message_queued", "streak_counted",
        "message_queued", "message_queued", "command_finished",  # the picture and the report
    ]  # fmt: skip
    (verdict,) = announced(desk, "verdict")
    assert (verdict.placement, verdict.notice.actor, verdict.notice.report.verdict) == ("broadcast", ASHA, "PASS")
    assert [script_run.name for script_run in outcome.report.scripts] == ["report", "hygiene"]
    assert [step.name for step in seen[-1]] == [
        "watch ended",
        "holes",
        "report",
        "reconcile",
        "hygiene",
        "alerts",
        "self-test",
        "verdict",
    ]
    assert seen[-1][-2].detail == "11 criteria and 1 SQL check found what was planted."
    assert {step.state for step in seen[-1]} == {"complete"}


async def test_a_gate_that_cannot_fail_passes_nobody(desk: World, days: tuple[Session, ...]) -> None:
    """Where metrics read as zero what is no number, a day of perfect evidence is INCONCLUSIVE, and says why."""
    await live(desk, days[0])
    read = desk.trader.read

    def lenient(text: str) -> Mapping[str, Reading]:
        return read(text.replace("NaN", "0"))

    desk.trader.read = lenient  # type: ignore[method-assign]
    outcome = await desk.ask("close")
    assert (outcome.exit_code, outcome.reason) == (3, "self_test_failed")
    unproven = [result.id for result in outcome.report.criteria if result.verdict != "PASS"]  # type: ignore[union-attr]
    assert unproven == ["leader", "heartbeat.marketdata", "heartbeat.order_stream", "heartbeat.scan", "scan_ticks"]


async def test_a_second_close_shows_the_record_and_runs_nothing(desk: World, days: tuple[Session, ...]) -> None:
    """Once and for ever: the recorded verdict, no script, no announcement."""
    await live(desk, days[0], leader=0.0)
    first = await desk.ask("close")
    entries = len(desk.ledger.chain)
    second = await desk.ask("close 2026-11-23")
    assert (second.exit_code, second.reason) == (1, "already_closed")
    assert second.report.criteria == first.report.criteria  # type: ignore[union-attr]
    assert desk.ledger.kinds()[entries:] == ["command_started", "command_finished"]
    assert [name for name, _ in desk.runner.ran] == ["report", "hygiene"]


async def test_scripts_that_fail_or_are_missing_are_told_and_recorded(desk: World, days: tuple[Session, ...]) -> None:
    """Their exit code and last lines stand in the thread; the verdict does not depend on them."""
    await live(desk, days[0])
    desk.runner.scripts = {"report": script("report", 2, "boom", None)}
    seen: list[tuple[Step, ...]] = []

    async def watch(steps: tuple[Step, ...]) -> None:
        seen.append(steps)

    outcome = await desk.ask("close", progress=watch)
    assert outcome.exit_code == 0
    (told,) = announced(desk, "script_done")
    assert isinstance(told.notice, ScriptDone)
    assert (told.notice.run.exit_code, told.notice.run.tail, told.placement) == (2, "boom", "thread")
    details = {step.name: (step.state, step.detail) for step in seen[-1]}
    assert details["report"] == ("error", "exit code 2")
    assert details["hygiene"] == ("complete", "no command hygiene is configured")


@pytest.mark.parametrize(
    ("kept", "verdict", "said"),
    [
        (slice(0), "PASS", "1 hole of 9.0 s. Prometheus filled it with 8 samples."),
        (slice(None), "INCONCLUSIVE", "could not fill it: it holds no sample of that time either."),
    ],
)
async def test_holes_are_filled_before_anything_is_judged(
    desk: World, days: tuple[Session, ...], kept: slice, verdict: str, said: str
) -> None:
    """What Prometheus kept of them is evidence like the rest; what it did not keep stays unknown."""
    await live(desk, days[0], unseen=slice(15, 23))
    del desk.history.kept[kept]
    seen: list[tuple[Step, ...]] = []

    async def watch(steps: tuple[Step, ...]) -> None:
        seen.append(steps)

    outcome = await desk.ask("close", progress=watch)
    assert said in {step.name: step.detail for step in seen[-1]}["holes"]
    assert isinstance(outcome.report, DayReport)
    leader = outcome.report.criteria[0]
    assert (outcome.report.verdict, leader.verdict) == (verdict, verdict)
    assert leader.evidence["sources"] == ({"bot": 52, "prometheus": 8} if verdict == "PASS" else {"bot": 52})


async def test_a_script_that_hangs_says_so(desk: World, days: tuple[Session, ...]) -> None:
    """A time limit is trouble in a sentence."""
    await live(desk, days[0])
    desk.runner.scripts["report"] = script("report", None, "", "it was stopped after 60 s")
    seen: list[tuple[Step, ...]] = []

    async def watch(steps: tuple[Step, ...]) -> None:
        seen.append(steps)

    await desk.ask("close", progress=watch)
    assert {step.name: step.detail for step in seen[-1]}["report"] == "it was stopped after 60 s"


async def test_without_an_order_book_or_prometheus_nothing_is_proven(
    clock: ManualClock, days: tuple[Session, ...]
) -> None:
    """Reconcile and alerts are INCONCLUSIVE, and so is the day."""
    room = world(clock, ListCalendar(days), policy=POLICY, book=False)
    await live(room, days[0])
    outcome = await room.ask("close")
    assert outcome.exit_code == 3
    verdicts = {result.id: result.verdict for result in outcome.report.criteria}  # type: ignore[union-attr]
    assert {name for name, verdict in verdicts.items() if verdict != "PASS"} == {"reconcile", "alerts"}


async def test_rows_and_alerts_fail_the_day(desk: World, days: tuple[Session, ...]) -> None:
    """What the steps found is evidence: a duplicate row and a fired alert are FAIL, in words."""
    await live(desk, days[0])
    check = ReconcileCheck(name="duplicates", rows=1, sample=({"id": 7},))
    opened, closed = days[0].opens, days[0].closes
    desk.book.run = ReconcileRun(at=desk.clock.now(), opened=opened, closed=closed, orders=3, checks=(check,))
    fired = FiringAlert(name="TraderDown", first=opened, last=closed)
    desk.alerts.history = desk.alerts.history.model_copy(update={"firing": (fired,)})
    outcome = await desk.ask("close")
    assert (outcome.exit_code, outcome.reason) == (1, "violations")
    failed = [result.id for result in outcome.report.criteria if result.verdict is Verdict.FAIL]  # type: ignore[union-attr]
    assert failed == ["reconcile", "alerts"]
    assert "duplicates found 1 row" in outcome.message


async def test_an_alert_history_in_trouble_is_told(desk: World, days: tuple[Session, ...]) -> None:
    """A Prometheus that cannot answer leaves the criterion open."""
    await live(desk, days[0])
    desk.alerts.history = AlertHistory(rules=(), rules_digest="", trouble="Prometheus did not answer.")
    assert (await desk.ask("close")).exit_code == 3


async def test_the_watchs_last_samples_are_waited_for(desk: World, days: tuple[Session, ...]) -> None:
    """Where a watch began and has not ended, close waits for its end, and judges then."""
    await live(desk, days[0], ended=False)
    task = asyncio.create_task(desk.dispatcher.run(request("close")))
    await settle()
    await desk.clock.advance(1.0)
    assert not task.done()
    await record(desk, days[0], SessionEnded(session=days[0]))
    before = desk.clock.now()
    assert (await finish(desk.clock, asyncio.wait_for(task, None))).exit_code == 0
    assert desk.clock.now() - before < timedelta(seconds=0.5)


async def test_a_watch_that_never_ends_is_not_waited_for_for_ever(desk: World, days: tuple[Session, ...]) -> None:
    """A bot that died in the session leaves no end; after a while what it stored is judged."""
    await live(desk, days[0], ended=False)
    seen: list[tuple[Step, ...]] = []

    async def watch(steps: tuple[Step, ...]) -> None:
        seen.append(steps)

    outcome = await desk.ask("close", progress=watch)
    assert outcome.seconds == pytest.approx(13.0, abs=0.2)  # two of its fifteen seconds had passed
    assert (seen[-1][0].state, seen[-1][0].detail) == (
        "error", "the watch never said that it ended; what it stored is judged",
    )  # fmt: skip


async def test_where_no_watch_began_nothing_is_waited_for(desk: World, days: tuple[Session, ...]) -> None:
    """A day of the burn-in that nobody watched closes at once, as INCONCLUSIVE."""
    await live(desk, days[0])
    await stand_after(desk, days[1])
    outcome = await desk.ask("close")
    assert (outcome.exit_code, outcome.report.verdict) == (3, "INCONCLUSIVE")  # type: ignore[union-attr]
    assert outcome.seconds == 0.0


async def test_a_race_is_recorded_once_and_the_loser_tells_the_record(desk: World, days: tuple[Session, ...]) -> None:
    """Somebody closes the day between judging and recording: theirs stands, ours is neither said nor shown."""
    await live(desk, days[0], leader=0.0)
    lapsed = await close_day(desk.desk, desk.trader_desk, days[0], BOT, INSIDE, lapsed=True)

    async def meanwhile() -> None:
        await desk.ledger.append(*lapsed.drafts)

    desk.trader.effects["ready"] = meanwhile  # the build is asked for between judging and recording
    outcome = await desk.ask("close")
    assert outcome.reason == "already_closed"
    assert outcome.report.streak_note == "nobody closed this day before the next session opened"  # type: ignore[union-attr]
    assert len(desk.ledger.of_kind("day_closed")) == 1
    assert len(announced(desk, "verdict")) == 1
    assert announced(desk, "verdict")[0].notice.actor == BOT
