"""The quick check: each gauge against its target."""

import json
from collections.abc import Iterable

from bot.domain.judge import describe_reason
from bot.domain.results import CheckReport, GaugeReading
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import ONCE, Block, actions, captioned, context, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import mark, run_button, when

_MOST = 20  # rows; all of them are in the file


def render_report(report: CheckReport, hint: str = "") -> Message:
    """Verdict and reason first, then the gauges as a table; `hint` is the line that shares it."""
    blocks = details(report)
    if report.shared:
        blocks.append(context("Shared: the day's thread is told as well, with all rows as CSV."))
    elif hint:
        blocks.append(actions(run_button("Share in the thread", hint), block_id=ONCE))
    return message(headline(report), blocks)


def render_shared(report: CheckReport, actor: str) -> Message:
    """The same for everybody, with who shared it."""
    return message(headline(report), [*details(report), context(f"Shared by {actor}")])


def headline(report: CheckReport) -> str:
    """Verdict first, then the reason, in one line."""
    return f"{mark(report.verdict)} · check {escape(report.trader, 80)}: {_reason(report)}"


def details(report: CheckReport) -> list[Block]:
    """The headline, the gauges, and what the trader says of itself."""
    blocks: list[Block] = [section(f"*{headline(report)}*")]
    if report.readings:
        columns, rows = _table(report)
        caption = f"Gauges of {report.trader} against their targets"
        blocks += captioned(caption, columns, rows, right=(2,), most=_MOST)
    facts = [f"{name}: {_facts(found)}" for name, found in (("ready", report.ready), ("supervisor", report.supervisor))]
    return [*blocks, context(*_shown_only(report.readings), f"Read {when(report.at, form='{time_secs}')}", *facts)]


def _table(report: CheckReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return columns and rows: a phone shows the first few, and why only where something has to be explained."""
    rows: list[tuple[str, ...]] = [(r.name, str(r.verdict), r.shown, r.target, _why(r)) for r in report.readings]
    columns: tuple[str, ...] = ("Gauge", "Verdict", "Value", "Target", "Why")
    if any(row[-1] for row in rows):
        return columns, rows
    return columns[:-1], [row[:-1] for row in rows]


def _reason(report: CheckReport) -> str:
    if not report.readings:
        return "nothing could be read"
    if report.verdict is Verdict.PASS:
        return "every target is held"
    bad = [reading for reading in report.readings if reading.verdict is report.verdict]
    if not bad:
        return "every target is held, but the trader does not say that it is ready"
    said = [f"{escape(r.name, 60)} is {escape(r.shown, 40)}, target {escape(r.target, 40)}" for r in bad[:3]]
    return "; ".join(said) + (" …" if bad[3:] else "")


def _why(reading: GaugeReading) -> str:
    return "" if reading.explains_itself or _is_shown_only(reading) else describe_reason(reading.reason)


def _is_shown_only(reading: GaugeReading) -> bool:
    return not reading.explains_itself and reading.verdict is Verdict.PASS


def _shown_only(readings: Iterable[GaugeReading]) -> list[str]:
    """Return a line on what a check cannot judge, in place of a cell of its own beside each: those make high rows."""
    names = [reading.name for reading in readings if _is_shown_only(reading)]
    return (
        [f"{escape(', '.join(names), 300)}: shown for information; only a whole session can be judged."]
        if names
        else []
    )


def _facts(found: JsonObject) -> str:
    return escape(", ".join(f"{name} {_fact(value)}" for name, value in found.items()), 300) or "no answer"


def _fact(value: object) -> str:
    """Return a fact as it was said; of things with a name and more, each thing's words: `scan running`."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "name" in one for one in value):
        return ", ".join(" ".join(str(word) for word in one.values()) for one in value)
    return json.dumps(value, ensure_ascii=False)
