"""A target that was lost, or is held again, while the session runs."""

from datetime import timedelta

from bot.domain.criteria import ALERTS, CLOCK, COVERAGE
from bot.domain.duration import spoken
from bot.domain.notice import WatchChange
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, actions, escape, section
from bot.slack.cards.criteria import name_of
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import ICON, SECONDS, line_for, local, run_button, when

# What is no gauge with a target has words of its own, when it is lost and when it is back.
_LOST = {
    COVERAGE: "⚠️ The trader cannot be read",
    CLOCK: "⚠️ The clock of the bot's host was moved",
}
_BACK = {
    COVERAGE: "↩️ The trader is read again",
    ALERTS: "↩️ The alerts are quiet again",
}
# Nobody should take it for a good day that a target is held again.
_STAYS = {
    Verdict.FAIL: "The day has failed on it all the same.",
    Verdict.INCONCLUSIVE: "Whether the day can still pass is judged at the close.",
}


def render(change: WatchChange, trader: str) -> Message:
    """What changed, since when, against which target, and a look at the gauges where something was lost."""
    said = _back(change) if change.recovered else _lost(change)
    name, detail = escape(trader, 80), escape(_detail(change))
    since = "" if change.recovered or change.criterion == CLOCK else "since "
    text = f"{said} · {name} · {since}{local(change.at, form=SECONDS)}" + (f": {detail}" if detail else "")
    shown = f"*{said}* · {name} · {since}{when(change.at, form=SECONDS)}"
    blocks: list[Block] = [section(f"{shown}\n{detail}" if detail else shown)]
    if not change.recovered:
        blocks.append(actions(run_button("Check the gauges", line_for("check", trader), primary=True)))
    return message(text, blocks)


def _lost(change: WatchChange) -> str:
    if change.criterion in _LOST:
        return _LOST[change.criterion]
    name = name_of(change.criterion)
    if change.verdict is Verdict.INCONCLUSIVE:
        return f"{ICON[Verdict.INCONCLUSIVE]} {name} cannot be judged"
    return "❌ An alert is firing" if change.criterion == ALERTS else f"❌ {name} missed its target"


def _detail(change: WatchChange) -> str:
    stays = _STAYS.get(change.verdict, "") if change.recovered and change.verdict else ""
    return f"{change.detail} {stays}".strip()


def _back(change: WatchChange) -> str:
    said = _BACK.get(change.criterion) or f"↩️ {name_of(change.criterion)} is held again"
    return said if change.seconds is None else f"{said} after {spoken(timedelta(seconds=change.seconds))}"
