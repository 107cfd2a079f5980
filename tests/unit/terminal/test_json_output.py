"""The JSON that scripts rely on: one test for each line of the contract."""

from datetime import UTC, date, datetime
from typing import Any

from bot.domain.criteria import CriterionResult
from bot.domain.day import DayState
from bot.domain.evidence import PlantedCase, PlantedRows, TimedStep
from bot.domain.people import Actor, SignOff
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
    ReconcileReport,
    SelfTestReport,
    SignOffReport,
    StatusList,
    StatusReport,
    StreakCount,
    VoidMark,
    VoidReport,
)
from bot.domain.verdict import Verdict
from bot.terminal.json_output import as_json, report_json
from commands.dispatcher import Outcome

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
STREAK = StreakCount(passed=1, required=3, cleared=False)
DAY = DayReport(
    trader="a",
    date=date(2026, 11, 23),
    state=DayState.CLOSED,
    verdict=Verdict.PASS,
    criteria=(CriterionResult(id="leader", verdict=Verdict.PASS, reason="ok", detail="held", evidence={"n": 1}),),
    excluded={"alerts": "no Prometheus"},
    streak=STREAK,
    streak_note="for people",
    head="abc",
)


def _keys(value: Any) -> list[str]:
    assert isinstance(value, dict)
    return list(value)


def test_day_and_close() -> None:
    """A day has the contract's keys in its order, and none that are for people."""
    shown: Any = report_json(DAY)
    assert _keys(shown) == ["trader", "date", "state", "verdict", "criteria", "excluded", "streak"]
    assert _keys(shown["criteria"][0]) == ["id", "verdict", "reason", "detail", "evidence"]
    assert shown["streak"] == {"passed": 1, "required": 3, "cleared": False}
    assert (shown["date"], shown["state"], shown["verdict"]) == ("2026-11-23", "closed", "PASS")


def test_check() -> None:
    """A check has its readings, and what the trader said, untouched: also a key called kind."""
    gauge = GaugeReading(
        name="leader", metric="m", value="NaN", target="== 1", verdict=Verdict.INCONCLUSIVE, reason="r"
    )
    report = CheckReport(trader="a", at=AT, verdict=Verdict.INCONCLUSIVE, readings=(gauge,), ready={"kind": "x"})
    shown: Any = report_json(report)
    assert _keys(shown) == ["trader", "at", "verdict", "readings", "ready", "supervisor"]
    assert _keys(shown["readings"][0]) == ["name", "metric", "value", "target", "verdict", "reason"]
    assert shown["ready"] == {"kind": "x"}


def test_drill() -> None:
    """A drill has its steps, and the interval in which positions became zero."""
    step = TimedStep(name="inject", verdict=Verdict.PASS, seconds=0.5, detail="d")
    report = DrillReport(
        trader="a", verdict=Verdict.PASS, reason="ok", detail="x", steps=(step,), flatten_seconds=(0.1, 0.2)
    )
    shown: Any = report_json(report)
    assert _keys(shown) == ["trader", "verdict", "reason", "steps", "flatten_seconds"]
    assert shown["steps"] == [{"name": "inject", "verdict": "PASS", "seconds": 0.5, "detail": "d"}]
    assert shown["flatten_seconds"] == [0.1, 0.2]


def test_flatten() -> None:
    """A flatten has its interval, with null for what was never seen."""
    report = FlattenReport(trader="a", verdict=Verdict.FAIL, reason="late", detail="x", seconds=(2.5, None))
    assert report_json(report) == {
        "trader": "a",
        "verdict": "FAIL",
        "reason": "late",
        "seconds": [2.5, None],
        "positions_before": None,
        "positions_after": None,
    }


def test_reconcile() -> None:
    """A reconcile has its checks with the first violations."""
    check = CheckRows(name="orphan", rows=1, verdict=Verdict.FAIL, sample=({"id": 7},), detail="x")
    report = ReconcileReport(trader="a", verdict=Verdict.FAIL, checks=(check,), orders=3, detail="x")
    assert report_json(report) == {
        "trader": "a",
        "verdict": "FAIL",
        "checks": [{"name": "orphan", "rows": 1, "verdict": "FAIL", "sample": [{"id": 7}]}],
    }


def test_selftest() -> None:
    """A self-test has every case and every check, with what was wanted and what was found."""
    case = PlantedCase(criterion="leader", case="breach", wanted=Verdict.FAIL, found=Verdict.PASS, reason="proven")
    check = PlantedRows(check="orphans", digest="d", control="c", expected=9, found=9)
    report = SelfTestReport(
        trader="a", at=AT, verdict=Verdict.FAIL, reason="self_test_failed", detail="x", cases=(case,), checks=(check,),
        uncontrolled=("own",),
    )  # fmt: skip
    assert report_json(report) == {
        "trader": "a",
        "at": "2026-11-23T04:00:00Z",
        "verdict": "FAIL",
        "reason": "self_test_failed",
        "cases": [
            {
                "criterion": "leader",
                "case": "breach",
                "wanted": "FAIL",
                "found": "PASS",
                "reason": "proven",
                "beside": "",
            }
        ],
        "checks": [{"check": "orphans", "expected": 9, "found": 9, "error": None}],
        "uncontrolled": ["own"],
    }


def test_audit() -> None:
    """The audit trail is a list of rows with the contract's keys."""
    row = AuditRow(
        seq=1, at=AT, actor="asha", origin="cli", command="drill", args="drill", outcome="done", seconds=1.5, trader="a"
    )
    shown: Any = report_json(AuditReport(rows=(row,)))
    assert _keys(shown[0]) == ["seq", "at", "actor", "origin", "command", "args", "outcome", "seconds"]
    assert report_json(AuditReport(rows=())) == []


def test_status_and_help_keep_all_but_the_inner_tag() -> None:
    """What the contract does not pin is shown as it is, without the tag that tells reports apart inside."""
    status = StatusReport(trader="a", at=AT, day=DAY, next_session=None)
    shown: Any = report_json(StatusList(traders=(status,)))
    assert "kind" not in shown
    assert "kind" not in shown["traders"][0]["day"]
    assert shown["traders"][0]["day"]["streak_note"] == "for people"
    one = CommandHelp(name="drill", usage="drill", summary="s", text="t", role="operator")
    assert report_json(HelpReport(commands=(one,)))["commands"][0]["name"] == "drill"  # type: ignore[index,call-overload]


def test_a_refusal_says_why_in_one_object() -> None:
    """Without a report there is an error with its reason, its sentence and what to type."""
    refused = Outcome(command="drill", outcome="refused", exit_code=4, reason="not_paper", message="No.", hint="check")
    assert as_json(refused) == {"error": {"reason": "not_paper", "message": "No.", "hint": "check"}}


def test_a_void_day_says_so() -> None:
    """It has one key more: why, who asked, who approved, when."""
    asha, ben = Actor(kind="slack", id="U01", name="Asha"), Actor(kind="slack", id="U02", name="Ben")
    void = VoidMark(reason="an outage", asked_by=asha, approved_by=ben, at=AT)
    shown: Any = report_json(DAY.model_copy(update={"void": void}))
    assert _keys(shown)[-1] == "void"
    assert shown["void"] == {
        "reason": "an outage",
        "asked_by": {"kind": "slack", "id": "U01", "name": "Asha"},
        "approved_by": {"kind": "slack", "id": "U02", "name": "Ben"},
        "at": "2026-11-23T04:00:00Z",
    }


def test_a_request_and_a_signature_tell_all_they_carry() -> None:
    """With the streak as it is then."""
    asha = Actor(kind="cli", id="asha", name="asha")
    asked = VoidReport(
        trader="a", date=date(2026, 11, 23), request=7, state="asked", reason="r", asked_by=asha, expires_at=AT,
        streak=STREAK,
    )  # fmt: skip
    shown: Any = report_json(asked)
    assert (shown["request"], shown["state"], shown["date"], shown["decided_by"]) == (7, "asked", "2026-11-23", None)
    signed = SignOffReport(trader="a", signed=SignOff(actor=asha, at=AT), days=(date(2026, 11, 23),), streak=STREAK)
    shown = report_json(signed)
    assert (shown["signed"]["actor"]["id"], shown["days"], shown["void"]) == ("asha", ["2026-11-23"], [])
