"""The quick check: each gauge against its target."""

import json

from bot.domain.judge import describe_reason
from bot.domain.results import CheckReport, GaugeReading
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, context, escape, section, table
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import mark, when


def render_report(report: CheckReport) -> Message:
    """Verdict and reason first, then the gauges as a table."""
    said = f"{mark(report.verdict)} · check {escape(report.trader, 80)}: {_reason(report)}"
    blocks: list[Block] = [section(f"*{said}*")]
    if report.readings:
        rows = [(r.name, r.shown, r.target, str(r.verdict), _why(r)) for r in report.readings]
        blocks.append(table(("Gauge", "Value", "Target", "Verdict", "Why"), rows, right=(1,)))
    facts = [f"{name}: {_facts(found)}" for name, found in (("ready", report.ready), ("supervisor", report.supervisor))]
    blocks.append(context(f"Read {when(report.at, form='{time_secs}')}", *facts))
    return message(said, blocks)


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
    return "" if reading.explains_itself else describe_reason(reading.reason)


def _facts(found: JsonObject) -> str:
    said = ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in found.items())
    return escape(said, 300) or "no answer"
