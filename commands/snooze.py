"""Have a reminder said again in 10 minutes.

It is said again only if what it asks for is still to be done by then, and nobody has taken it. Without words it is the
newest reminder.
"""

from datetime import timedelta

from bot.domain.notice import ReminderAnswer, ReminderKind
from bot.domain.people import Role
from bot.errors import Refused
from commands.command import Call, Result
from commands.reminder_meant import ReminderOptions, answered, in_words, pointless, reminder_meant
from commands.session_day import clock_words

ROLE = Role.OPERATOR
SNOOZE = timedelta(minutes=10)


class Options(ReminderOptions):
    """Which reminder."""


async def run(call: Call, options: Options) -> Result:
    """Snooze a reminder."""
    said = await reminder_meant(call, options)
    if said.notice.about is ReminderKind.OPENS_SOON:
        raise Refused("no_snooze", "A session that opens soon opens, snoozed or not.", call.line("take"))
    if (earlier := said.answered("snoozed")) is not None:
        raise Refused("snoozed", in_words(said, earlier))
    now, last = call.desk.clock.now(), pointless(call, said)
    if now + SNOOZE >= last:
        until = clock_words(last, said.notice.session)
        words = f"It can be done only until {until}, so it is not snoozed. Do it, or take it."
        raise Refused("too_late", words, call.line("take"))
    answer = ReminderAnswer(actor=call.actor, answer="snoozed", at=now, until=now + SNOOZE)
    return answered(call, said, answer, lambda: run(call, options))
