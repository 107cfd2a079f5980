"""Closing a day: once, after its session, on stored evidence, with what follows for streak and clearance."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.closing import close_day, revocation
from bot.domain.day import Provenance
from bot.domain.entry import (
    Body,
    CommandFinished,
    CommandStarted,
    Draft,
    DrillMeasured,
    FlattenMeasured,
    SessionEnded,
    SessionOpened,
)
from bot.domain.evidence import AlertHistory, FiringAlert, ReconcileCheck, ReconcileRun
from bot.domain.metrics import BUILD, LEADER
from bot.domain.notice import ScriptDone
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.results import DayReport
from bot.domain.sample import MetricType, Reading, Series, Source
from bot.domain.session import Session
from bot.domain.steps import Step
from bot.domain.verdict import Verdict
from bot.errors import LedgerBroken, TraderUnreachable
from tests.support.clock import ManualClock, settle
from tests.support.evidence import OPENS, clean_drill, clean_flatten, clean_looks, clean_samples, gauge, with_reading
from tests.support.fakes import ASHA, IN_CHANNEL, ListCalendar, World, finish, request, script, world

POLICY = Policy()


@pytest.fixture
def desk(clock: ManualClock, days: tuple[Session, ...]) -> World:
    """A desk with a Prometheus, so that a day can pass every criterion."""
    return world(clock, ListCalendar(days), policy=POLICY, prometheus=True)


async def live(
    desk: World,
    session: Session,
    *,
    leader: float = 1.0,
    build: str = "",
    ended: bool = True,
    opened: bool = True,
    unseen: slice = slice(0),
) -> None:
    """Let a session pass as a watch, a drill and a flatten record it, and stand two seconds after its close."""
    samples = clean_samples(session, POLICY)
    desk.history.kept = [replace(sample, source=Source.PROMETHEUS) for sample in samples]
    del samples[unseen]
    samples[40] = with_reading(samples[40], LEADER, gauge(leader))
    if build:
        info = Reading(MetricType.GAUGE, (Series(f'{{revision="{build}"}}', 1.0),))
        samples = [with_reading(sample, BUILD, info) for sample in samples]
    await desk.ledger.store_samples("orb", session.date, [*samples, *clean_looks(session, POLICY)])
    provenance = Provenance(build=build, policy=POLICY.digest, rules="d")
    if opened:
        await record(desk, session, SessionOpened(session=session, number=1, required=3, provenance=provenance))
    await record(desk, session, DrillMeasured(run=clean_drill(session, seconds=20)))
    await record(desk, session, FlattenMeasured(timing=clean_flatten(session, seconds=25)))
    if ended:
        await record(desk, session, SessionEnded(session=session))
    await stand_after(desk, session)


async def record(desk: World, session: Session, body: Body) -> None:
    """Append what a service would."""
    await desk.ledger.append(
        Draft(at=session.opens, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date)
    )


async def stand_after(desk: World, session: Session) -> None:
    """Let time pass until two seconds after a close."""
    await desk.clock.advance((session.closes + timedelta(seconds=2) - desk.clock.now()).total_seconds())


def announced(desk: World, kind: str) -> list[Any]:
    """Return the announcements of one kind that were queued."""
    queued = [body.announcement for body in desk.ledger.of_kind("message_queued")]
    return [announcement for announcement in queued if announcement.notice.kind == kind]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (30, "The session of 2026-11-23 is still open; it ends in 30 s. Close it then."),
        (60, "The session of 2026-11-23 is still open; it ends in 0 ms. Close it then."),
    ],
)
async def test_before_the_end_it_is_refused_with_the_time_left(desk: World, at: int, said: str) -> None:
    """The closing instant belongs to the session; nothing runs before it has passed."""
    await desk.clock.advance(at - 30)
    outcome = await desk.ask("close")
    assert (outcome.exit_code, outcome.reason, outcome.message) == (4, "session_not_ended", said)
    assert desk.runner.ran == []


async def test_a_session_to_come_cannot_be_closed(desk: World) -> None:
    """A named day that has not opened yet is refused with the time until its end."""
    outcome = await desk.ask("close 2026-11-24")
    assert outcome.message == "The session of 2026-11-24 has not opened yet; it ends in 1 d 0 h. Close it then."


async def test_without_a_session_there_is_nothing_to_close(days: tuple[Session, ...]) -> None:
    """Before the first session of the calendar, close says so."""
    room = world(ManualClock(OPENS - timedelta(days=1)), ListCalendar(days))
    outcome = await room.ask("close")
    assert (outcome.exit_code, outcome.reason) == (4, "no_session")


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
        "message_queued", "alerts_measured", "self_tested", "day_closed", "message_queued", "command_finished",
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


async def test_three_days_clear_once(desk: World, days: tuple[Session, ...]) -> None:
    """At 3/3 the clearance is granted and announced in the channel; a fourth PASS announces nothing anew."""
    for number, session in enumerate(days, start=1):
        await live(desk, session, build="b1")
        outcome = await desk.ask("close")
        assert outcome.report.streak.passed == number  # type: ignore[union-attr]
        assert len(desk.ledger.of_kind("clearance_granted")) == (1 if number >= 3 else 0)
    (cleared,) = announced(desk, "cleared")
    assert (cleared.placement, cleared.notice.build, cleared.notice.criteria_total) == ("channel", "b1", 11)
    assert desk.ledger.of_kind("clearance_granted")[0].provenance.build == "b1"


async def test_a_fail_after_the_clearance_revokes_it(desk: World, days: tuple[Session, ...]) -> None:
    """The revocation is recorded and announced with the verdict."""
    for session in days[:3]:
        await live(desk, session)
        await desk.ask("close")
    await live(desk, days[3], leader=0.0)
    assert (await desk.ask("close")).exit_code == 1
    (revoked,) = announced(desk, "revoked")
    assert (revoked.placement, revoked.notice.why) == ("channel", "2026-11-26 failed")
    assert desk.ledger.of_kind("clearance_revoked")[0].why == "2026-11-26 failed"


async def test_a_new_build_starts_anew(desk: World, days: tuple[Session, ...]) -> None:
    """A change of the build between days sets the streak to one, and says why."""
    await live(desk, days[0], build="b1")
    await desk.ask("close")
    await live(desk, days[1], build="b2")
    report = (await desk.ask("close")).report
    assert isinstance(report, DayReport)
    assert (report.streak.passed, report.streak_note) == (1, "the trader's build changed before 2026-11-24")


async def test_rules_that_changed_in_the_session_belong_to_neither_day(desk: World, days: tuple[Session, ...]) -> None:
    """What changed since the open is recorded as both, so the streak starts anew on both sides."""
    await live(desk, days[0])
    desk.alerts.digest = "rules-2"
    await desk.ask("close")
    assert desk.ledger.of_kind("day_closed")[0].record.provenance.rules == "d then rules-2"


async def test_the_build_is_asked_for_where_samples_name_none(desk: World, days: tuple[Session, ...]) -> None:
    """`/ready` names the build of a trader without an info metric; one that is away leaves it unknown."""
    await live(desk, days[0], opened=False)
    desk.trader.says_ready = {"ready": True, "build": "from-ready"}
    await desk.ask("close")
    await live(desk, days[1], opened=False)
    desk.trader.trouble["ready"] = TraderUnreachable("Away.")
    await desk.ask("close")
    builds = [body.record.provenance.build for body in desk.ledger.of_kind("day_closed")]
    assert builds == ["from-ready", ""]


async def test_only_a_passing_day_clears(desk: World, days: tuple[Session, ...]) -> None:
    """A clearance that was taken away does not come back with a day that proves nothing."""
    for session in days[:3]:
        await live(desk, session)
        await desk.ask("close")
    revoked = (await close_day(desk.desk, desk.trader_desk, days[2], ASHA, IN_CHANNEL)).drafts[0]
    await desk.ledger.append(*revocation(revoked, "a person said so"))
    await stand_after(desk, days[3])
    assert (await desk.ask("close")).exit_code == 3
    assert len(desk.ledger.of_kind("clearance_granted")) == 1


async def test_a_day_whose_samples_are_retired_is_not_closed(desk: World, days: tuple[Session, ...]) -> None:
    """Nothing could be proven of it any more, whatever Prometheus still has."""
    await live(desk, days[0])
    await desk.ledger.retire_samples(desk.clock.now(), "orb", days[0].date)
    outcome = await desk.ask("close")
    assert (outcome.outcome, outcome.reason) == ("refused", "samples_retired")
    assert "older than policy.samples_kept and deleted" in outcome.message
