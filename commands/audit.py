"""Show who ran what, newest first: every command, refused ones too, with its outcome and how long it took."""

from pydantic import Field

from bot.domain.folds import audit_rows
from bot.domain.people import Role
from bot.domain.results import AuditReport
from commands.command import Call, CommandOptions, Result

ROLE = Role.VIEWER
NEEDS_TRADER = False


class Options(CommandOptions):
    """How many rows, of which trader."""

    last: int = Field(20, ge=1, le=1000, description="a number of rows from 1 to 1000, 20 if left out")


async def run(call: Call, options: Options) -> Result:
    """List the audit trail."""
    ledger, whose = call.desk.ledger, options.trader
    intents = await ledger.entries(trader=whose, kinds=("command_started",), newest=options.last + 1)
    asked = [entry for entry in intents if entry.seq != call.started][-options.last :]
    if not asked:
        return Result(AuditReport(rows=()))
    outcomes = await ledger.entries(trader=whose, kinds=("command_finished",), after=asked[0].seq)
    return Result(AuditReport(rows=audit_rows([*asked, *outcomes])))
