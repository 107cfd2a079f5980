"""Where each trader's burn-in stands: as an answer, and as the app's Home."""

from bot.domain.duration import spoken
from bot.domain.results import StatusList, StatusReport
from bot.slack.cards.blocks import Block, context, divider, escape, header, section
from bot.slack.cards.day_card import next_line, standing_of
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import run_button, streak_words, when

MOST_TRADERS = 20


def render_report(statuses: StatusList) -> Message:
    """One paragraph a trader, with the next thing to run beside it."""
    text = " · ".join(f"{escape(one.trader, 60)}: {_standing(one)}" for one in statuses.traders)
    return message(text or "No trader is configured.", _blocks(statuses, buttons=True))


def home(statuses: StatusList | None) -> Block:
    """The view of the app's Home; None where the ledger could not be read."""
    if statuses is None:
        blocks = [section("⚠️ The burn-in's state cannot be read at the moment. Try again, or look at the bot's log.")]
    else:
        blocks = _blocks(statuses, buttons=False)
    hint = context("Type `/burnin` in the desk's channel to see what you may run.")
    return {"type": "home", "blocks": [header("Burn-in"), *blocks, hint]}


def _blocks(statuses: StatusList, *, buttons: bool) -> list[Block]:
    blocks: list[Block] = []
    for one in statuses.traders[:MOST_TRADERS]:
        following = next_line(one.day) if buttons and one.day else None
        blocks += [section("\n".join(_paragraph(one)), run_button(*following) if following else None), divider()]
    left = len(statuses.traders) - MOST_TRADERS
    return [*blocks[:-1], context(f"… and {left} more traders")] if left > 0 else blocks[:-1]


def _paragraph(one: StatusReport) -> list[str]:
    said = [f"*{escape(one.trader, 80)}* · {_standing(one)}"]
    if one.day is not None:
        said.append(streak_words(one.day.streak, one.day.streak_note))
    if one.next_session is not None:
        opens = when(one.next_session.opens, one.next_session.timezone, "{date_short} {time}")
        said.append(
            f"Next session {one.next_session.date}, opens {opens}, in {spoken(one.next_session.opens - one.at)}"
        )
    said += [f"⏳ {escape(r.command, 40)} by {escape(r.actor, 80)} since {when(r.since)}" for r in one.running[:5]]
    return [*said, f"*Next:* {escape(one.next_step)}"] if one.next_step else said


def _standing(one: StatusReport) -> str:
    return f"{one.day.date} {standing_of(one.day)}" if one.day is not None else "no session today"
