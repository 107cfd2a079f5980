"""What the ledger records of where a trader stands: the streak, the clearance with its certificate, the void days."""

from typing import Literal

from bot.domain.day import Provenance
from bot.domain.people import Actor
from bot.domain.streak import Streak
from bot.domain.value import JsonObject, UtcDatetime, Value


class StreakCounted(Value):
    """The streak as it was counted when something moved it, or rested on it.

    Its key takes a turn (`turn_key`): of two who count at the same moment one is recorded, and the other counts anew.
    """

    kind: Literal["streak_counted"] = "streak_counted"
    v: Literal[1] = 1
    streak: Streak


class ClearanceGranted(Value):
    """The trader is cleared for canary LIVE. `number` tells this clearance from earlier ones of the trader."""

    kind: Literal["clearance_granted"] = "clearance_granted"
    v: Literal[1] = 1
    streak: Streak
    provenance: Provenance
    number: int = 0


class ClearanceRevoked(Value):
    """A clearance no longer holds."""

    kind: Literal["clearance_revoked"] = "clearance_revoked"
    v: Literal[1] = 1
    why: str


class ClearanceSigned(Value):
    """An approver signed a clearance off. `granted` is the sequence number of its ClearanceGranted."""

    kind: Literal["clearance_signed"] = "clearance_signed"
    v: Literal[1] = 1
    granted: int


class CertificateIssued(Value):
    """A clearance was certified: the whole envelope stands here, signed by the bot.

    `granted` is the number of the ClearanceGranted it certifies, `digest` the SHA-256 (hex) of its payload, and
    `previous` that of the trader's certificate before it, empty where there is none.
    """

    kind: Literal["certificate_issued"] = "certificate_issued"
    v: Literal[1] = 1
    granted: int
    digest: str
    keyid: str
    expires_at: UtcDatetime
    previous: str = ""
    envelope: JsonObject


class CertificateSigned(Value):
    """Somebody added a signature of their own to a certificate; `digest` is the certificate's."""

    kind: Literal["certificate_signed"] = "certificate_signed"
    v: Literal[1] = 1
    digest: str
    keyid: str
    signature: str  # base64, as in the envelope


class SigningKeySet(Value):
    """The bot signs with this key from now on. `public_key` is PEM; `previous` names the key before it, if any."""

    kind: Literal["signing_key_set"] = "signing_key_set"
    v: Literal[1] = 1
    keyid: str
    public_key: str
    previous: str = ""


class VoidRequested(Value):
    """Somebody asked for the entry's day to be void. `request` is the number of the command that asked for it."""

    kind: Literal["void_requested"] = "void_requested"
    v: Literal[1] = 1
    request: int
    reason: str
    expires_at: UtcDatetime


class DayVoided(Value):
    """A second person approved a request: the day neither counts nor resets, whatever its verdict is or will be."""

    kind: Literal["day_voided"] = "day_voided"
    v: Literal[1] = 1
    request: int
    reason: str
    asked_by: Actor


class VoidRefused(Value):
    """A request to void a day was declined, or nobody answered it in time."""

    kind: Literal["void_refused"] = "void_refused"
    v: Literal[1] = 1
    request: int
    why: Literal["declined", "expired"]


def turn_key(trader: str, last: int) -> str:
    """Return the key of a trader's StreakCounted that follows the one of this number (0 where there is none)."""
    return f"streak:{trader}:{last}"


def void_key(request: int) -> str:
    """Return the key of the answer to a request to void a day: of several, only the first is taken."""
    return f"void:{request}"
