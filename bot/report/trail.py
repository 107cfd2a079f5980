"""Who ran what between the close of the day before and the close of this one, and what the bot did by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.desk import Desk, TraderDesk
from bot.domain.entry import CommandFinished, Entry, finished_key
from bot.domain.folds import AUDITED, audit_rows
from bot.domain.mark import Mark, MarkKind
from bot.domain.results import AuditRow
from bot.domain.session import Session

_BY_ITSELF: Final = ("scheduler:", "bot:")
_MOST_MARKS: Final = 200  # more of them nobody could tell apart on a picture


@dataclass(frozen=True, slots=True)
class Deed:
    """One row of the trail, with the entries that it was read from: the intent or the act, and how it ended."""

    row: AuditRow
    entry: Entry
    end: Entry | None

    @property
    def is_machine(self) -> bool:
        """Whether nobody asked for it."""
        return self.row.actor_id.startswith(_BY_ITSELF)


async def deeds_of(desk: Desk, trader: TraderDesk, day: date, entries: Sequence[Entry]) -> tuple[Deed, ...]:
    """Return what was done about a day of a trader, oldest first; of what concerns no trader everything.

    Args:
        desk: whose ledger tells.
        trader: whose day.
        day: the session's date.
        entries: the day's, oldest first.
    """
    if not entries:
        return ()
    closed = next((entry.seq for entry in entries if entry.body.kind == "day_closed"), None)
    after = min(entries[0].seq - 1, await _closed_before(desk, trader, day, entries[0].seq - 1))
    found = await desk.ledger.entries(kinds=(*AUDITED, "command_finished"), after=after)
    known = {entry.seq: entry for entry in found if entry.trader in (None, trader.name)}
    ends = {entry.key: entry for entry in known.values() if isinstance(entry.body, CommandFinished)}
    return tuple(
        Deed(row, known[row.seq], ends.get(finished_key(row.seq)))
        for row in reversed(audit_rows(list(known.values())))
        if closed is None or row.seq <= closed
    )


async def _closed_before(desk: Desk, trader: TraderDesk, day: date, otherwise: int) -> int:
    """Return the number of the entry that closed the day before."""
    earlier = [each.day for each in await desk.ledger.closed_days(trader.name) if each.day < day]
    if not earlier:
        return otherwise
    found = await desk.ledger.entries(trader=trader.name, day=earlier[-1], kinds=("day_closed",))
    return found[-1].seq if found else otherwise


def typed_marks(deeds: Sequence[Deed], session: Session) -> tuple[Mark, ...]:
    """Return the commands that people ran in a session, as marks on its picture."""
    typed = [deed.row for deed in deeds if not deed.is_machine]
    within = [row for row in typed if session.contains(row.at)]
    return tuple(
        Mark(kind=MarkKind.REFUSED if row.outcome == "refused" else MarkKind.COMMAND, start=row.at, name=row.command)
        for row in within[:_MOST_MARKS]
    )
