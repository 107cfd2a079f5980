"""A day's verdict: the word, why, every criterion, the streak with it, and what to do next."""

from bot.domain.notice import VerdictReached
from bot.domain.results import DayReport
from bot.domain.sample import Source
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, context, escape, header, lines, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.script_done import script_words
from bot.slack.cards.words import coverage, criteria_lines, mark, plural, streak_words, who, worst_first


def render(reached: VerdictReached, trader: str) -> Message:
    """The verdict; those criteria that did not pass come first, each with its reason."""
    report = reached.report
    name = trader or report.trader
    verdict = report.verdict or Verdict.INCONCLUSIVE
    blocks: list[Block] = [header(f"{mark(verdict)} · {name} · {report.date}")]
    blocks.append(section(f"*{streak_words(report.streak, report.streak_note)}* · {coverage(report.excluded)}"))
    blocks += lines(criteria_lines(worst_first(report), _room))
    if filled := report.sources.get(Source.PROMETHEUS):
        blocks.append(context(f"{filled} of {sum(report.sources.values())} samples are those of Prometheus"))
    if report.scripts:
        blocks.append(context(*[script_words(run) for run in report.scripts]))
    blocks.append(section(f"*Next:* {next_words(report, verdict)}"))
    head = f" · ledger head `{escape(report.head[:12])}`" if report.head else ""
    blocks.append(context(f"Closed by {who(reached.actor)}{head}"))
    return message(_text(report, name, verdict), blocks)


def next_words(report: DayReport, verdict: Verdict) -> str:
    """What follows from a verdict."""
    if verdict is Verdict.FAIL:
        return "mend what failed; the streak starts anew with the next session."
    if verdict is Verdict.INCONCLUSIVE:
        return "make the missing proof available for the next session; this day does not count."
    missing = report.streak.required - report.streak.passed
    if report.streak.cleared or missing <= 0:
        return "the canary may go LIVE by the desk's own procedure."
    return f"{plural(missing, 'more PASS day')} to go; the next session counts."


def _text(report: DayReport, name: str, verdict: Verdict) -> str:
    bad = [result for result in worst_first(report) if result.verdict is not Verdict.PASS]
    reason = f" · {escape(bad[0].id)}: {escape(bad[0].detail or bad[0].reason, 200)}" if bad else ""
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    streak = f"streak {report.streak.passed}/{report.streak.required}"
    return f"{mark(verdict)} · {escape(name, 80)} · {report.date} · {streak}{reason}{more}"


def _room(verdict: Verdict) -> int:
    return 120 if verdict is Verdict.PASS else 400
