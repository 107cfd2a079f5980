"""A day's verdict: the word, why, what to do next, then every criterion and the streak with it."""

from bot.domain.notice import VerdictReached
from bot.domain.results import DayReport
from bot.domain.sample import Source
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, context, escape, header, lines, section
from bot.slack.cards.criteria import coverage_words, lines_of, reason_of
from bot.slack.cards.message import Message, message
from bot.slack.cards.script_done import script_words
from bot.slack.cards.words import VOID, coverage, head_words, mark, plural, streak_words, void_words, who, worst_first


def render(reached: VerdictReached, trader: str) -> Message:
    """The verdict; those criteria that did not pass come first, each with its reason."""
    report = reached.report
    name = trader or report.trader
    verdict = report.verdict or Verdict.INCONCLUSIVE
    word = VOID if report.void else mark(verdict)
    blocks: list[Block] = [header(f"{word} · {name} · {report.date}"), section("\n".join(_top(report, verdict)))]
    blocks += lines(lines_of(report, 400))
    if report.watched:
        blocks.append(context(coverage_words(report.watched)))
    if filled := report.sources.get(Source.PROMETHEUS):
        blocks.append(context(f"{filled} of {sum(report.sources.values())} samples are those of Prometheus"))
    if report.scripts:
        blocks.append(context(*[script_words(run) for run in report.scripts]))
    blocks.append(context(f"Closed by {who(reached.actor)}{head_words(report)}"))
    return message(_text(report, name, word), blocks)


def next_words(report: DayReport, verdict: Verdict) -> str:
    """What follows from a verdict."""
    if report.void is not None:
        return "nothing; a void day neither counts nor resets the streak."
    if verdict is Verdict.FAIL:
        return "mend what failed; the streak starts anew with the next session."
    if verdict is Verdict.INCONCLUSIVE:
        return "make the missing proof available for the next session; this day does not count."
    missing = report.streak.required - report.streak.passed
    if report.streak.cleared or missing <= 0:
        return "with the clearance signed off, the canary may go LIVE by the desk's own procedure."
    return f"{plural(missing, 'more PASS day')} to go; the next session counts."


def _top(report: DayReport, verdict: Verdict) -> list[str]:
    streak = f"*{streak_words(report.streak, report.streak_note)}* · {coverage(report.excluded)}"
    return [*_why(report, verdict), f"*Next:* {next_words(report, verdict)}", streak]


def _why(report: DayReport, verdict: Verdict) -> list[str]:
    if report.void is not None:
        return [f"*Why:* {void_words(report.void)}; the evidence reads {verdict}"]
    reason = _reason(report)
    return [f"*Why:* {reason}"] if reason else []


def _reason(report: DayReport) -> str:
    """The worst that kept the day from passing, and how much more there is."""
    bad = [result for result in worst_first(report) if result.verdict is not Verdict.PASS]
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return reason_of(bad[0]) + more if bad else ""


def _text(report: DayReport, name: str, word: str) -> str:
    reason = "" if report.void else _reason(report)
    streak = f"streak {report.streak.passed}/{report.streak.required}"
    return f"{word} · {escape(name, 80)} · {report.date} · {streak}" + (f" · {reason}" if reason else "")
