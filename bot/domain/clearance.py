"""The clearance for canary LIVE that a trader holds: on which days, won with what, and who signed it off."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from bot.domain.day import Provenance
from bot.domain.entry import Entry
from bot.domain.people import SignOff
from bot.domain.standing import ClearanceGranted, ClearanceRevoked, ClearanceSigned
from bot.domain.streak import Streak
from bot.domain.value import UtcDatetime, Value

CLEARANCE_KINDS: Final = ("clearance_granted", "clearance_revoked", "clearance_signed")


class Clearance(Value):
    """A clearance that stands. `entry` is the number of the entry that granted it, `number` its own among others.

    `signature` is the number of the entry that signed it off, 0 before.
    """

    entry: int
    number: int
    at: UtcDatetime
    streak: Streak
    provenance: Provenance
    signed: SignOff | None = None
    signature: int = 0


def clearance_standing(entries: Iterable[Entry]) -> Clearance | None:
    """Return the clearance that still stands after one trader's entries, oldest first.

    One that is granted while another stands takes its place, and is not signed yet.
    """
    standing: Clearance | None = None
    for entry in entries:
        body = entry.body
        if isinstance(body, ClearanceGranted):
            standing = Clearance(
                entry=entry.seq, number=body.number, at=entry.at, streak=body.streak, provenance=body.provenance
            )
        elif isinstance(body, ClearanceRevoked):
            standing = None
        elif isinstance(body, ClearanceSigned) and standing is not None and body.granted == standing.entry:
            signed = SignOff(actor=entry.actor, at=entry.at)
            standing = standing.model_copy(update={"signed": signed, "signature": entry.seq})
    return standing


def was_granted(entries: Iterable[Entry], days: Iterable[date]) -> bool:
    """Tell whether a clearance was ever granted on no other days than these."""
    counted = set(days)
    return any(isinstance(entry.body, ClearanceGranted) and counted >= set(entry.body.streak.days) for entry in entries)
