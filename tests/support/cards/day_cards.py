"""The day card through a session: before the open, as it goes well or badly, void, and closed."""

from datetime import timedelta

from bot.domain.criteria import CRITERIA, CriterionResult
from bot.domain.day import DayState
from bot.domain.measures import Measure, Watched
from bot.domain.notice import DayCard, VerdictReached
from bot.domain.people import Actor
from bot.domain.results import DayReport, VoidMark
from bot.domain.verdict import Verdict
from bot.slack.cards import Message, render
from tests.support.slack_samples import (
    ASHA,
    AT,
    FAIL,
    INCONCLUSIVE,
    MALLORY,
    NASTY,
    PASS,
    SESSION,
    TRADER,
    criteria,
    day,
)

BEN = Actor(kind="slack", id="U0APPROVER", name="Ben")
LONG = "momentum-breakout-with-a-name-as-long-as-a-name-may-be-" * 3
RIGHT_TO_LEFT = "החיבור למסד הנתונים נותק"


def _found(name: str, verdict: Verdict, detail: str, reason: str = "found") -> CriterionResult:
    return CriterionResult(id=name, verdict=verdict, reason=reason, detail=detail)


MEASURES = (
    Measure(id="leader", worst=1, limit=1),
    Measure(id="heartbeat.marketdata", worst=0.8, limit=5),
    Measure(id="heartbeat.order_stream", worst=1.4, limit=5),
    Measure(id="heartbeat.scan", worst=2.1, limit=5),
    Measure(id="scan_ticks", worst=3, limit=60),
    Measure(id="retries.token_refresh", worst=0, limit=3, window=300),
    Measure(id="retries.rate_limit", worst=2, limit=10, window=300),
    Measure(id="alerts", worst=0, limit=0),
)
FLAT = Measure(id="flatten", worst=0.402, limit=2)
WATCHED = Watched(samples=7_412, percent=33, longest_gap=1.1, gap_limit=5.0)
NOT_RUN = tuple(
    _found(name, INCONCLUSIVE, detail, "not_run")
    for name, detail in (
        ("drill", "No drill was run in this session."),
        ("flatten", "No flatten was run in this session."),
        ("reconcile", "Reconcile runs when the day is closed."),
    )
)
DRILLED = (
    _found(
        "drill", PASS, "Orders placed rose from 4 to 5, OCO children created 8 to 10, and 1 parent and 2 child rows."
    ),
    _found("flatten", PASS, "1 position closed within 0.40 s; the limit is 2 s."),
    NOT_RUN[2],
)
LEADER_LOST = _found("leader", FAIL, "Leader is 0; the target is == 1.", "breach_seen")
STALE = _found("heartbeat.scan", FAIL, "Scan heartbeat is 7.25 s; the target is < 5 s.", "breach_seen")
BLIND = _found("leader", INCONCLUSIVE, "The trader did not answer within 2 s.", "breach_seen")
VOID = VoidMark(reason="exchange outage from 11:02 to 13:40", asked_by=ASHA, approved_by=BEN, at=AT)


def _open(*results: CriterionResult, state: DayState = DayState.OPEN, **more: object) -> DayReport:
    told = {result.id for result in results}
    measures = tuple(measure for measure in (*MEASURES, FLAT) if measure.id not in told or measure.id == "flatten")
    return day(state, results=results).model_copy(update={"measures": measures, "watched": WATCHED} | more)


def _card(report: DayReport, trader: str = TRADER) -> Message:
    return render(DayCard(number=2, required=3, report=report), trader)


def _closed(verdict: Verdict, *bad: CriterionResult, passed: int, **more: object) -> DayReport:
    watched = Watched(samples=22_501, percent=100, longest_gap=1.2, gap_limit=5.0)
    report = day(DayState.CLOSED, verdict, criteria(*bad), passed=passed)
    return report.model_copy(update={"measures": (*MEASURES, FLAT), "watched": watched} | more)


_RESTARTED = WATCHED.model_copy(update={"since": SESSION.opens + timedelta(hours=1)})
_HOSTILE = tuple(_found(name, FAIL, NASTY) for name in CRITERIA)

MESSAGES: dict[str, Message] = {
    "day_live": _card(_open(*NOT_RUN)),
    "day_live_first_seconds": _card(_open(*NOT_RUN, measures=(), watched=None)),
    "day_live_drilled": _card(_open(*DRILLED)),
    "day_live_after_a_restart": _card(_open(*DRILLED, watched=_RESTARTED)),
    "day_live_failing": _card(_open(LEADER_LOST, STALE, *NOT_RUN)),
    "day_live_blind": _card(_open(BLIND, *DRILLED)),
    "day_before_burn_in": _card(
        _open(*NOT_RUN, state=DayState.AWAITING_CLOSE).model_copy(update={"before_burn_in": True})
    ),
    "day_live_over": _card(_open(*DRILLED, state=DayState.AWAITING_CLOSE)),
    "day_live_void": _card(_open(BLIND, *NOT_RUN, void=VOID)),
    "day_measured": _card(_closed(PASS, passed=2)),
    "day_measured_fail": _card(_closed(FAIL, LEADER_LOST, passed=0, streak_note="2026-11-24 failed")),
    "day_void": _card(_closed(FAIL, LEADER_LOST, passed=1, void=VOID)),
    "day_cleared": _card(_closed(PASS, passed=3)),
    "day_right_to_left": _card(_open(_found("reconcile", INCONCLUSIVE, RIGHT_TO_LEFT), *DRILLED[:2])),
    "day_long_name": _card(_open(LEADER_LOST, *NOT_RUN), LONG),
    "day_every_criterion_hostile": _card(_open(*_HOSTILE), NASTY),
    "day_void_hostile": _card(
        _open(*_HOSTILE, void=VoidMark(reason=NASTY, asked_by=MALLORY, approved_by=MALLORY, at=AT)), NASTY
    ),
    "verdict_measured": render(VerdictReached(actor=ASHA, report=_closed(PASS, passed=2)), TRADER),
    "verdict_void": render(VerdictReached(actor=ASHA, report=_closed(FAIL, LEADER_LOST, passed=1, void=VOID)), TRADER),
}
