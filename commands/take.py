"""Tell the others that you see to what a reminder asks for.

The reminder then names you, and is not said again. Without words it is the newest reminder.
"""

from bot.domain.notice import ReminderAnswer
from bot.domain.people import Role
from commands.command import Call, Result
from commands.reminder_meant import ReminderOptions, answered, reminder_meant

ROLE = Role.OPERATOR


class Options(ReminderOptions):
    """Which reminder."""


async def run(call: Call, options: Options) -> Result:
    """Take a reminder on oneself."""
    said = await reminder_meant(call, options)
    answer = ReminderAnswer(actor=call.actor, answer="taken", at=call.desk.clock.now())
    return answered(call, said, answer, lambda: run(call, options))
