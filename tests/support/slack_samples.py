"""One sample of everything the bot can say in Slack, in every state, with kind words and with hostile ones."""

from datetime import UTC, date, datetime, timedelta

from bot.domain.criteria import CRITERIA, CriterionResult
from bot.domain.day import DayState
from bot.domain.evidence import PlantedCase, PlantedRows, TimedStep
from bot.domain.judge.self_test import CASES
from bot.domain.notice import (
    BotReturned,
    Cleared,
    CommandDone,
    CommandProgress,
    DayCard,
    Notice,
    ProgressEnded,
    Reminder,
    ReminderKind,
    Revoked,
    ScriptDone,
    TraderRestartSeen,
    VerdictReached,
    WatchChange,
)
from bot.domain.people import BOT, Actor
from bot.domain.results import (
    AuditReport,
    AuditRow,
    CheckReport,
    CheckRows,
    CommandHelp,
    DayReport,
    DrillReport,
    FlattenReport,
    GaugeReading,
    HelpReport,
    HistoryReport,
    ReconcileReport,
    Report,
    RunningCommand,
    ScriptRun,
    SelfTestReport,
    StatusList,
    StatusReport,
    StreakCount,
)
from bot.domain.session import Session
from bot.domain.steps import Step, StepState
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
TRADER = "nifty-orb"
DAY = date(2026, 11, 24)
OPENS = datetime(2026, 11, 24, 3, 45, tzinfo=UTC)
SESSION = Session(date=DAY, opens=OPENS, closes=OPENS + timedelta(hours=6, minutes=15), timezone="Asia/Kolkata")
AT = OPENS + timedelta(hours=1, seconds=7)
TOMORROW = Session(
    date=DAY + timedelta(days=1),
    opens=SESSION.opens + timedelta(days=1),
    closes=SESSION.closes + timedelta(days=1),
    timezone="Asia/Kolkata",
)
ASHA = Actor(kind="slack", id="U0OPERATOR", name="Asha")
MALLORY = Actor(kind="slack", id="U0MALLORY", name="<!channel> *Mallory* & <@U0APPROVER>")
NASTY = (
    "<!channel> *bold* `code` ```fence``` & <https://evil.example|click> <@U0APPROVER> \u202eeverse " + "long " * 900
)


def criteria(*bad: CriterionResult) -> tuple[CriterionResult, ...]:
    """All eleven criteria, passing but for those given."""
    named = {result.id: result for result in bad}
    fine = {name: CriterionResult(id=name, verdict=PASS, reason="ok", detail="held all session") for name in CRITERIA}
    return tuple((fine | named).values())


LEADER_LOST = CriterionResult(id="leader", verdict=FAIL, reason="not_one", detail="the leader gauge was 0 at 10:12:31")
NO_ALERTS = CriterionResult(id="alerts", verdict=INCONCLUSIVE, reason="no_source", detail="no alert source configured")
NO_DRILL = CriterionResult(id="drill", verdict=INCONCLUSIVE, reason="not_run", detail="no drill this session")
HOSTILE = CriterionResult(id="reconcile", verdict=FAIL, reason="rows", detail=NASTY)
WITHOUT_ALERTS = {"alerts": "no Prometheus on this host"}


def day(
    state: DayState,
    verdict: Verdict | None = None,
    results: tuple[CriterionResult, ...] = (),
    *,
    passed: int = 1,
    excluded: dict[str, str] | None = None,
    note: str = "",
    scripts: tuple[ScriptRun, ...] = (),
) -> DayReport:
    """A day in a state."""
    return DayReport(
        trader=TRADER,
        date=DAY,
        state=state,
        verdict=verdict,
        criteria=results,
        excluded=excluded or {},
        streak=StreakCount(passed=passed, required=3, cleared=passed >= 3),
        session=SESSION,
        streak_note=note,
        scripts=scripts,
        head="ab12cd34ef56" * 5 if verdict else "",
        head_seq=1234 if verdict else 0,
    )


REPORT_RUN = ScriptRun(name="report", argv=("make", "burnin-report"), exit_code=0, seconds=1.204, tail="report written")
HUNG_RUN = ScriptRun(
    name="hygiene", argv=("make", "post-close"), exit_code=None, seconds=30.0, tail=NASTY, trouble="it hung for 30 s"
)
STEPS = (
    TimedStep(name="preflight", verdict=PASS, seconds=0.041, detail="paper, ready, leader, flat"),
    TimedStep(name="inject", verdict=PASS, seconds=0.312, detail="NIFTY LONG 50 ORB"),
    TimedStep(name="counters", verdict=FAIL, seconds=10.0, detail="oco_children_created_total did not rise"),
)
SHOWN_STEPS = (
    Step(name="preflight", state=StepState.COMPLETE, detail="paper, ready", seconds=0.04),
    Step(name="inject", state=StepState.IN_PROGRESS),
    Step(name="flatten", state=StepState.PENDING),
)
NASTY_STEPS = (Step(name=NASTY, state=StepState.ERROR, detail=NASTY),) * 200
DRILLED = DrillReport(
    trader=TRADER,
    verdict=PASS,
    reason="ok",
    detail="orders and children rose, flat in 0.40 s",
    steps=STEPS[:2],
    flatten_seconds=(0.351, 0.402),
)
DRILL_FAILED = DrillReport(trader=TRADER, verdict=FAIL, reason="no_rise", detail=NASTY, steps=STEPS)
FLATTENED = FlattenReport(
    trader=TRADER, verdict=PASS, reason="ok", seconds=(0.3, 0.35), positions_before=2, positions_after=0
)
NOT_FLAT = FlattenReport(trader=TRADER, verdict=FAIL, reason="late", detail="2 positions left", seconds=(2.4, None))
CLEAN = ReconcileReport(
    trader=TRADER, verdict=PASS, orders=12, checks=(CheckRows(name="duplicates", rows=0, verdict=PASS),)
)
DIRTY = ReconcileReport(
    trader=TRADER,
    verdict=FAIL,
    orders=12,
    checks=tuple(
        CheckRows(name=f"check_{at}", rows=100, verdict=FAIL, sample=tuple({"id": n, "why": NASTY} for n in range(100)))
        for at in range(120)
    ),
)
NO_DATABASE = ReconcileReport(
    trader=TRADER, verdict=INCONCLUSIVE, checks=(), detail="the database did not answer within 5 s"
)
PLANTED = tuple(
    PlantedCase(criterion=name, case=case, wanted=wanted, found=wanted, reason="odd")
    for name in CRITERIA
    for case, wanted in CASES.items()
)
CAN_FAIL = SelfTestReport(
    trader=TRADER,
    at=AT,
    verdict=PASS,
    reason="proven",
    detail="11 criteria and 1 SQL check found what was planted; own_check has no control.",
    cases=PLANTED,
    checks=(PlantedRows(check="duplicates", digest="d", expected=6, found=6),),
    uncontrolled=("own_check",),
)
CANNOT_FAIL = SelfTestReport(
    trader=TRADER,
    at=AT,
    verdict=FAIL,
    reason="self_test_failed",
    detail="The self-test showed leader a breach, and it was judged PASS (odd); it must be FAIL.",
    cases=(PLANTED[0].model_copy(update={"found": PASS}), *PLANTED[1:4]),
    checks=(
        PlantedRows(check="duplicates", digest="d", expected=6, found=0),
        PlantedRows(check="orphans", digest="d", found=1),
        PlantedRows(check=NASTY, digest="d", error=NASTY),
    ),
    uncontrolled=(NASTY,),
)
NOT_TESTED = SelfTestReport(
    trader=TRADER, at=AT, verdict=INCONCLUSIVE, reason="self_test_failed", detail=f"Nothing could be planted: {NASTY}"
)


def lost(criterion: str, detail: str, verdict: Verdict = FAIL) -> WatchChange:
    """Return the notice of a target that was lost."""
    return WatchChange(criterion=criterion, recovered=False, at=AT, detail=detail, verdict=verdict)


def held(criterion: str, detail: str, seconds: float, verdict: Verdict = FAIL) -> WatchChange:
    """Return the notice of a target that is held again."""
    return WatchChange(criterion=criterion, recovered=True, at=AT, detail=detail, seconds=seconds, verdict=verdict)


NOTICES: dict[str, Notice] = {
    "day_scheduled": DayCard(number=2, required=3, report=day(DayState.SCHEDULED), next_step="wait for the open"),
    "day_open": DayCard(
        number=2, required=3, report=day(DayState.OPEN, results=criteria(NO_DRILL)), next_step="run the drill"
    ),
    "day_open_failing": DayCard(
        number=2, required=3, report=day(DayState.OPEN, results=criteria(LEADER_LOST, NO_ALERTS))
    ),
    "day_open_hostile": DayCard(number=2, required=3, report=day(DayState.OPEN, results=(HOSTILE,) * 40)),
    "day_awaiting_close": DayCard(number=2, required=3, report=day(DayState.AWAITING_CLOSE, results=criteria())),
    "day_closed": DayCard(
        number=2,
        required=3,
        report=day(DayState.CLOSED, PASS, criteria(), passed=2, excluded=WITHOUT_ALERTS),
    ),
    **{f"reminder_{kind}": Reminder(about=kind, session=SESSION, number=2, required=3) for kind in ReminderKind},
    "watch_lost": lost("leader", "Leader is 0; the target is == 1."),
    "watch_held": held("leader", "Leader is 1; the target is == 1.", 5.0),
    "watch_unreadable": lost("heartbeat.scan", "Scan heartbeat cannot be judged: it is missing.", INCONCLUSIVE),
    "watch_still": lost("scan_ticks", "0 scan ticks came in 60 s; the target is 1 scan tick in every 60 s."),
    "watch_retries": lost("retries.rate_limit", "Rate-limit retries rose by 11 within 300 s; at most 10 may."),
    "watch_retries_held": held("retries.rate_limit", "Rate-limit retries rose by at most 2 within 300 s.", 310.0),
    "watch_firing": lost("alerts", "LeaderLost and TraderDown are firing; no rule of the rules file may."),
    "watch_rules_lost": lost("alerts", "Prometheus's rules are not in order: TraderDown is missing", INCONCLUSIVE),
    "watch_silent": held("alerts", "No rule of the rules file is firing, and all of them are in order.", 42.5),
    "watch_clock": lost("clock", "It was moved by +37.0 s. The session is counted as it began.", INCONCLUSIVE),
    "watch_blind": lost("coverage", NASTY, INCONCLUSIVE),
    "watch_sees": held("coverage", "", 7.0, INCONCLUSIVE),
    "drill_passed": CommandDone(actor=ASHA, command="drill", report=DRILLED),
    "drill_failed": CommandDone(actor=MALLORY, command="drill", report=DRILL_FAILED),
    "flatten_passed": CommandDone(actor=ASHA, command="flatten", report=FLATTENED),
    "flatten_failed": CommandDone(actor=ASHA, command="flatten", report=NOT_FLAT),
    "reconcile_clean": CommandDone(actor=ASHA, command="reconcile", report=CLEAN),
    "reconcile_dirty": CommandDone(actor=ASHA, command="reconcile", report=DIRTY),
    "reconcile_no_database": CommandDone(actor=ASHA, command="reconcile", report=NO_DATABASE),
    "selftest_passed": CommandDone(actor=ASHA, command="selftest", report=CAN_FAIL),
    "selftest_failed": CommandDone(actor=BOT, command="selftest", report=CANNOT_FAIL),
    "selftest_in_trouble": CommandDone(actor=MALLORY, command="selftest", report=NOT_TESTED),
    "progress": CommandProgress(actor=ASHA, command="drill nifty-orb", steps=SHOWN_STEPS),
    "progress_hostile": CommandProgress(actor=MALLORY, command=NASTY, steps=NASTY_STEPS),
    "progress_ended": ProgressEnded(actor=ASHA, command="drill nifty-orb", at=AT, outcome="done", steps=SHOWN_STEPS),
    "progress_broke_off": ProgressEnded(
        actor=ASHA,
        command="drill nifty-orb",
        at=AT,
        outcome="failed",
        detail="The trader did not answer",
        steps=SHOWN_STEPS,
    ),
    "progress_refused": ProgressEnded(
        actor=ASHA, command="drill", at=AT, outcome="refused", detail="nifty-orb is not ready."
    ),
    "progress_abandoned": ProgressEnded(actor=ASHA, command="drill", at=AT, outcome="abandoned"),
    "progress_ended_hostile": ProgressEnded(
        actor=MALLORY, command=NASTY, at=AT, outcome="abandoned", detail=NASTY, steps=NASTY_STEPS
    ),
    "script_succeeded": ScriptDone(run=REPORT_RUN),
    "script_hung": ScriptDone(run=HUNG_RUN),
    "verdict_pass": VerdictReached(
        actor=ASHA, report=day(DayState.CLOSED, PASS, criteria(), passed=2, scripts=(REPORT_RUN,))
    ),
    "verdict_fail": VerdictReached(
        actor=ASHA,
        report=day(
            DayState.CLOSED,
            FAIL,
            criteria(LEADER_LOST, NO_ALERTS),
            passed=0,
            note="2026-11-24 failed",
            scripts=(HUNG_RUN,),
        ),
    ),
    "verdict_inconclusive": VerdictReached(
        actor=ASHA, report=day(DayState.CLOSED, INCONCLUSIVE, criteria(NO_DRILL), excluded=WITHOUT_ALERTS)
    ),
    "verdict_hostile": VerdictReached(actor=MALLORY, report=day(DayState.CLOSED, FAIL, (HOSTILE,) * 60, note=NASTY)),
    "cleared": Cleared(
        streak=Streak(passed=3, required=3, cleared=True, days=(date(2026, 11, 20), date(2026, 11, 23), DAY)),
        build="r42",
        excluded=WITHOUT_ALERTS,
        criteria_total=11,
    ),
    "revoked": Revoked(why="2026-11-25 failed"),
    "trader_restart": TraderRestartSeen(at=AT),
    "bot_returned": BotReturned(detail="it was away from 10:02 to 10:05; a drill was cut off, positions are flat"),
    "bot_returned_to": BotReturned(
        detail="close by Asha at 10:02:11 UTC was cut off; nothing of it was decided.", to=ASHA, next_step="close"
    ),
    "bot_returned_hostile": BotReturned(detail=NASTY, to=BOT, next_step=f"drill {NASTY}"),
}

READINGS = (
    GaugeReading(name="leader", metric="trader_is_leader", value=1.0, target="= 1", verdict=PASS, reason="ok"),
    GaugeReading(
        name="scan heartbeat", metric="x", value=7.25, target="< 5 s", verdict=FAIL, reason="7.25 s is not below 5 s"
    ),
    GaugeReading(name="order heartbeat", metric="y", value=None, target="< 5 s", verdict=INCONCLUSIVE, reason=NASTY),
)


def status(trader: str = TRADER, **more: object) -> StatusReport:
    """A trader's status."""
    filled: dict[str, object] = {"trader": trader, "at": AT, "day": None, "next_session": TOMORROW} | more
    return StatusReport.model_validate(filled)


REPORTS: dict[str, Report] = {
    "check_pass": CheckReport(
        trader=TRADER,
        at=AT,
        verdict=PASS,
        readings=READINGS[:1],
        ready={"mode": "paper"},
        supervisor={"up": True, "tasks": [{"name": "scan", "state": "running"}, {"name": "orders", "state": "done"}]},
    ),
    "check_fail": CheckReport(trader=TRADER, at=AT, verdict=FAIL, readings=READINGS, ready={"error": NASTY}),
    "check_nothing": CheckReport(trader=TRADER, at=AT, verdict=INCONCLUSIVE, readings=()),
    "drill": DRILL_FAILED,
    "flatten": FLATTENED,
    "reconcile": CLEAN,
    "selftest": CAN_FAIL,
    "day": day(DayState.OPEN, results=criteria(NO_DRILL)),
    "statuses": StatusList(
        traders=(
            status(
                day=day(DayState.OPEN, results=criteria(NO_DRILL)),
                running=(RunningCommand(command="drill", actor="Asha", since=AT),),
                next_step="wait for the drill",
            ),
            status("bank-orb"),
        )
    ),
    "statuses_many": StatusList(
        traders=tuple(status(f"trader-with-a-very-long-name-{n:02}", next_step=NASTY) for n in range(25))
    ),
    "history": HistoryReport(
        trader=TRADER,
        days=(day(DayState.CLOSED, FAIL, criteria(LEADER_LOST)), day(DayState.CLOSED, PASS, criteria())),
        streak=StreakCount(passed=0, required=3, cleared=False),
    ),
    "history_long": HistoryReport(
        trader=TRADER,
        days=(day(DayState.CLOSED, FAIL, (HOSTILE, LEADER_LOST)),) * 150,
        streak=StreakCount(passed=0, required=3, cleared=False),
    ),
    "history_empty": HistoryReport(trader=TRADER, days=(), streak=StreakCount(passed=0, required=3, cleared=False)),
    "audit": AuditReport(
        rows=(
            AuditRow(
                seq=7,
                at=AT,
                actor="Asha",
                origin="slack",
                command="drill",
                args="--qty 25",
                outcome="done",
                seconds=3.2,
                verdict="PASS",
            ),
        )
    ),
    "audit_long": AuditReport(
        rows=tuple(
            AuditRow(
                seq=n, at=AT, actor=NASTY, origin="slack", command="drill", args=NASTY, outcome="refused", seconds=None
            )
            for n in range(200)
        )
    ),
    "help": HelpReport(
        commands=(
            CommandHelp(name="check", usage="check [trader]", summary="Look at the gauges", text="…", role="viewer"),
            CommandHelp(name="drill", usage="drill [trader]", summary="Run an OCO", text="…", role="operator"),
        ),
    ),
    "help_one": HelpReport(
        about="drill",
        commands=(
            CommandHelp(
                name="drill", usage="drill [trader]", summary="Run an OCO", text="Run an OCO.\n\nMore.", role="operator"
            ),
        ),
    ),
    "help_nothing": HelpReport(commands=()),
}
