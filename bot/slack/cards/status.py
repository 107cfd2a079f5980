"""Where each trader's burn-in stands, as an answer."""

from datetime import datetime

from bot.domain.duration import spoken
from bot.domain.results import RunningCommand, StatusList, StatusReport, VoidWaiting
from bot.domain.session import Session
from bot.slack.cards.blocks import Block, context, divider, escape, section
from bot.slack.cards.day_card import next_line, standing_of
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import run_button, streak_words, when, who

MOST_TRADERS = 20
MOST_RUNNING = 5


def render_report(statuses: StatusList) -> Message:
    """One paragraph a trader, with the next thing to run beside it."""
    text = " · ".join(f"{escape(one.trader, 60)}: {standing(one)}" for one in statuses.traders)
    return message(text or "No trader is configured.", _blocks(statuses))


def _blocks(statuses: StatusList) -> list[Block]:
    blocks: list[Block] = []
    for one in statuses.traders[:MOST_TRADERS]:
        following = next_line(one.day) if one.day else None
        blocks += [section("\n".join(_paragraph(one)), run_button(*following) if following else None), divider()]
    left = len(statuses.traders) - MOST_TRADERS
    return [*blocks[:-1], context(f"… and {left} more traders")] if left > 0 else blocks[:-1]


def _paragraph(one: StatusReport) -> list[str]:
    said = [f"*{escape(one.trader, 80)}* · {standing(one)}", streak_line(one)]
    if one.next_session is not None:
        said.append(f"Next session {one.next_session.date}, opens {opening(one.next_session, one.at)}")
    if one.legal_hold:
        said.append(f"🔒 Legal hold: {escape(one.legal_hold, 200)}; no sample is deleted")
    said += [void_line(request) for request in one.void_requests]
    said += [running_line(work) for work in one.running[:MOST_RUNNING]]
    return [*said, f"*Next:* {escape(one.next_step)}"] if one.next_step else said


def streak_line(one: StatusReport) -> str:
    """The streak; where it cleared the trader, since when and who signed that; and what moved it."""
    if one.day is None:
        return "Streak: none yet"
    said = streak_words(one.day.streak)
    if one.clearance is not None:
        signed = one.clearance.signed
        by = f"signed off by {who(signed.actor)} on {_date(signed.at)}" if signed else "not signed off yet"
        said += ("" if one.day.streak.cleared else ", CLEARED") + f" since {_date(one.clearance.since)}, {by}"
    return f"{said} ({escape(one.day.streak_note, 300)})" if one.day.streak_note else said


def opening(session: Session, at: datetime) -> str:
    """When a session to come opens, and how long that is from an instant."""
    return f"{when(session.opens, session.timezone, '{date_short} {time}')}, in {spoken(session.opens - at)}"


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


def standing(one: StatusReport) -> str:
    """Where the day of a trader stands."""
    return f"{one.day.date} {standing_of(one.day)}" if one.day is not None else "no session today"
