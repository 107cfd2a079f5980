"""The root message of a trader's day, and the same facts as an answer to `/burnin day`.

On a phone its first lines decide: whether today is good, why not, and what to do. The numbers come below.
"""

from bot.daybook import next_step
from bot.domain.criteria import CriterionResult
from bot.domain.day import DayState
from bot.domain.notice import DayCard
from bot.domain.results import DayReport
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, actions, context, escape, header, lines, section
from bot.slack.cards.criteria import coverage_words, lines_of, name_of, reason_of
from bot.slack.cards.message import Message, message
from bot.slack.cards.verdict import next_words
from bot.slack.cards.words import (
    VOID,
    coverage,
    day_words,
    form_button,
    form_for,
    head_words,
    line_for,
    mark,
    run_button,
    so_far,
    streak_words,
    void_words,
    when,
    worst_first,
)

STATES = {
    DayState.SCHEDULED: "not open yet",
    DayState.OPEN: "session open",
    DayState.AWAITING_CLOSE: "session over, not closed yet",
    DayState.CLOSED: "closed",
}
GOOD = "🟢 Good so far"
_LABELS = {"close": "Close the day", "drill": "Run the drill", "check": "Check the gauges"}


def render(card: DayCard, trader: str) -> Message:
    """The day at a glance: state and verdict so far, every criterion on its line, what to do next."""
    return _day(card.report, f"{day_words(card.number, card.required)} · {trader or card.report.trader}")


def render_report(report: DayReport) -> Message:
    """A day as it was asked for."""
    return _day(report, report.trader)


def _day(report: DayReport, whose: str) -> Message:
    title = f"{whose} · {report.date}"
    standing, why = _standing(report), _why(report)
    top = [f"*{standing}*", f"*Why:* {why}" if why else "", f"*Next:* {_next(report)}"]
    blocks: list[Block] = [header(title), section("\n".join(line for line in top if line))]
    if (buttons := _buttons(report)) is not None:
        blocks.append(buttons)
    if report.state is not DayState.SCHEDULED and not report.before_burn_in:
        blocks += lines(lines_of(report))
    blocks += [context(line) for line in _small_print(report)]
    return message(f"{escape(title)}: {standing}" + (f" · {why}" if why else ""), blocks)


def standing_of(report: DayReport) -> str:
    """Where the day stands, verdict first, and what is still to do, on one line."""
    waiting = [name_of(result.id) for result in worst_first(report) if report.is_to_do(result)]
    return _standing(report) + (f" · to do: {', '.join(waiting)}" if waiting else "")


def _standing(report: DayReport) -> str:
    state = STATES[report.state]
    if report.void is not None:
        return f"{VOID} · {state}"
    if report.verdict is not None:
        return f"{mark(report.verdict)} · {state}"
    if report.state is DayState.SCHEDULED:
        return f"⚪ {state[:1].upper()}{state[1:]}"
    if report.before_burn_in:
        return "⚪ Over, and nobody watched it"
    # Nothing is called PASS before the whole session has been judged.
    return f"{f'{mark(so_far(report))} so far' if _bad(report) else GOOD} · {state}"


def next_line(report: DayReport) -> tuple[str, str] | None:
    """The label and the line of the next thing to run, if a person has something to do."""
    if report.void is not None:
        return None
    looking = report.state is DayState.OPEN and (_has_failed(report) or not next_step(report))
    command = "check" if looking else next_step(report)
    return (_LABELS[command], line_for(command, report.trader)) if command else None


def _has_failed(report: DayReport) -> bool:
    return any(result.verdict is Verdict.FAIL for result in _bad(report))


def _bad(report: DayReport) -> list[CriterionResult]:
    """What is lost already, worst first."""
    counted = worst_first(report)
    return [result for result in counted if result.verdict is not Verdict.PASS and not report.is_to_do(result)]


def _why(report: DayReport) -> str:
    if report.void is not None:
        return void_words(report.void)
    if report.state is DayState.SCHEDULED or report.before_burn_in:
        return ""
    bad = _bad(report)
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return reason_of(bad[0]) + more if bad else ""


def _next(report: DayReport) -> str:  # noqa: PLR0911 - one return a state
    """What a person should do now; nothing is an answer too."""
    if report.void is not None:
        return "nothing; a void day neither counts nor resets the streak."
    if report.verdict is not None:
        return next_words(report, report.verdict)
    if report.state is DayState.SCHEDULED:
        return "nothing before the open."
    if report.before_burn_in:
        return "nothing; the burn-in begins with the first session that is watched."
    if report.state is DayState.AWAITING_CLOSE:
        return "close the day; only then it is judged."
    if _has_failed(report):
        return "find out why and mend it; this day cannot pass any more."
    if next_step(report) == "drill":
        return "run the drill; the day cannot pass without one."
    if _bad(report):
        return "mend it; whether the day can still pass is judged at the close."
    until = f" after {when(report.session.closes, report.session.timezone)}" if report.session else ""
    return f"nothing now; close the day{until}."


def _buttons(report: DayReport) -> Block | None:
    """One primary button, and while the session is open the gauges and the way out."""
    following = next_line(report)
    if following is None:
        return None
    label, line = following
    command, trader = line.split(" ", 1)[0], report.trader
    as_form = command == "drill"  # what it takes can be looked at, and changed
    buttons = [form_button(label, line, primary=True) if as_form else run_button(label, line, primary=True)]
    if report.state is DayState.OPEN:
        if command != "check":
            buttons.append(run_button(_LABELS["check"], line_for("check", trader)))
        buttons.append(form_button("Flatten…", line_for("flatten", trader), danger=True))
    return actions(*buttons)


def _small_print(report: DayReport) -> list[str]:
    watched = [coverage_words(report.watched)] if report.watched and report.state is not DayState.SCHEDULED else []
    session = [_session(report.session, report.state)] if report.session else []
    counted = f"{streak_words(report.streak, report.streak_note)} · {coverage(report.excluded)}"
    return [*session, *watched, counted + head_words(report)]


def _session(session: Session, state: DayState) -> str:
    """When the session is, and how long until the edge that comes next."""
    form = form_for(session)
    opens, closes = (when(at, session.timezone, form) for at in (session.opens, session.closes))
    if state is DayState.SCHEDULED:
        return f"Opens {when(session.opens, session.timezone, f'{form} ({{ago}})')}, closes {closes}"
    if state is DayState.OPEN:
        return f"Open since {opens}, closes {when(session.closes, session.timezone, f'{form} ({{ago}})')}"
    return f"Session {opens} to {closes}"
