"""A day to be void: which one, and why. Somebody else has to approve it."""

from bot.errors import UsageError
from bot.slack.cards.blocks import Block, context, escape, section
from bot.slack.modals.form import Asked, Faults, Filled, Form, field, modal, options_line, words
from commands.command import CommandOptions
from commands.session_day import newest_session, session_named
from commands.void import MOST_REASON

NAME = "void"


def view(asked: Asked) -> Block:
    """The day that the line names, or the newest, and a field for the reason."""
    trader, day = escape(asked.trader.name, 80), _day(asked)
    picker: Block = {"type": "datepicker"} | ({"initial_date": day} if day else {})
    blocks = [
        section(
            f"*Void a day of {trader}*, for what was not its doing. A void day neither counts nor resets the streak."
        ),
        field("day", "Day", picker),
        field(
            "reason",
            "Reason",
            words(asked.given("reason"), multiline=True, most=MOST_REASON),
            hint="An exchange outage, a wrong configuration … It stands on every report of that day.",
        ),
        context("An approver who is not you has to approve it."),
    ]
    return modal(NAME, "Void a day", "Ask for it", asked.reference, blocks)


def read(filled: Filled) -> str | Faults:
    """Return the line that asks for it."""
    if not filled.values.get("reason"):
        return {"reason": "Say why: whoever approves it reads this."}
    return options_line(filled, filled.values.get("day", ""), named=("reason",))


def _wanted(options: CommandOptions) -> bool:
    return not getattr(options, "reason", None)


def _day(asked: Asked) -> str:
    named = asked.given("day")
    try:
        found = session_named(asked.trader, named, asked.now) if named else newest_session(asked.trader, asked.now)
    except UsageError:
        return ""
    return found.date.isoformat() if found else ""


FORM = Form(NAME, ("day", "reason"), wanted=_wanted, view=view, read=read)
