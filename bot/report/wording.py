"""How a report puts things: the word for a day, why it is so, and what to do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.daybook import next_step
from bot.domain.day import DayState
from bot.domain.mark import MarkKind
from bot.domain.results import DayReport
from bot.domain.verdict import Verdict
from bot.report.reading import DayRead
from bot.slack.cards.criteria import NAMES
from bot.slack.cards.verdict import next_words
from bot.slack.cards.words import plural, worst_first

VOID: Final = "VOID"
_NAMED: Final = 3  # other criteria
_STATES: Final[Mapping[DayState, str]] = {
    DayState.SCHEDULED: "NOT OPEN YET",
    DayState.OPEN: "OPEN",
    DayState.AWAITING_CLOSE: "NOT CLOSED",
}
_TONES: Final[Mapping[str, str]] = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "unsure", VOID: "void"}
_HAPPENED: Final[Mapping[MarkKind, str]] = {
    MarkKind.GAP: "Not sampled",
    MarkKind.BREACH: "Target lost",
    MarkKind.ALERT: "Alert fired",
    MarkKind.RESTART: "Trader restarted",
    MarkKind.DRILL: "Drill",
    MarkKind.FLATTEN: "Flatten",
}


def word_of(report: DayReport) -> str:
    """Return the word for a day: that it is void comes before whatever it proved."""
    return VOID if report.void else str(report.verdict or _STATES[report.state])


def tone_of(word: str) -> str:
    """Return in which colour a word stands; the word itself says it too."""
    return _TONES.get(word, "open")


def name_of(criterion: str) -> str:
    """Return a criterion's name in plain language; a watch also knows what is none."""
    return {**NAMES, "coverage": "Coverage", "clock": "The host's clock"}.get(criterion, criterion)


def happened(kind: MarkKind, name: str) -> str:
    """Return what a mark on the picture stands for."""
    told = name_of(name) if kind is MarkKind.BREACH else name
    return f"{_HAPPENED.get(kind, str(kind))}: {told}" if name else _HAPPENED.get(kind, str(kind))


def why_of(day: DayRead) -> str:
    """Return in one sentence why a day is what it is."""
    report = day.report
    if report.void is not None:
        return _sentence(report.void.reason)
    if report.state is DayState.SCHEDULED:
        return "The session has not opened yet."
    bad = [each for each in worst_first(report) if each.verdict is not Verdict.PASS and not report.is_to_do(each)]
    if bad:
        return f"{bad[0].detail or bad[0].reason}{_and_others([name_of(each.id) for each in bad[1:]])}"
    return _why_not_worse(day)


def _and_others(names: Sequence[str]) -> str:
    """Return which other criteria are no PASS; of more than a line holds, how many."""
    if not names:
        return ""
    return f" Also: {', '.join(names)}." if len(names) <= _NAMED else f" And {len(names)} more criteria."


def _why_not_worse(day: DayRead) -> str:
    report = day.report
    if report.verdict is None:
        return "Nothing is lost so far. A verdict comes with the close."
    if report.verdict is Verdict.PASS:
        left_out = f"; {len(report.excluded)} excluded" if report.excluded else ""
        return f"Every criterion held its target throughout, proven: {len(report.criteria)} passed{left_out}."
    return "Nobody closed this day before the next session opened, so nothing of it counts."


def todo_of(day: DayRead) -> str:
    """Return what a person should do now; nothing is an answer too."""
    report, ends = day.report, clock_of(day.session.closes, day.session.timezone)
    if report.void is not None or report.verdict is not None:
        return _sentence(next_words(report, report.verdict or Verdict.INCONCLUSIVE))
    if report.state is DayState.SCHEDULED:
        return "Nothing before the open."
    if report.state is DayState.AWAITING_CLOSE:
        return "Close the day; only then it is judged."
    if any(each.verdict is Verdict.FAIL for each in report.criteria):
        return "Find out why and mend it; this day cannot pass any more."
    if next_step(report) == "drill":
        return f"Run the drill before {ends}; the day cannot pass without one."
    return f"Nothing now; close the day after {ends}."


def criteria_words(report: DayReport) -> str:
    """Return how many criteria were judged how; of a day that is not judged, how many count."""
    if report.verdict is None or not report.criteria:
        return f"{len(NAMES) - len(report.excluded)} of {len(NAMES)} count"
    counted = Counter(each.verdict for each in report.criteria)
    return ", ".join(f"{counted[verdict]} {verdict}" for verdict in Verdict if counted[verdict])


def streak_words(report: DayReport) -> str:
    """Return the streak, and whether it clears."""
    counted = report.streak
    return f"{counted.passed} of {plural(counted.required, 'day')}" + (", cleared" if counted.cleared else "")


def clock_of(at: datetime, timezone: str, form: str = "%H:%M %Z") -> str:
    """Return an instant by the exchange's clock."""
    return f"{at.astimezone(ZoneInfo(timezone)):{form}}"


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}"
