"""What a terminal shows of a day: what an auditor asks first stands below its criteria."""

from datetime import date

import pytest

from bot.domain.criteria import CriterionResult
from bot.domain.day import THEN, DayState, Provenance
from bot.domain.results import DayReport, StreakCount
from bot.domain.verdict import Verdict
from bot.terminal.reports import show_report

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


def test_an_open_day_tells_neither(capsys: pytest.CaptureFixture[str]) -> None:
    """It has not been judged."""
    show_report(DAY.model_copy(update={"criteria": (), "provenance": Provenance()}))
    said = capsys.readouterr().out
    assert "samples:" not in said
    assert "judged by:" not in said
