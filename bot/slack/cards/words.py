"""The words that every card shares: verdicts, times, seconds, who it was and what to type next."""

import re
import shlex
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.criteria import CRITERIA, CriterionResult
from bot.domain.people import Actor
from bot.domain.results import DayReport, StreakCount, VoidMark
from bot.domain.session import Session
from bot.domain.verdict import Verdict, worst
from bot.slack.cards.blocks import Block, button, escape

ICON = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.INCONCLUSIVE: "🟡"}
TO_DO = "⚪ to do"
VOID = "🚫 VOID"
MINUTES, SECONDS = "{time}", "{time_secs}"  # Slack's own names for the forms
_USER_ID = re.compile(r"[UW][A-Z0-9]+")
_SHORT = timedelta(minutes=10)
_WORST_FIRST = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def mark(verdict: Verdict) -> str:
    """A verdict as a word, with its sign beside it."""
    return f"{ICON[verdict]} {verdict}"


def seconds(value: float | None) -> str:
    """Seconds as a person reads them; a dash where nothing was measured."""
    return "-" if value is None else f"{value:.2f} s"


def interval(between: tuple[float | None, float | None]) -> str:
    """The interval in which positions became zero."""
    low, high = between
    if high is None:
        return "positions were never seen at zero" if low is not None else "not measured"
    return f"positions became zero between {seconds(low or 0.0)} and {seconds(high)}"


def head_words(report: DayReport) -> str:
    """Behind other words: the end of the ledger's chain when a verdict was recorded; nothing where there is none."""
    at = f" @ {report.head_seq}" if report.head_seq else ""
    return f" · ledger head `{escape(report.head[:12])}{at}`" if report.head else ""


def local(at: datetime, timezone: str = "UTC", form: str = MINUTES) -> str:
    """An instant as plain words in a zone: `09:15 IST`."""
    pattern = "%H:%M:%S %Z" if form == SECONDS else "%H:%M %Z"
    return f"{at.astimezone(ZoneInfo(timezone)):{pattern}}"


def when(at: datetime, timezone: str = "UTC", form: str = MINUTES) -> str:
    """An instant that each reader sees in their own local time; plain words where Slack cannot show it."""
    return f"<!date^{int(at.timestamp())}^{form}|{local(at, timezone, form)}>"


def form_for(session: Session) -> str:
    """The form of a session's times: with seconds where minutes would make its open and its close look alike."""
    return SECONDS if session.length < _SHORT else MINUTES


def who(actor: Actor) -> str:
    """Who it was, by name, without calling them."""
    return escape(str(actor), 80)


def mention(actor: Actor) -> str:
    """Who it was, called: only where something is left for them to do. Slack's people alone can be called."""
    return f"<@{actor.id}>" if actor.kind == "slack" and _USER_ID.fullmatch(actor.id) else who(actor)


def line_for(command: str, trader: str) -> str:
    """The line that runs a command for a trader."""
    return f"{command} {shlex.quote(trader)}" if trader else command


def run_button(label: str, line: str, *, primary: bool = False) -> Block:
    """A button that runs a line as whoever presses it."""
    return button(label, f"run:{line.split(' ', 1)[0]}", line, style="primary" if primary else None)


def form_button(label: str, line: str, *, primary: bool = False, danger: bool = False) -> Block:
    """A button that opens the form of a line's command, filled in with what the line says; nothing runs by it."""
    style = "danger" if danger else "primary" if primary else None
    return button(label, f"open:{line.split(' ', 1)[0]}", line, style=style)


def worst_first(report: DayReport) -> list[CriterionResult]:
    """The criteria that count, with those that failed first and those that passed last."""
    counted = [result for result in report.criteria if result.id not in report.excluded]
    return sorted(counted, key=lambda result: _WORST_FIRST.index(result.verdict))


def so_far(report: DayReport) -> Verdict:
    """A day's verdict, or how it looks before there is one."""
    seen = (result for result in worst_first(report) if not report.is_to_do(result))
    return report.verdict or worst(result.verdict for result in seen)


def day_words(number: int, required: int) -> str:
    """Which day of the burn-in it is; once the trader is cleared, the days are only counted on."""
    return f"Day {number} of {required}" if number <= required else f"Day {number}, after {required}/{required}"


def plural(number: int, noun: str) -> str:
    """A number of things: `1 check`, `2 checks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def coverage(excluded: dict[str, str], total: int = len(CRITERIA)) -> str:
    """How many criteria counted, and why the others did not."""
    said = f"{total - len(excluded)} of {total} criteria"
    reasons = "; ".join(f"{escape(name)} excluded: {escape(reason, 200)}" for name, reason in excluded.items())
    return f"{said}; {reasons}" if reasons else said


def streak_words(streak: StreakCount, note: str = "") -> str:
    """The streak, and what moved it."""
    said = f"Streak {streak.passed}/{streak.required}"
    if streak.cleared:
        said += ", CLEARED for canary LIVE"
    return f"{said} ({escape(note, 300)})" if note else said


def void_words(void: VoidMark) -> str:
    """Why a day is void, who asked for it and who approved."""
    return f"{escape(void.reason, 300)} (asked for by {who(void.asked_by)}, approved by {who(void.approved_by)})"


def session_words(session: Session) -> str:
    """When a session opens and closes, for each reader."""
    form = form_for(session)
    return f"{when(session.opens, session.timezone, form)} to {when(session.closes, session.timezone, form)}"
