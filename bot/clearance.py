"""Granting and revoking the clearance: the entries that do it, and the turn in which alone they may be written.

Whoever writes what moves a streak (a close, an open, a void day), or what rests on it, reads the turn first and takes
it in the same transaction. Who loses the race for it counts anew, so that no clearance rests on what has just changed.
"""

from datetime import date

from bot.daybook import message_key, say, standing_streak
from bot.desk import Desk, TraderDesk
from bot.domain.clearance import CLEARANCE_KINDS, Clearance, clearance_standing
from bot.domain.criteria import CRITERIA
from bot.domain.day import DayRecord
from bot.domain.entry import Draft, MessageQueued
from bot.domain.notice import Cleared, Placement, Revoked, SignedOff
from bot.domain.people import Origin, SignOff
from bot.domain.standing import ClearanceGranted, ClearanceRevoked, ClearanceSigned, StreakCounted, turn_key
from bot.domain.streak import Streak
from bot.reporting import burn_in_told


async def turn_of(desk: Desk, trader: TraderDesk) -> int:
    """Return the turn that is next. Read it before everything that is counted in it."""
    last = await desk.ledger.entries(trader=trader.name, kinds=("streak_counted",), newest=1)
    return last[-1].seq if last else 0


def taken(turn: int, counted: Streak, template: Draft) -> Draft:
    """Return the entry that takes a turn; an append with it raises DuplicateKey where somebody else took it."""
    key = turn_key(str(template.trader), turn)
    return _dressed(template, StreakCounted(streak=counted), key)


async def standing_clearance(desk: Desk, trader: TraderDesk) -> Clearance | None:
    """Return the clearance that a trader holds, if any."""
    return clearance_standing(await desk.ledger.entries(trader=trader.name, kinds=CLEARANCE_KINDS))


def cleared_key(trader: str, number: int) -> str:
    """Return the key of the message that announces a clearance."""
    return f"cleared:{trader}:{number}"


def grant(template: Draft, counted: Streak, last: DayRecord, turn: int, days: tuple[date, ...]) -> tuple[Draft, ...]:
    """Return the entries that grant a clearance, say so, and put the burn-in's report beside it.

    Args:
        template: whose time, trader and day they have.
        counted: the streak that clears.
        last: the last day that counts in it.
        turn: the turn in which they are written; it numbers the clearance.
        days: the burn-in's, whose report goes into the channel with it.
    """
    key = cleared_key(str(template.trader), turn)
    granted = ClearanceGranted(streak=counted, provenance=last.provenance, number=turn)
    said = Cleared(
        streak=counted,
        build=last.provenance.build,
        excluded=last.excluded,
        criteria_total=len(CRITERIA),
        number=turn,
    )
    printed = burn_in_told(str(template.trader), days, template.at, key=f"report:{key}")
    return _dressed(template, granted, key), _told(template, said, key), printed


def revocation(template: Draft, why: str, turn: int) -> tuple[Draft, ...]:
    """Return the entries that revoke a clearance and say so, dressed like another draft of the same day."""
    key = f"revoked:{template.trader}:{turn}"
    return _dressed(template, ClearanceRevoked(why=why), key), _told(template, Revoked(why=why), key)


async def signature(
    desk: Desk, trader: TraderDesk, standing: Clearance, signed: SignOff, origin: Origin, *, turn: int
) -> tuple[Draft, ...]:
    """Return the entries that sign a clearance off: it stands on its message, and is said in the channel."""
    template = Draft(
        at=signed.at,
        body=ClearanceSigned(granted=standing.entry),
        actor=signed.actor,
        origin=origin,
        trader=trader.name,
        key=f"signed:{trader.name}:{standing.entry}",
    )
    key = f"signed:{trader.name}:{standing.entry}"
    said = SignedOff(signed=signed, streak=standing.streak)
    told = say(said, key=key, trader=trader.name, at=signed.at, day=None, placement=Placement.CHANNEL)
    return (
        template,
        *await _on_its_message(desk, trader, standing, signed),
        told,
        taken(turn, await standing_streak(desk, trader), template),
    )


async def _on_its_message(desk: Desk, trader: TraderDesk, standing: Clearance, signed: SignOff) -> tuple[Draft, ...]:
    """Return the entry that shows a clearance's message with the signature, where that message is known."""
    announced = cleared_key(trader.name, standing.number)
    queued = await desk.ledger.by_key(message_key(announced))
    notice = queued.body.announcement.notice if queued and isinstance(queued.body, MessageQueued) else None
    if queued is None or not isinstance(notice, Cleared):
        return ()
    return (
        say(
            notice.model_copy(update={"signed": signed}),
            key=f"{announced}:signed",
            trader=trader.name,
            at=signed.at,
            day=queued.day,
            placement=Placement.EDIT,
            edits=announced,
        ),
    )


def _dressed(template: Draft, body: StreakCounted | ClearanceGranted | ClearanceRevoked, key: str) -> Draft:
    return template.model_copy(update={"body": body, "key": key})


def _told(template: Draft, notice: Cleared | Revoked, key: str) -> Draft:
    return say(
        notice,
        key=key,
        trader=str(template.trader),
        at=template.at,
        day=template.day,
        placement=Placement.CHANNEL,
    )
