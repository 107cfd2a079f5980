"""What a terminal shows of a day: what an auditor asks first stands below its criteria."""

from datetime import UTC, date, datetime

import pytest

from bot.domain.criteria import CriterionResult
from bot.domain.day import THEN, DayState, Provenance
from bot.domain.people import Actor, SignOff
from bot.domain.results import (
    AuditReport,
    AuditRow,
    DayReport,
    HistoryReport,
    ReminderReport,
    SignOffReport,
    StatusList,
    StatusReport,
    StreakCount,
    VoidMark,
    VoidReport,
    VoidWaiting,
)
from bot.domain.verdict import Verdict
from bot.terminal.reports import show_report

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
ASHA, BEN = Actor(kind="slack", id="U01", name="Asha"), Actor(kind="slack", id="U02", name="Ben")
LEADER = CriterionResult(
    id="leader",
    verdict=Verdict.PASS,
    reason="proven",
    detail="Leader was 1 in all 46 samples.",
    evidence={"sources": {"bot": 34, "prometheus": 12}},
)
DAY = DayReport(
    trader="orb",
    date=date(2026, 11, 23),
    state=DayState.CLOSED,
    verdict=Verdict.PASS,
    criteria=(LEADER,),
    streak=StreakCount(passed=1, required=3, cleared=False),
    provenance=Provenance(build="paper-1.0.0", policy="a" * 64, rules=f"{'b' * 64}{THEN}{'c' * 64}"),
)


def test_a_closed_day_tells_its_sources_and_what_it_was_judged_by(capsys: pytest.CaptureFixture[str]) -> None:
    """Whose samples they were, by which policy and rules file, on which build; a change within the day shows both."""
    show_report(DAY)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "samples: 34 from the bot's own scrapes, 12 from Prometheus",
        f"judged by: policy {'a' * 12}, rules file {'b' * 12} then {'c' * 12}, build paper-1.0.0",
    ]


def test_an_audit_trail_tells_why_something_was_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """An auditor at a terminal reads what came of each command, and that there are older ones."""
    row = AuditRow(
        seq=7, at=AT, actor="Gus", origin="slack", command="flatten", args="", outcome="refused", seconds=0.1,
        detail="Guests may look.",
    )  # fmt: skip
    show_report(AuditReport(rows=(row,), older=True))
    said = capsys.readouterr().out
    assert "Guests may look." in said
    assert "--last N shows more" in said


def test_an_open_day_tells_neither(capsys: pytest.CaptureFixture[str]) -> None:
    """It has not been judged."""
    show_report(DAY.model_copy(update={"criteria": (), "provenance": Provenance()}))
    said = capsys.readouterr().out
    assert "samples:" not in said
    assert "judged by:" not in said


def test_a_void_day_says_so_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Before whatever it proved, in its report and in the history."""
    void = VoidMark(reason="an outage", asked_by=ASHA, approved_by=BEN, at=AT)
    day = DAY.model_copy(update={"void": void})
    show_report(day)
    show_report(HistoryReport(trader="orb", days=(day,), streak=day.streak))
    said = capsys.readouterr().out
    assert said.startswith(
        "VOID  orb  2026-11-23  closed  streak 1/3\nvoid (it was PASS): an outage; asked for by Asha"
    )
    assert said.splitlines()[-1].split("  ")[-1].strip() == "an outage (it was PASS)"
    assert "\nPASS" not in said


def test_a_request_tells_what_to_type_next(capsys: pytest.CaptureFixture[str]) -> None:
    """Another person approves it; once it is approved, who did."""
    asked = VoidReport(
        trader="orb", date=DAY.date, request=7, state="asked", reason="an outage", asked_by=ASHA, expires_at=AT,
        streak=DAY.streak,
    )  # fmt: skip
    show_report(asked)
    assert capsys.readouterr().out.splitlines() == [
        "orb  2026-11-23  an outage",
        "request 7 of Asha: asked; it expires at 2026-11-23 04:00:00 UTC",
        "streak 1/3",
        "next step: another person runs burnin approve 7 orb",
    ]
    show_report(asked.model_copy(update={"state": "approved", "decided_by": BEN, "streak_note": "void: 2026-11-23"}))
    assert capsys.readouterr().out.splitlines() == [
        "VOID  orb  2026-11-23  an outage",
        "request 7 of Asha: approved by Ben",
        "streak 1/3: void: 2026-11-23",
    ]


def test_a_signature_tells_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    """The days that it rests on, and those that were left out."""
    days = (date(2026, 11, 20), date(2026, 11, 24))
    signed = SignOff(actor=BEN, at=AT)
    show_report(SignOffReport(trader="orb", signed=signed, days=days, void=(DAY.date,), streak=DAY.streak))
    assert capsys.readouterr().out.splitlines() == [
        "orb  clearance signed off by Ben at 2026-11-23 04:00:00 UTC",
        "PASS on 2026-11-20, 2026-11-24; void: 2026-11-23",
    ]


def test_an_answer_to_a_reminder_tells_which_and_until_when(capsys: pytest.CaptureFixture[str]) -> None:
    """On one line, by whom."""
    show_report(
        ReminderReport(trader="orb", date=DAY.date, about="close_due", answer="snoozed", by="Asha", at=AT, until=AT)
    )
    assert capsys.readouterr().out == "orb  Asha has snoozed close_due of 2026-11-23 until 04:00 UTC\n"


def test_status_tells_what_waits_for_a_second_person(capsys: pytest.CaptureFixture[str]) -> None:
    """With the line that answers it."""
    asked = VoidWaiting(number=7, day=DAY.date, reason="an outage", asked_by=ASHA, expires_at=AT)
    status = StatusReport(trader="orb", at=AT, day=DAY, next_session=None, void_requests=(asked,))
    show_report(StatusList(traders=(status,)))
    assert "  void? Asha asks to void 2026-11-23: an outage (burnin approve 7)\n" in capsys.readouterr().out
