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

    last: int = Field(20, ge=1, le=1000, description="how many rows, 20 if left out")


async def run(call: Call, options: Options) -> Result:
    """List the audit trail."""
    entries = await call.desk.ledger.entries(kinds=("command_started", "command_finished"), newest=options.last * 4)
    rows = [row for row in audit_rows(entries) if row.seq != call.started]
    chosen = [row for row in rows if options.trader is None or row.trader == options.trader]
    return Result(AuditReport(rows=tuple(chosen[: options.last])))
