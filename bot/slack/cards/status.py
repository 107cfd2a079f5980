"""Where each trader's burn-in stands, as an answer."""

from datetime import datetime

from bot.domain.duration import spoken
from bot.domain.results import RunningCommand, StatusList, StatusReport, VoidWaiting
from bot.slack.cards.blocks import Block, context, divider, escape, section
from bot.slack.cards.day_card import next_line, standing_of
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import run_button, streak_words, when, who

MOST_TRADERS = 20
MOST_RUNNING = 5


def render_report(statuses: StatusList) -> Message:
    """One paragraph a trader, with the next thing to run beside it."""
    text = " · ".join(f"{escape(one.trader, 60)}: {_standing(one)}" for one in statuses.traders)
    return message(text or "No trader is configured.", _blocks(statuses))


def _blocks(statuses: StatusList) -> list[Block]:
    blocks: list[Block] = []
    for one in statuses.traders[:MOST_TRADERS]:
        following = next_line(one.day) if one.day else None
        blocks += [section("\n".join(_paragraph(one)), run_button(*following) if following else None), divider()]
    left = len(statuses.traders) - MOST_TRADERS
    return [*blocks[:-1], context(f"… and {left} more traders")] if left > 0 else blocks[:-1]


def _paragraph(one: StatusReport) -> list[str]:
    said = [standing_line(one)]
    said += streak_lines(one)
    said += [*next_session_line(one), *(void_line(request) for request in one.void_requests)]
    said += [running_line(work) for work in one.running[:MOST_RUNNING]]
    return [*said, f"*Next:* {escape(one.next_step)}"] if one.next_step else said


def standing_line(one: StatusReport) -> str:
    """The trader, and where its day stands."""
    return f"*{escape(one.trader, 80)}* · {_standing(one)}"


def streak_lines(one: StatusReport) -> list[str]:
    """The streak, or since when it is cleared and who signed that."""
    if one.clearance is None:
        return [streak_words(one.day.streak, one.day.streak_note)] if one.day else []
    signed = one.clearance.signed
    by = f"signed off by {who(signed.actor)} on {_date(signed.at)}" if signed else "not signed off yet"
    return [f"🏁 CLEARED for canary LIVE since {_date(one.clearance.since)}, {by}"]


def next_session_line(one: StatusReport) -> list[str]:
    """When the next session opens, where there is one."""
    following = one.next_session
    if following is None:
        return []
    opens = when(following.opens, following.timezone, "{date_short} {time}")
    return [f"Next session {following.date}, opens {opens}, in {spoken(following.opens - one.at)}"]


def void_line(request: VoidWaiting) -> str:
    """That a day is to be void, once another person says so."""
    asked = f"{who(request.asked_by)} asks to void {request.day}"
    return f"✋ {asked} ({escape(request.reason, 200)}): an approver answers `approve {request.number}` or `decline …`"


def running_line(work: RunningCommand) -> str:
    """What runs, by whom and since when."""
    return f"⏳ {escape(work.command, 40)} by {escape(work.actor, 80)} since {when(work.since)}"


def _date(at: datetime) -> str:
    """The date of an instant, as each reader's calendar has it."""
    return f"<!date^{int(at.timestamp())}^{{date_short}}|{at.date()}>"


def _standing(one: StatusReport) -> str:
    return f"{one.day.date} {standing_of(one.day)}" if one.day is not None else "no session today"
